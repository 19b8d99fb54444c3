import type { Family } from '../../base/ip';
import type { Step } from '../../plan/spec/step';
import type { LinkSet } from '../../rtnl/types';
import { forwardingPath } from '../host/forwards';
import { HOST } from '../model/labels';
import type { Layout } from '../model/layout';

/** Has devices of the host forward what they let in. */
export function forwardSteps(devices: readonly string[], family: Family): Step[] {
  return devices.map((device) => {
    return { op: 'sysctl', netns: HOST, path: forwardingPath(device, family), value: '1' };
  });
}

/**
 * Brings a device up that makes no IPv6 address of its own: on a bridge of a thousand, the packets of duplicate address
 * detection would cost more than everything else. In the message that brings it up, the mode would come too late; `more`
 * is what that message sets as well.
 */
export function quietUp(
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
