import type { Step } from '../../../plan/spec/step';
import type { LinkAdd } from '../../../rtnl/types';

/**
 * Limit of learned MAC addresses on a bridge, hundreds of times its number of ports: a sender with ever new addresses
 * cannot exhaust the machine's memory. Since Linux 6.7; older kernels ignore it.
 */
const MOST_LEARNED = 16_384;

/**
 * Creates a bridge. With snooping, the default, the kernel resets the timers of all ports whenever one is added or
 * removed: a quarter of all time at 1,000 ports (Linux 6.18). Our networks have no querier, and without one multicast
 * goes to every port in either case. A LAN may have a querier: snooping then keeps multicast away from the guests.
 */
export function bridgeStep(
  netns: string,
  named: Pick<LinkAdd, 'index' | 'ifname' | 'address' | 'mtu'>,
  snooping?: 'snooping',
): Step {
  const data = { fdbMaxLearned: MOST_LEARNED, ...(snooping === undefined && { mcastSnooping: false }) };
  return { op: 'link.add', netns, body: { ...named, kind: 'bridge', data } };
}
