/**
 * `npm run bench [-- options]`: every contender on the same work, each in a scratch host of its own, in random turns. Prints
 * tables, and writes all values and a page to look at. docs/benchmark.md says what is measured, and how.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BRIDGE_PORTS } from './contenders';
import { describeMachine } from './machine';
import { ROOT } from './paths';
import { page } from './report/page';
import { compare } from './report/summary';
import { printed, sheets, told } from './report/table';
import { run } from './run';
import { FLOOR, OURS } from './sample';
import { type Scale, SCALES } from './scale';
import { workloads } from './workloads';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    sizes: { type: 'string' },
    patience: { type: 'string' },
    workload: { type: 'string', multiple: true },
    contender: { type: 'string', multiple: true },
    out: { type: 'string', default: path.join(ROOT, 'out/bench') },
  },
});

async function main(): Promise<void> {
  const chosen = known('workload', values.workload, workloads, ({ name }) => name);
  const scale = scaleOf();
  const contenders = chosen.flatMap((one) => one.turns(scale).map(({ contender }) => contender));
  const wanted = new Set(known('contender', values.contender, [...new Set(contenders)], (name) => name));
  const machine = describeMachine();
  const results = await run(chosen, scale, wanted);
  const comparisons = compare(results.samples);
  console.log(printed(sheets(comparisons)));
  const { disturbed, skipped, failed } = results;
  console.log(
    [...told('disturbed', disturbed), ...told('skipped', skipped), ...told('FAILED', failed)].join('\n'),
  );
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  fs.mkdirSync(values.out, { recursive: true });
  const json = path.join(values.out, 'results.json');
  fs.writeFileSync(json, JSON.stringify({ machine, command, ...results }, undefined, 1));
  const html = path.join(values.out, 'report.html');
  fs.writeFileSync(html, page(machine, command, results, comparisons));
  console.log(`${json}: all values\n${html}: charts and tables`);
  // A peer may fail; what it is compared with may not.
  if (failed.some(({ contender }) => contender === OURS || contender === FLOOR)) process.exitCode = 1;
}

function scaleOf(): Scale {
  const scale = SCALES[values.smoke ? 'smoke' : values.quick ? 'quick' : 'full'];
  const given = {
    ...(values.rounds !== undefined && { rounds: positive(values.rounds, 'rounds') }),
    ...(values.patience !== undefined && { patienceMs: positive(values.patience, 'patience') * 1000 }),
  };
  if (values.sizes === undefined) return { ...scale, ...given };
  const sizes = values.sizes.split(',').map((size) => positive(size, 'sizes'));
  return {
    ...{ ...scale, ...given, all: sizes.filter((n) => n <= BRIDGE_PORTS) },
    ours: sizes.filter((n) => n > BRIDGE_PORTS),
  };
}

function positive(text: string, option: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${option}: must be a whole number from 1, got '${text}'`);
}

/** Those that were asked for by name, or all. */
function known<T>(
  option: string,
  wanted: readonly string[] | undefined,
  all: readonly T[],
  nameOf: (one: T) => string,
): readonly T[] {
  const unknown = wanted?.find((name) => !all.some((one) => nameOf(one) === name));
  if (unknown !== undefined)
    throw new Error(`--${option}: must be one of ${all.map(nameOf).join(', ')}, got '${unknown}'`);
  return all.filter((one) => wanted?.includes(nameOf(one)) ?? true);
}

// What runs is killed at the exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
