import { ValidationError } from '../errors';
import type { NetworkState } from './changes';
import type { Layout } from './layout';

/** BR_MAX_PORTS of the kernel is 1 << 10, of which number 0 is nobody's. */
const BRIDGE_PORTS = 1023;

/** What to do about a bridge that is full. */
export const FULL =
  "a bridge takes 1,023 ports: detach endpoints that are done, or make the network with mode: 'routed', which has no limit";

/**
 * Refuses so many further endpoints if the kernel's bridge has no ports for them. Throws a ValidationError, before the kernel
 * would refuse the last of them.
 */
export function checkPorts(
  layout: Layout,
  { members, adopted = [] }: NetworkState,
  count: number,
  operation: string,
): void {
  const { routed, macvlan, openvswitch, lifetime, vxlan } = layout;
  if (routed || macvlan || openvswitch) return;
  const others = (lifetime === 'process' ? 1 : 0) + (vxlan ? 1 : 0) + adopted.length;
  const most = BRIDGE_PORTS - others;
  const free = most - members.length;
  if (count <= free) return;
  const problem = `must be at most ${String(free)}, with ${String(members.length)} endpoints attached of ${String(most)}: ${FULL}`;
  throw new ValidationError({ operation, path: 'namesOrCount', value: count, problem });
}
