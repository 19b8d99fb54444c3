import { missing } from './contenders';
import { Dialogue } from './dialogue';
import { quiet } from './machine';
import { SCRATCH_HOST } from './paths';
import type { Finding, Missing, Results, Sample } from './sample';
import type { Scale } from './scale';
import type { Turn, Workload } from './workloads';

/** For a turn: the longest takes two minutes. */
const LIMIT_MS = 5 * 60_000;

/** Runs the workloads: of each, the turns of these contenders in a new random order, as many times as there are rounds. */
export async function run(
  workloads: readonly Workload[],
  scale: Scale,
  contenders: ReadonlySet<string>,
): Promise<Results> {
  const results: Results = { samples: [], failed: [], skipped: [] };
  const end = performance.now() + scale.budgetMs;
  for (const workload of workloads) {
    const turns = workload.turns(scale).filter((turn) => contenders.has(turn.contender));
    const able = turns.filter((turn) => isAble(workload, turn, results.skipped));
    for (let round = 1; round <= scale.rounds; round++) {
      for (const turn of shuffled(able)) {
        if (performance.now() < end) await runTurn(workload, turn, round, scale, results);
        else results.skipped.push(missed(workload, turn, 'no time was left'));
      }
    }
  }
  return results;
}

function isAble(workload: Workload, turn: Turn, skipped: Missing[]): boolean {
  const lacks = missing(turn.needs);
  if (lacks.length === 0) return true;
  skipped.push(missed(workload, turn, `needs ${lacks.join(', ')}: run bench/setup`));
  return false;
}

function missed({ name: workload }: Workload, { contender, n }: Turn, reason: string): Missing {
  return { workload, contender, n, reason };
}

async function runTurn(
  { name: workload }: Workload,
  { contender, n, command }: Turn,
  round: number,
  { patienceMs }: Scale,
  { samples, failed }: Results,
): Promise<void> {
  if (failed.some((one) => one.workload === workload && one.contender === contender && one.n === n)) return;
  const busy = patienceMs > 0 ? `, ${((await quiet(patienceMs)) * 100).toFixed(0)} % busy` : '';
  const where = `${workload} ${n} ${contender}, round ${round}${busy}`;
  process.stderr.write(`${where}: `);
  try {
    const found = await findings(command);
    samples.push(...found.map((finding): Sample => ({ workload, contender, n, round, ...finding })));
    const [first] = found;
    const value = first ? `${first.metric} ${first.value.toFixed(0)} ${first.unit}` : 'nothing';
    console.error(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    failed.push({ workload, contender, n, reason });
    console.error(`failed: ${reason}`);
  }
}

/** What a turn finds in a scratch host of its own. */
async function findings(command: readonly string[]): Promise<Finding[]> {
  using turn = new Dialogue([SCRATCH_HOST, ...command], LIMIT_MS);
  return (await turn.rest()).map((line) => JSON.parse(line) as Finding);
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((value) => ({ value, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
