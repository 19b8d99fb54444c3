import type { Block } from '../../plan/templates/step-template';
import type { Step } from '../../plan/spec/step';
import type { LinkSet } from '../../rtnl/types';
import { quietUp } from '../drivers/parts/link-steps';
import { addressStep6, setting6 } from '../drivers/parts/inet6-steps';
import { type Layout, type Layout6 } from '../model/layout';
import { memberTag } from '../model/tags';
import { HOST, hubOf, labelOf } from '../model/labels';
import { type Member } from '../model/member';
import { childStep } from '../drivers/macvlan';
import { neighbourStepsInside, neighbourStepsOutside } from '../drivers/parts/neighbours';
import { checksumSteps, deafSteps, switchPortSteps } from '../drivers/parts/switch';
import { policySteps } from '../drivers/parts/policy-routing';
import { routedInsideSteps, routedInsideSteps6, routedPortSteps } from '../drivers/parts/router-steps';
import { hostPortConf, hostPortSteps, portGroup } from '../drivers/parts/routed-host';
import { apartSteps, segmentLabel } from '../drivers/parts/segments';
import { linkLocal } from '../addressing/subnet6';

/**
 * The steps that attach members: first all namespaces, then all pairs of devices, then the insides, then the ports, so
 * that the executor packs the requests to the bridge's namespace into few sends. This needs `bridge` as an index: a
 * name would have to be looked up before each. `device` is the index of the host's device, since another device may
 * have the name by now; without an index, the name is used.
 */
export function attachSteps(
  layout: Layout,
  members: readonly Member[],
  bridge: number | string,
  device?: number,
): Step[] {
  return [
    ...presenceSteps(layout, device),
    ...members.flatMap(namespaceSteps),
    ...configurationBlocks(layout, bridge, device).flatMap((block) => members.flatMap(block)),
    ...switchPortSteps(layout, members),
  ];
}

/**
 * The same without the namespaces and the requests to Open vSwitch: the steps for one member after the other, block by
 * block.
 */
export function configurationBlocks(
  layout: Layout,
  bridge: number | string,
  device?: number,
): Block<Member>[] {
  return [
    (member) => pairSteps(layout, member, bridge),
    ...(layout.inet6 ? [settingSteps6] : []),
    (member) => insideSteps(layout, member),
    (member) => neighbourStepsOutside(layout, member, device),
    (member) => portSteps(layout, member),
  ];
}

/**
 * Changes nothing, and fails if the host's device is gone, or was renamed so that the rules do not match it. Not every
 * mode has another step that would fail.
 */
export function presenceSteps({ macvlan, device: ifname }: Layout, index: number | undefined): Step[] {
  if (macvlan || index === undefined) return [];
  return [{ index }, { ifname }].map((body) => ({ op: 'link.set', netns: HOST, body, undo: 'none' }));
}

/** The label of the namespace that has a member's port. */
export function outside(layout: Layout, { segment }: Pick<Member, 'segment'>): string {
  return segment === undefined ? hubOf(layout) : segmentLabel(segment);
}

export function namespaceSteps(member: Member): Step[] {
  if (!member.created) return [];
  const name = member.pinned === undefined ? {} : { name: member.pinned };
  return [{ op: 'netns.create', netns: labelOf(member), ...name }];
}

function pairSteps(layout: Layout, member: Member, master: number | string): Step[] {
  if (layout.macvlan) return [childStep(layout, member, labelOf(member), master)];
  const { mtu } = layout;
  const { port, portMac, ifname, mac } = member;
  const netns = outside(layout, member);
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  // The peer is created in its namespace: moving a device between namespaces costs a hundred times as much.
  const peer = { ifname, netns: labelOf(member), address: mac, mtu, ...queues };
  const bridged = layout.routed || layout.openvswitch ? {} : { master };
  return [
    {
      op: 'link.add',
      netns,
      body: {
        ...{ ifname: port, kind: 'veth', address: portMac, ...bridged, mtu, ...queues, peer },
        ...portGroup(layout),
      },
    },
    ...deafSteps(layout, member),
    ...hostPortSteps(layout, member),
  ];
}

// Last: once both ends are up, the kernel's link watch takes the very lock that further steps would need.
function portSteps(layout: Layout, member: Member): Step[] {
  if (layout.macvlan) return [];
  const netns = outside(layout, member);
  return [
    ...quietUp(layout, netns, member.port, portSettings(layout, member)),
    ...(layout.routed ? routedPortSteps(member, netns) : []),
    ...apartSteps(member),
  ];
}

// Inside the switch namespace a device needs no tag, and no rules see traffic across the bridge.
function portSettings(layout: Layout, member: Member): Partial<LinkSet> {
  if (layout.lifetime === 'process') return {};
  const ifalias = memberTag(layout.name, member);
  if (layout.portPrefix !== undefined) return { ifalias, inet: { conf: hostPortConf(layout) } };
  // With br_netfilter loaded, a published port is translated on the bridge itself, and a connection of an endpoint to
  // itself leaves by the port it came in by: bridges refuse that without hairpin mode.
  const slave = layout.openvswitch ? {} : ({ slaveKind: 'bridge', slaveData: { mode: true } } as const);
  return { ifalias, ...slave };
}

function insideSteps(layout: Layout, member: Member): Step[] {
  const netns = labelOf(member);
  const { ifname: dev, created } = member;
  const loopback = { op: 'link.set', netns, body: { ifname: 'lo', up: true } } as const;
  return [
    created ? { ...loopback, undo: 'none' } : loopback,
    ...checksumSteps(layout, netns, member),
    ...quietUp(layout, netns, dev),
    ...(layout.routed ? routedInsideSteps(layout, netns, member) : bridgedInsideSteps(layout, netns, member)),
    ...(layout.inet6 && layout.routed ? routedInsideSteps6(layout.inet6, netns, member) : []),
    ...(layout.inet6 && !layout.routed ? insideSteps6(layout.inet6, member) : []),
    ...neighbourStepsInside(layout, member, netns),
    ...policySteps(layout, member, netns),
  ];
}

function bridgedInsideSteps(layout: Layout, netns: string, member: Member): Step[] {
  const { ifname: dev, address, defaultRoute } = member;
  const prefixed = `${address}/${String(layout.subnet.prefix)}`;
  const route = { to: 'default', via: layout.gateway, dev } as const;
  return [
    { op: 'addr.add', netns, body: { dev, address: prefixed, broadcast: 'auto' }, undo: 'none' },
    ...(defaultRoute ? [{ op: 'route.add', netns, body: route, undo: 'none' } as const] : []),
  ];
}

// Before the device comes up. A neighbour's advertisement must not give it a route. Namespaces with IPv6 disabled get
// it enabled here.
function settingSteps6(member: Member): Step[] {
  const settings = { disable_ipv6: '0', accept_ra: '0', autoconf: '0' };
  return Object.entries(settings).map(([key, value]) => setting6(labelOf(member), member.ifname, key, value));
}

function insideSteps6({ subnet, gateway }: Layout6, member: Member): Step[] {
  const { ifname: dev, address6 = '', mac, defaultRoute } = member;
  const netns = labelOf(member);
  const route = { to: 'default', via: gateway, dev } as const;
  return [
    addressStep6(netns, dev, `${address6}/${subnet.split('/')[1] ?? ''}`),
    addressStep6(netns, dev, linkLocal(mac)),
    ...(defaultRoute ? [{ op: 'route.add', netns, body: route, undo: 'none' } as const] : []),
  ];
}
