import { ValidationError } from '../../../errors/errors';
import type { NetworkState } from '../../model/network-state';
import type { Layout } from '../../model/layout';

/** BR_MAX_PORTS of the kernel is 1 << 10; number 0 is not used. */
const BRIDGE_PORTS = 1023;

/** The remedy for a full bridge. */
export const FULL =
  "a bridge takes 1,023 ports: detach endpoints that are done, or make the network with mode: 'routed', which has no limit";

/**
 * Refuses endpoints beyond the port limit of the kernel's bridge. Throws a ValidationError, before the kernel would
 * refuse the last of them.
 */
export function checkPorts(
  layout: Layout,
  { members, adopted = [] }: NetworkState,
  count: number,
  operation: string,
): void {
  const most = portsOf(layout) - adopted.length;
  if (most === Infinity) return;
  const free = most - members.length;
  if (count <= free) return;
  const problem = `must be at most ${String(free)}, with ${String(members.length)} endpoints attached of ${String(most)}: ${FULL}`;
  throw new ValidationError({ operation, path: 'namesOrCount', value: count, problem });
}

/** The number of ports for endpoints and adopted devices. */
function portsOf({ routed, macvlan, openvswitch, lifetime, vxlan }: Layout): number {
  if (routed || macvlan || openvswitch) return Infinity;
  return BRIDGE_PORTS - (lifetime === 'process' ? 1 : 0) - (vxlan ? 1 : 0);
}
