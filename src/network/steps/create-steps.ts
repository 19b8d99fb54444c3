import type { Step } from '../../plan/spec/step';
import type { LinkAdd } from '../../rtnl/types';
import { derivedMac } from '../addressing/derived-names';
import { type Layout, type Layout6 } from '../model/layout';
import { tag } from '../model/tags';
import { HOST, hubOf, SWITCH, UPLINK_PORT, SWITCH_BRIDGE_INDEX, SWITCH_BRIDGE } from '../model/labels';
import { addressStep6, setting6 } from '../drivers/parts/inet6-steps';
import { GATEWAY_LINK_LOCAL } from '../addressing/link-addresses';
import { switchStep } from '../drivers/parts/switch';
import { outerRouterSteps, routedHostSteps, routerMac } from '../drivers/parts/router-steps';
import { networkGroup } from '../drivers/parts/routed-host';
import { rulesSteps } from './rules-steps';
import { vxlanSteps } from '../drivers/parts/vxlan';
import { vxlanDevice } from '../model/devices';
import { quietUp, forwardSteps } from '../drivers/parts/link-steps';

/**
 * The steps that create a network without endpoints. The firewall is complete before anything forwards. Configuration
 * of a device that the plan itself creates needs no undo: it goes with the device.
 */
export function createSteps(layout: Layout): Step[] {
  if (layout.macvlan) return [];
  return [
    ...rulesSteps(layout),
    ...(layout.lifetime === 'process' ? uplinkSteps(layout) : bridgeSteps(layout)),
    ...tunnelSteps(layout),
    ...hostSteps(layout),
    ...forwardingSteps(layout),
  ];
}

// The bridge lives in the host, so that it stays when this process ends.
function bridgeSteps(layout: Layout): Step[] {
  if (layout.openvswitch) return [switchStep(layout, layout.openvswitch)];
  const address = derivedMac(layout.name, 'bridge', layout.gateway);
  return [bridgeStep(layout, HOST, { ifname: layout.device, address })];
}

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
  { mtu, parent }: Layout,
  netns: string,
  named: Pick<LinkAdd, 'index' | 'ifname' | 'address'>,
): Step {
  const data = { fdbMaxLearned: MOST_LEARNED, ...(parent === undefined && { mcastSnooping: false }) };
  return { op: 'link.add', netns, body: { ...named, kind: 'bridge', mtu, data } };
}

// The bridge, or the router, lives in a namespace that only this process holds; the host has one end of a veth pair as
// its uplink.
function uplinkSteps(layout: Layout): Step[] {
  const { name, gateway, mtu } = layout;
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  const address = derivedMac(name, 'gateway', gateway);
  const peer = { ifname: layout.device, netns: HOST, address, mtu, ...queues };
  const uplink = { ifname: UPLINK_PORT, kind: 'veth', mtu, ...queues, peer } as const;
  if (layout.routed) {
    return [
      { op: 'netns.create', netns: SWITCH },
      { op: 'link.add', netns: SWITCH, body: { ...uplink, address: routerMac(layout) } },
      ...quietUp(layout, SWITCH, UPLINK_PORT),
      ...outerRouterSteps(layout, UPLINK_PORT, address),
    ];
  }
  return [
    { op: 'netns.create', netns: SWITCH },
    bridgeStep(layout, SWITCH, {
      index: SWITCH_BRIDGE_INDEX,
      ifname: SWITCH_BRIDGE,
      address: derivedMac(name, 'bridge', gateway),
    }),
    ...quietUp(layout, SWITCH, SWITCH_BRIDGE),
    { op: 'link.add', netns: SWITCH, body: { ...uplink, master: SWITCH_BRIDGE } },
    ...quietUp(layout, SWITCH, UPLINK_PORT),
  ];
}

function tunnelSteps(layout: Layout): Step[] {
  if (layout.vxlan === undefined) return [];
  const bridge = layout.lifetime === 'process' ? SWITCH_BRIDGE_INDEX : layout.device;
  return [...vxlanSteps(layout, bridge), ...quietUp(layout, hubOf(layout), vxlanDevice(layout).ifname)];
}

function hostSteps(layout: Layout): Step[] {
  const { device, name } = layout;
  // On a LAN the bridge is the host's own interface there, and as open to routers as the device it replaces.
  if (layout.parent !== undefined) {
    const body = { ifname: device, ifalias: tag(name), up: true } as const;
    return [{ op: 'link.set', netns: HOST, body, undo: 'none' }];
  }
  const group = networkGroup(layout);
  const noAdvertisements = ['accept_ra', 'autoconf'].map((key) => setting6(HOST, device, key, '0'));
  return [
    { op: 'link.set', netns: HOST, body: { ifname: device, ifalias: tag(name), group }, undo: 'none' },
    // A router advertisement from inside must not give the host a route.
    ...(layout.ipv6 ? noAdvertisements : []),
    ...(layout.inet6 ? [setting6(HOST, device, 'disable_ipv6', '0')] : []),
    ...(layout.loopback ? [loopbackStep(device)] : []),
    ...quietUp(layout, HOST, device),
    ...gatewaySteps(layout),
  ];
}

// Lets the host's own connections to 127.0.0.1 leave through the network's device, and their replies come in.
function loopbackStep(device: string): Step {
  return { op: 'sysctl', netns: HOST, path: `net/ipv4/conf/${device}/route_localnet`, value: '1' };
}

/** The steps that give the host its address on the network and the route to it. */
export function gatewaySteps(layout: Layout): Step[] {
  return layout.routed ? routedHostSteps(layout) : bridgedHostSteps(layout);
}

function bridgedHostSteps({ device: dev, gateway, subnet, inet6 }: Layout): Step[] {
  const address = `${gateway}/${String(subnet.prefix)}`;
  return [
    { op: 'addr.add', netns: HOST, body: { dev, address, broadcast: 'auto' }, undo: 'none' },
    ...(inet6 ? gatewaySteps6(dev, inet6) : []),
  ];
}

function gatewaySteps6(device: string, { gateway, subnet }: Layout6): Step[] {
  return [
    addressStep6(HOST, device, `${gateway}/${subnet.split('/')[1] ?? ''}`),
    // A router resolves an address from its own link-local one, which this device does not generate.
    addressStep6(HOST, device, `${GATEWAY_LINK_LOCAL}/64`),
  ];
}

function forwardingSteps(layout: Layout): Step[] {
  if (!layout.nat && !layout.open) return [];
  const { device, inet6 } = layout;
  return [
    ...forwardSteps([device], 'ip'),
    ...(inet6?.perInterface === true ? forwardSteps([device], 'ip6') : []),
  ];
}
