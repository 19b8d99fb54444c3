import { driverOf } from '../drivers';
import { type Member } from '../model/member';
import type { NetworkRuntime } from '../runtime/runtime';

/** Disconnects members from bridge or switch, and removes their ports, in whichever namespace these are. */
export function removeMembers(runtime: NetworkRuntime, members: readonly Member[]): Promise<void> {
  return driverOf(runtime.layout).removeMembers(runtime, members);
}
