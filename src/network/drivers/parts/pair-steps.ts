import type { Step } from '../../../plan/spec/step';
import type { LinkAdd } from '../../../rtnl/types';
import { HOST, labelOf, SWITCH, UPLINK_PORT } from '../../model/labels';
import { uplinkMac } from './devices';
import type { Layout } from '../../model/layout';
import type { Member } from '../../model/member';

/** Device pairs with one queue each: the kernel would make one for each processor. */
export const QUEUES = { numTxQueues: 1, numRxQueues: 1 };

/** The step that creates a member's pair of devices: the port in `netns`, with its bridge and group if it has these, and its peer inside. */
export function pairStep(
  { mtu }: Pick<Layout, 'mtu'>,
  member: Member,
  netns: string,
  { group, ...bridged }: Pick<LinkAdd, 'master' | 'group'>,
): Step {
  const { port, portMac, ifname, mac } = member;
  const grouped = group !== undefined && { group };
  // The peer is created in its namespace: moving a device between namespaces costs a hundred times as much.
  const peer = { ifname, netns: labelOf(member), address: mac, mtu, ...QUEUES };
  const common = { ifname: port, kind: 'veth', address: portMac, ...bridged } as const;
  return { op: 'link.add', netns, body: { ...common, mtu, ...QUEUES, peer, ...grouped } };
}

/** The group of members' ports, if they have one of their own. */
export function portGroup({ group }: Pick<Layout, 'group'>): { readonly group?: number } {
  return group === undefined ? {} : { group };
}

/** The step that connects a namespace of the network's own to the host, whose end is the host's device. */
export function uplinkStep(layout: Layout, settings: Pick<LinkAdd, 'master' | 'address'>): Step {
  const { device: ifname, mtu } = layout;
  const peer = { ifname, netns: HOST, address: uplinkMac(layout), mtu, ...QUEUES };
  const body = { ifname: UPLINK_PORT, kind: 'veth', mtu, ...QUEUES, peer, ...settings } as const;
  return { op: 'link.add', netns: SWITCH, body };
}
