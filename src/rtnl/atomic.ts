import { ClosedError, NetlinkError, ValidationError, type ErrorPlace } from '../errors/errors';
import { discard, publicPath, REQUEST_DEADLINE_MS, runProgram } from '../executor/run-program';
import type { NativeOutcome, NativeStep } from '../native/program';
import { handleOf, type OpenNamespace } from '../nsfs/handle';
import { requestOf, type UndoableRequest } from './operations';
import { Slots } from './slots';
import { placeOf } from './request';
import { isIrreversibleRequest, irreversibleText } from './undo';
import { undoableStep } from './undoable-step';

/**
 * Runs requests in a namespace, all or none: the first failure undoes the previous ones, and rejects with a
 * NetlinkError that has the request's index (`step`).
 */
export async function runAtomically(
  netns: OpenNamespace,
  requests: readonly UndoableRequest[],
): Promise<void> {
  const slots = new Slots({ netns: handleOf(netns) });
  const placeAt = (step: number): ErrorPlace => placeOfRequest(requests, step);
  const steps = requests.map((request, index): NativeStep => {
    try {
      return undoableStep(request, { slot: 0, netns }, slots.resolve);
    } catch (error) {
      throw error instanceof ValidationError ? error.at(placeAt(index)) : error;
    }
  });
  // The steps that open namespaces come first.
  const opened = slots.steps.length;
  const outcome = await runProgram(
    { slots: slots.slots, steps: [...slots.steps, ...steps], atomic: true, deadlineMs: REQUEST_DEADLINE_MS },
    { place: (step) => placeAt(step - opened) },
  );
  discard(outcome.results);
  if (outcome.failed < 0 && !outcome.aborted) return;
  const failure = outcome.results[outcome.failed]?.failure;
  if (failure === undefined) throw new ClosedError('the executor of this environment');
  const left = [
    ...irreversible(requests, outcome, opened),
    ...outcome.notUndone.map(({ step, failure: refusal }) => {
      return NetlinkError.of(refusal, placeAt(step - opened)).message;
    }),
  ];
  throw NetlinkError.of(
    { ...failure, path: publicPath(failure.path) },
    placeAt(outcome.failed - opened),
    left,
  );
}

function placeOfRequest(requests: readonly UndoableRequest[], step: number): ErrorPlace {
  const request = requests[step];
  return request === undefined
    ? { operation: 'rtnl' }
    : { ...placeOf(requestOf(request.op, request.body)), step };
}

function irreversible(
  requests: readonly UndoableRequest[],
  { results }: NativeOutcome,
  opened: number,
): string[] {
  return requests.flatMap((request, index) =>
    results[opened + index]?.done === true && isIrreversibleRequest(request)
      ? [irreversibleText(placeOfRequest(requests, index))]
      : [],
  );
}
