import { ValidationError } from '../../errors/errors';
import { driverOf } from '../drivers';
import { BRIDGE_IS_FULL } from '../drivers/bridged/bridge-port-limit';
import type { Layout } from '../model/layout';
import type { NetworkState } from '../model/network-state';

/**
 * Refuses endpoints beyond the port limit of the kernel's bridge. Throws a ValidationError, before the kernel would
 * refuse the last of them.
 */
export function checkPortLimit(
  layout: Layout,
  { members, adopted = [] }: NetworkState,
  count: number,
  operation: string,
): void {
  const most = driverOf(layout).mostPorts(layout) - adopted.length;
  if (most === Infinity) return;
  const free = most - members.length;
  if (count <= free) return;
  const problem = `must be at most ${String(free)}, because ${String(members.length)} of ${String(most)} endpoints are attached: ${BRIDGE_IS_FULL}`;
  throw new ValidationError({ operation, path: 'namesOrCount', value: count, problem });
}
