/**
 * One contender makes N connected namespaces and removes them: `volume CONTENDER N`. What it made is checked before its
 * time counts.
 */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BRIDGE_PORTS, type Contender, contenders, contendersBeyond } from '../contenders';
import { Dialogue } from '../dialogue';
import { check } from './check';
import { toldInsides } from './exchange';
import { links, names, report, turn } from './host';

const LIMIT_MS = 300_000;
/** The second byte of the subnet 10.X.0.0/16. */
const SUBNET = 101;

interface Work {
  readonly contender: Contender;
  readonly n: number;
  /** The host's links without it. */
  readonly before: readonly string[];
}

async function volume(name = '', count = ''): Promise<void> {
  const n = Number(count);
  const list = n > BRIDGE_PORTS ? contendersBeyond : contenders;
  const contender = list.find((one) => one.name === name);
  if (!contender) throw new Error(`no contender '${name}'`);
  const work: Work = { contender, n, before: links() };
  const { command, words = [] } = contender;
  const started = performance.now();
  using program = new Dialogue([...command, count, String(SUBNET), ...words]);
  const said = await program.until('CREATE');
  const wall = performance.now() - started;
  report({ metric: 'create with start', unit: 'us', value: wall * 1000 });
  await judge(program, work, said);
  if (contender.repeats === true) {
    await sleep(1000); // the same for what the first end has set off
    program.say('');
    await judge(program, work, await program.until('CREATE'), ', again');
  }
  await program.rest();
}

/** Checks what was made, has it removed, and reports the times. */
async function judge(program: Dialogue, work: Work, said: readonly string[], suffix = ''): Promise<void> {
  const { contender, n, before } = work;
  check(contender, n, SUBNET, insides(contender, n, said));
  report({ metric: `create${suffix}`, unit: 'us', value: micros(said.at(-1)) });
  await sleep(300); // what the check has set off is over
  await destroy(program, before, suffix);
  leftNothing(before);
}

// Gone is when the program says so and no link of its making is left, whichever is later. The two that observe the end
// of the namespaces as well say so last.
async function destroy(program: Dialogue, before: readonly string[], suffix: string): Promise<void> {
  const made = links().filter((link) => !before.includes(link));
  const start = performance.now();
  program.say('');
  const line = (await program.until('DESTROY')).at(-1);
  report({ metric: `teardown returned${suffix}`, unit: 'us', value: micros(line) });
  for (const link of made.reverse()) {
    while (fs.existsSync(`/sys/class/net/${link}`)) {
      if (performance.now() - start > LIMIT_MS) throw new Error(`${link} is still there`);
      await sleep(1);
    }
  }
  report({ metric: `teardown observed${suffix}`, unit: 'us', value: (performance.now() - start) * 1000 });
}

function leftNothing(before: readonly string[]): void {
  const left = [...links().filter((link) => !before.includes(link)), ...names()];
  if (left.length > 0) throw new Error(`left behind: ${left.slice(0, 10).join(', ')}`);
}

/** Paths by which the namespaces can be entered. */
function insides({ prefix }: Contender, n: number, said: readonly string[]): string[] {
  if (prefix === undefined) return toldInsides(said);
  return Array.from({ length: n }, (_, index) => `/run/netns/${prefix}${index + 1}`);
}

function micros(line = ''): number {
  return Number(line.split(' ')[1]);
}

turn(volume);
