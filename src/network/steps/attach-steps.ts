import type { Block } from '../../plan/templates/step-template';
import type { Step } from '../../plan/spec/step';
import { driverOf } from '../drivers';
import type { Driver } from '../drivers/driver';
import { setting6 } from '../drivers/parts/inet6-steps';
import { upWithoutAutoIpv6 } from '../drivers/parts/link-steps';
import { policySteps } from '../drivers/parts/policy-routing';
import { type Layout } from '../model/layout';
import { HOST, labelOf } from '../model/labels';
import { type Member } from '../model/member';

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
    ...driverOf(layout).closingSteps(layout, members),
  ];
}

/**
 * The same without the namespaces and the steps after those of all members: the steps for one member after the other,
 * block by block.
 */
export function configurationBlocks(
  layout: Layout,
  bridge: number | string,
  device?: number,
): Block<Member>[] {
  const driver = driverOf(layout);
  return [
    (member) => driver.pairSteps(layout, member, bridge),
    ...(layout.inet6 ? [settingSteps6] : []),
    (member) => insideSteps(driver, layout, member),
    (member) => driver.neighbourSteps(layout, member, device),
    (member) => driver.portSteps(layout, member),
  ];
}

/**
 * Changes nothing, and fails if the host's device is gone, or was renamed so that the rules do not match it. Not every
 * mode has another step that would fail.
 */
export function presenceSteps(layout: Layout, index: number | undefined): Step[] {
  if (index === undefined || !driverOf(layout).isKnownByName) return [];
  const { device: ifname } = layout;
  return [{ index }, { ifname }].map((body) => ({ op: 'link.set', netns: HOST, body, undo: 'none' }));
}

export function namespaceSteps(member: Member): Step[] {
  if (!member.created) return [];
  const name = member.pinned === undefined ? {} : { name: member.pinned };
  return [{ op: 'netns.create', netns: labelOf(member), ...name }];
}

function insideSteps(driver: Driver, layout: Layout, member: Member): Step[] {
  const netns = labelOf(member);
  const { ifname: dev, created } = member;
  const loopback = { op: 'link.set', netns, body: { ifname: 'lo', up: true } } as const;
  return [
    created ? { ...loopback, undo: 'none' } : loopback,
    ...driver.readySteps(layout, netns, member),
    ...upWithoutAutoIpv6(layout, netns, dev),
    ...driver.insideSteps(layout, netns, member),
    ...policySteps(member, netns, (family) => driver.gatewayRoutes(layout, family)),
  ];
}

// Before the device comes up. A neighbour's advertisement must not give it a route. Namespaces with IPv6 disabled get
// it enabled here.
function settingSteps6(member: Member): Step[] {
  const settings = { disable_ipv6: '0', accept_ra: '0', autoconf: '0' };
  return Object.entries(settings).map(([key, value]) => setting6(labelOf(member), member.ifname, key, value));
}
