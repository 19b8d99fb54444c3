import { median } from 'd3-array';
import { missing } from './contenders';
import { Dialogue } from './dialogue';
import { quiet, stolenSince, ticks } from './machine';
import { SCRATCH_HOST } from './paths';
import type { Finding, Remark, Results, Sample } from './sample';
import type { Scale } from './scale';
import type { Turn, Workload } from './workloads';

/** For a turn: the longest takes two minutes. */
const LIMIT_MS = 5 * 60_000;
/** Of the processors' time: what a host may give to others during a turn. */
const STOLEN_SHARE = 0.01;

/** Runs the workloads: of each, in as many rounds, the turns of these contenders in a new random order. */
export async function run(
  workloads: readonly Workload[],
  scale: Scale,
  contenders: ReadonlySet<string>,
): Promise<Results> {
  const results: Results = { samples: [], failed: [], skipped: [], disturbed: [] };
  const end = performance.now() + scale.budgetMs;
  for (const workload of workloads) {
    const turns = workload.turns(scale).filter((turn) => contenders.has(turn.contender));
    const able = turns.filter((turn) => isAble(workload, turn, results.skipped));
    for (let round = 1; round <= scale.rounds; round++) {
      for (const turn of shuffled(able.flatMap(repeated))) {
        if (performance.now() < end) await runTurn(workload, turn, round, scale, results);
        else results.skipped.push(remarkOn(workload, turn, 'no time was left'));
      }
    }
  }
  return results;
}

function repeated(turn: Turn): Turn[] {
  return Array.from({ length: turn.times }, () => turn);
}

function isAble(workload: Workload, turn: Turn, skipped: Remark[]): boolean {
  const lacks = missing(turn.needs);
  if (lacks.length === 0) return true;
  skipped.push(remarkOn(workload, turn, `needs ${lacks.join(', ')}: run bench/setup`));
  return false;
}

function remarkOn({ name: workload }: Workload, { contender, n }: Turn, reason: string): Remark {
  return { workload, contender, n, reason };
}

async function runTurn(
  workload: Workload,
  turn: Turn,
  round: number,
  { patienceMs }: Scale,
  { samples, failed, disturbed }: Results,
): Promise<void> {
  const { name } = workload;
  const { contender, n, command } = turn;
  process.stderr.write(`${name} ${n} ${contender}, round ${round}: `);
  try {
    const { found, stolen, said } = await calmest(command, patienceMs);
    samples.push(...found.map((finding): Sample => ({ workload: name, contender, n, round, ...finding })));
    const reason = `${percent(stolen)} of the processors' time stolen by the host in round ${round}`;
    if (stolen > STOLEN_SHARE) disturbed.push(remarkOn(workload, turn, reason));
    console.error(`${headline(found)} (${said})`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    failed.push(remarkOn(workload, turn, `in round ${round}: ${reason}`));
    console.error(`failed: ${reason}`);
  }
}

/** The median of what is measured first: a turn's first values alone are those of code that is not compiled yet. */
function headline(found: readonly Finding[]): string {
  const [first] = found;
  if (!first) return 'nothing';
  const values = found.filter(({ metric }) => metric === first.metric).map(({ value }) => value);
  return `${first.metric} ${median(values)?.toFixed(0)} ${first.unit}`;
}

interface Taken {
  readonly found: readonly Finding[];
  readonly stolen: number;
  readonly said: string;
}

/**
 * Takes a turn, again if a virtual machine's host stole from it, while there is time for that; returns the one from which the
 * least was stolen. Who lets one thread wait for another was hit hardest (virtual machine with two processors, Linux 6.18).
 */
async function calmest(command: readonly string[], patienceMs: number): Promise<Taken> {
  const end = performance.now() + patienceMs;
  let best: Taken | undefined;
  for (let take = 1; ; take++) {
    const busy = patienceMs > 0 ? await quiet(patienceMs) : 0;
    const before = ticks();
    const found = await findings(command);
    const stolen = stolenSince(before);
    const said = `take ${take}: ${percent(busy)} busy before, ${percent(stolen)} stolen`;
    if (best === undefined || stolen < best.stolen) best = { found, stolen, said };
    if (best.stolen <= STOLEN_SHARE || performance.now() > end) return best;
  }
}

/** What a turn finds in a scratch host of its own. */
async function findings(command: readonly string[]): Promise<Finding[]> {
  using turn = new Dialogue([SCRATCH_HOST, ...command], LIMIT_MS);
  return (await turn.rest()).map((line) => JSON.parse(line) as Finding);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((value) => ({ value, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
