import { REQUEST_DEADLINE_MS, runProgram } from '../executor/run-program';
import type { NativeRequestStep, NativeResult, NativeSlot } from '../native/contract';
import { handleOf, type OpenNamespace } from './handle';

/**
 * Carries requests out in a namespace, each on its own: one result for each, in order. Through `sockets` that are open
 * already, or through some that are opened for this call.
 */
export async function carryOut(
  netns: OpenNamespace,
  steps: readonly NativeRequestStep[],
  sockets: Omit<NativeSlot, 'netns'> = {},
): Promise<readonly NativeResult[]> {
  if (steps.length === 0) return [];
  const slots = [{ netns: handleOf(netns), ...sockets }];
  return (await runProgram({ slots, steps, atomic: false, deadlineMs: REQUEST_DEADLINE_MS })).results;
}
