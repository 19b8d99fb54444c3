import { ValidationError } from '../../errors/errors';
import { REQUEST_DEADLINE_MS, type RunOptions, runProgram } from '../../executor/run-program';
import type { NativeOutcome } from '../../native/program';
import { Confirmation } from './confirmation';
import { PlanRun, type PlanPlaces } from './plan-run';
import { PlanTrace } from './plan-trace';
import { messageChannel, planChannel, stepChannel } from '../../trace/channels';
import { OutsideSteps } from './outside';
import { type Chunk, chunkOf } from '../compile/chunk';
import type { PlanOptions, PlanResult, PlanSpec } from '../spec/spec';
import type { Step } from '../spec/step';

const HOW = { atomic: true, deadlineMs: REQUEST_DEADLINE_MS } as const;

/** Compiles a plan and runs it. Results and errors name its steps. */
export function apply(spec: Required<PlanSpec>, options: PlanOptions): Promise<PlanResult> {
  const trace = isTraced() ? new PlanTrace() : undefined;
  const work = applyPlan(spec, options, trace);
  return trace?.follow(work) ?? work;
}

async function applyPlan(
  spec: Required<PlanSpec>,
  options: PlanOptions,
  trace: PlanTrace | undefined,
): Promise<PlanResult> {
  const { signal } = options;
  const run = new PlanRun(spec, [chunkOf(spec.steps)], trace);
  const outside = new OutsideSteps(spec, trace);
  const confirmation =
    Confirmation.of(options, 'plan.apply') ?? Confirmation.of(outside.confirmation, 'plan.apply');
  if (options.confirm) refuseOutside(spec.steps, outside);
  const program = { ...run.next(confirmation?.steps), ...HOW };
  await outside.begin();
  const how = { signal, place: run.placeOf, waits: confirmation?.begin, plan: trace?.plan };
  const running = runProgram(program, how);
  const outcome = await running.catch(async (error: unknown) => {
    await outside.undo();
    throw error;
  });
  if (isDone(outcome)) {
    run.note(outcome);
    return run.result;
  }
  const left = [...run.fail(outcome), ...(await outside.undo())];
  const unconfirmed = confirmation?.errorOf(outcome.failed === spec.steps.length, left);
  if (unconfirmed !== undefined && signal?.aborted !== true) throw unconfirmed;
  throw run.errorOf(outcome, left, signal);
}

/**
 * Applies a plan of thousands of steps, all or nothing, chunk by chunk: the executor runs one chunk while the next is
 * compiled, and the event loop runs in between. An invalid step is found only when its chunk is compiled, and undoes the
 * chunks before, so use this for generated steps only. The result has namespaces alone: chunks from templates record
 * nothing else. No step may be one that JavaScript runs.
 */
export function applyChunks(
  places: PlanPlaces,
  chunks: readonly Chunk[],
  options: Pick<RunOptions, 'signal' | 'job'> = {},
): Promise<Pick<PlanResult, 'namespaces'>> {
  const trace = isTraced() ? new PlanTrace() : undefined;
  const work = applyInChunks(new PlanRun(places, chunks, trace), options, trace?.plan);
  return trace?.follow(work) ?? work;
}

async function applyInChunks(
  run: PlanRun,
  options: Pick<RunOptions, 'signal' | 'job'>,
  plan: number | undefined,
): Promise<Pick<PlanResult, 'namespaces'>> {
  const running = runProgram(
    { ...run.next(), ...HOW },
    {
      ...options,
      plan,
      place: run.placeOf,
      next: () => run.next(),
      part: (done) => {
        run.note(done);
      },
    },
  );
  const outcome = await running.catch((error: unknown) => {
    run.discard();
    throw error;
  });
  if (!isDone(outcome)) throw run.errorOf(outcome, run.fail(outcome), options.signal);
  run.note(outcome);
  return run.result;
}

function isTraced(): boolean {
  return planChannel.hasSubscribers || stepChannel.hasSubscribers || messageChannel.hasSubscribers;
}

function isDone({ failed, aborted }: NativeOutcome): boolean {
  return failed < 0 && !aborted;
}

// Rejects these steps with `confirm`: JavaScript would have to undo them, and JavaScript may hang.
function refuseOutside(steps: readonly Step[], { first }: OutsideSteps): void {
  if (first === undefined) return;
  const problem =
    'must not be part of a plan that waits for a confirmation: only JavaScript can undo this step';
  throw new ValidationError({
    operation: 'plan.apply',
    path: `steps[${String(first)}]`,
    value: steps[first]?.op,
    problem,
  });
}
