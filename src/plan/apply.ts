import { ValidationError } from '../errors/errors';
import { REQUEST_DEADLINE_MS, type RunOptions, runProgram } from '../executor/run-program';
import type { NativeOutcome } from '../native/contract';
import { Confirmation } from './confirmation';
import { Course, type PlanPlaces } from './course';
import { applyIptables } from './iptables';
import { applyBridges, LatePorts, type TakeBack } from './openvswitch';
import { type Part, partOf } from './part';
import type { PlanOptions, PlanResult, PlanSpec } from './spec/spec';
import type { Step } from './spec/step';

const HOW = { atomic: true, deadlineMs: REQUEST_DEADLINE_MS } as const;

/** Compiles the plan, runs it, and reports in the words of its steps. */
export async function apply(spec: Required<PlanSpec>, options: PlanOptions): Promise<PlanResult> {
  const { signal } = options;
  const course = new Course(spec, [partOf(spec.steps)]);
  const late = LatePorts.of(spec.steps);
  const confirmation =
    Confirmation.of(options, 'plan.apply') ?? Confirmation.of({ ...late?.options }, 'plan.apply');
  if (options.confirm) refuseOutside(spec.steps);
  const program = { ...course.next(confirmation?.steps), ...HOW };
  const takeBack = await applyOutside(spec, late);
  const running = runProgram(program, { signal, place: course.placeOf, waits: confirmation?.begin });
  const outcome = await running.catch(async (error: unknown) => {
    await takeBack();
    throw error;
  });
  if (isDone(outcome)) {
    course.note(outcome);
    return course.result;
  }
  const left = [...course.fail(outcome), ...(await takeBack())];
  const unconfirmed = confirmation?.errorOf(outcome.failed === spec.steps.length, left);
  if (unconfirmed !== undefined && signal?.aborted !== true) throw unconfirmed;
  throw course.errorOf(outcome, left, signal);
}

/**
 * Applies a plan of thousands of steps as one, all or nothing: the kernel works on a part while the next is compiled, and
 * the event loop is free in between. A refusal of a later part comes when earlier ones were carried out, and takes them
 * back: this is for steps that were made, not for those that a caller wrote. Tells only of the namespaces: of a printed part
 * nothing else is noted.
 */
export async function applyParts(
  places: PlanPlaces,
  parts: readonly Part[],
  options: Pick<RunOptions, 'signal' | 'job'> = {},
): Promise<Pick<PlanResult, 'namespaces'>> {
  const course = new Course(places, parts);
  const running = runProgram(
    { ...course.next(), ...HOW },
    {
      ...options,
      place: course.placeOf,
      next: () => course.next(),
      part: (done) => {
        course.note(done);
      },
    },
  );
  const outcome = await running.catch((error: unknown) => {
    course.discard();
    throw error;
  });
  if (!isDone(outcome)) throw course.errorOf(outcome, course.fail(outcome), options.signal);
  course.note(outcome);
  return course.result;
}

function isDone({ failed, aborted }: NativeOutcome): boolean {
  return failed < 0 && !aborted;
}

/** Carries out the steps that are not the executor's and come first; returns what takes back all that are not. */
async function applyOutside(spec: Required<PlanSpec>, late: LatePorts | undefined): Promise<TakeBack> {
  const dropRules = await applyIptables(spec);
  const dropBridges = await applyBridges(spec).catch(async (error: unknown) => {
    await dropRules();
    throw error;
  });
  return async () => [...((await late?.takeBack()) ?? []), ...(await dropBridges()), ...(await dropRules())];
}

// These are taken back by JavaScript, which may be what hangs.
function refuseOutside(steps: readonly Step[]): void {
  const step = steps.findIndex(({ op }) => op === 'iptables' || op.startsWith('ovs.'));
  if (step < 0) return;
  const problem = 'must not be part of a plan that waits for a confirmation: JavaScript takes it back';
  throw new ValidationError({
    operation: 'plan.apply',
    path: `steps[${String(step)}]`,
    value: steps[step]?.op,
    problem,
  });
}
