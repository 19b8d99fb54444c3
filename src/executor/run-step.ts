import { NetlinkError, type ErrorPlace } from '../errors/errors';
import { REQUEST_DEADLINE_MS, runProgram } from './run-program';
import type { NativeFailure, NativeResult, NativeStep } from '../native/program';

/** Runs a single step, with an empty slot 0 for it to fill. Rejects with the NetlinkError of its failure. */
export async function runStep(step: NativeStep, place: ErrorPlace): Promise<NativeResult> {
  const outcome = await runProgram({
    slots: [{}],
    steps: [step],
    atomic: true,
    deadlineMs: REQUEST_DEADLINE_MS,
  });
  const [result] = outcome.results as [NativeResult];
  if (!result.done) throw NetlinkError.of(result.failure as NativeFailure, place);
  return result;
}
