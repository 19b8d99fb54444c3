import type { Family } from '../../../base/ip';
import type { Step } from '../../../plan/spec/step';
import type { LinkSet } from '../../../rtnl/types';
import { forwardingPath } from '../../host/forwarding-settings';
import { HOST } from '../../model/labels';
import type { Layout } from '../../model/layout';

/** Enables forwarding on devices of the host for packets that they receive. */
export function forwardSteps(devices: readonly string[], family: Family): Step[] {
  return devices.map((device) => {
    return { op: 'sysctl', netns: HOST, path: forwardingPath(device, family), value: '1' };
  });
}

/** Makes a device forward IPv4 packets that it receives. Netlink can set that where /proc/sys is read-only. */
export const FORWARDS = { inet: { conf: { forwarding: 1 } } } as const satisfies Partial<LinkSet>;

/**
 * Brings a device up without automatic IPv6 addresses: on a bridge with a thousand ports, the packets of duplicate
 * address detection would cost more than everything else. The mode must be set in an earlier message than the one that
 * brings the device up; `more` are further settings in the latter.
 */
export function upWithoutAutoIpv6(
  layout: Pick<Layout, 'ipv6'>,
  netns: string,
  ifname: string,
  more: Partial<LinkSet> = {},
): Step[] {
  const quiet: Step = {
    op: 'link.set',
    netns,
    body: { ifname, inet6: { addrGenMode: 'none' } },
    undo: 'none',
  };
  return [
    ...(layout.ipv6 ? [quiet] : []),
    { op: 'link.set', netns, body: { ifname, up: true, ...more }, undo: 'none' },
  ];
}
