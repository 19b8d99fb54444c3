import { ValidationError } from '../errors';
import { REQUEST_DEADLINE_MS, runProgram } from '../executor';
import type { NativeOutcome } from '../native';
import { Confirmation } from './confirmation';
import { Course, type PlanPlaces, type StepPart } from './course';
import { applyIptables } from './iptables';
import type { PlanOptions, PlanResult, PlanSpec } from './plan';
import type { Step } from './step';

const HOW = { atomic: true, deadlineMs: REQUEST_DEADLINE_MS } as const;

/** Compiles the plan, runs it, and reports in the words of its steps. */
export async function apply(spec: Required<PlanSpec>, options: PlanOptions): Promise<PlanResult> {
  const { signal } = options;
  const course = new Course(spec, [() => spec.steps]);
  const confirmation = Confirmation.of(options, 'plan.apply');
  if (confirmation) refuseIptables(spec.steps);
  const program = { ...course.next(confirmation?.steps), ...HOW };
  const takeBack = await applyIptables(spec);
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
 * back: this is for steps that were made, not for those that a caller wrote.
 */
export async function applyParts(
  places: PlanPlaces,
  parts: readonly StepPart[],
  signal?: AbortSignal,
): Promise<PlanResult> {
  const course = new Course(places, parts);
  const outcome = await runProgram(
    { ...course.next(), ...HOW },
    {
      signal,
      place: course.placeOf,
      next: () => course.next(),
      part: (done) => {
        course.note(done);
      },
    },
  );
  if (!isDone(outcome)) throw course.errorOf(outcome, course.fail(outcome), signal);
  course.note(outcome);
  return course.result;
}

function isDone({ failed, aborted }: NativeOutcome): boolean {
  return failed < 0 && !aborted;
}

// Their commands are taken back by JavaScript, which may be what hangs.
function refuseIptables(steps: readonly Step[]): void {
  const step = steps.findIndex(({ op }) => op === 'iptables');
  if (step < 0) return;
  const problem = 'must not be part of a plan that waits for a confirmation: use the step "firewall"';
  throw new ValidationError({
    operation: 'plan.apply',
    path: `steps[${String(step)}]`,
    value: 'iptables',
    problem,
  });
}
