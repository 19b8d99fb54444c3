import { REQUEST_DEADLINE_MS, runProgram } from '../executor/run-program';
import type { NativeRequestStep, NativeResult, NativeSlot } from '../native/program';
import { handleOf, type OpenNamespace } from './handle';

/**
 * Runs independent requests in a namespace; one result for each, in order. Uses the given open `sockets`; others are
 * opened for this call.
 */
export async function runRequests(
  netns: OpenNamespace,
  steps: readonly NativeRequestStep[],
  sockets: Omit<NativeSlot, 'netns'> = {},
): Promise<readonly NativeResult[]> {
  if (steps.length === 0) return [];
  const slots = [{ netns: handleOf(netns), ...sockets, label: netns.name }];
  return (await runProgram({ slots, steps, atomic: false, deadlineMs: REQUEST_DEADLINE_MS })).results;
}
