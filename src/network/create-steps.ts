import { createTable, deleteTable } from '../firewall/network-table';
import type { Step } from '../plan/step';
import { derivedMac } from './derive';
import { HOST, type Layout, SWITCH, tableOf, tag } from './layout';

/** The bridge's name inside a switch namespace, where it has no neighbours. */
export const SWITCH_BRIDGE = 'br0';
/** Its index: beyond what fallback devices of loaded tunnel modules take in a fresh namespace. */
export const SWITCH_BRIDGE_INDEX = 1000;
export const UPLINK_PORT = 'uplink';

/**
 * The steps that make a network without endpoints. The firewall stands before anything forwards. What lies on a device
 * that the plan itself makes needs no undo of its own: it goes with the device.
 */
export function createSteps(layout: Layout): Step[] {
  return [
    {
      op: 'firewall',
      netns: HOST,
      requests: createTable(tableOf(layout)),
      inverse: deleteTable(layout.name),
    },
    ...(layout.lifetime === 'process' ? uplinkSteps(layout) : bridgeSteps(layout)),
    ...hostSteps(layout),
    ...forwardingSteps(layout),
  ];
}

// The bridge lives in the host, so that it stays when this process ends.
function bridgeSteps(layout: Layout): Step[] {
  const address = derivedMac(layout.name, 'bridge', layout.gateway);
  const body = { ifname: layout.device, kind: 'bridge', mtu: layout.mtu, address } as const;
  return [{ op: 'link.add', netns: HOST, body }];
}

// The bridge lives in a namespace that only this process holds; the host has one end of a veth pair as its uplink.
function uplinkSteps(layout: Layout): Step[] {
  const { name, gateway, mtu } = layout;
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  const bridgeMac = derivedMac(name, 'bridge', gateway);
  const address = derivedMac(name, 'gateway', gateway);
  const peer = { ifname: layout.device, netns: HOST, address, mtu, ...queues };
  return [
    { op: 'netns.create', netns: SWITCH },
    {
      op: 'link.add',
      netns: SWITCH,
      body: { index: SWITCH_BRIDGE_INDEX, ifname: SWITCH_BRIDGE, kind: 'bridge', mtu, address: bridgeMac },
    },
    ...quietUp(layout, SWITCH, SWITCH_BRIDGE),
    {
      op: 'link.add',
      netns: SWITCH,
      body: { ifname: UPLINK_PORT, kind: 'veth', master: SWITCH_BRIDGE, mtu, ...queues, peer },
    },
    ...quietUp(layout, SWITCH, UPLINK_PORT),
  ];
}

function hostSteps(layout: Layout): Step[] {
  const { device, gateway, subnet, name } = layout;
  const address = `${gateway}/${String(subnet.prefix)}`;
  const noAdvertisements: Step[] = ['accept_ra', 'autoconf'].map((key) => ({
    op: 'sysctl',
    netns: HOST,
    path: `net/ipv6/conf/${device}/${key}`,
    value: '0',
  }));
  return [
    { op: 'link.set', netns: HOST, body: { ifname: device, ifalias: tag(name) }, undo: 'none' },
    // A router advertisement from inside must not give the host a route.
    ...(layout.ipv6 ? noAdvertisements : []),
    ...quietUp(layout, HOST, device),
    { op: 'addr.add', netns: HOST, body: { dev: device, address, broadcast: 'auto' }, undo: 'none' },
  ];
}

function forwardingSteps(layout: Layout): Step[] {
  if (!layout.nat) return [];
  return [layout.device, ...layout.enable].map((device) => ({
    op: 'sysctl',
    netns: HOST,
    path: forwardingPath(device),
    value: '1',
  }));
}

/** Where a device's IPv4 forwarding is switched, below /proc/sys. */
export function forwardingPath(device: string): string {
  return `net/ipv4/conf/${device}/forwarding`;
}

/**
 * Brings a device up that makes no IPv6 address of its own: on a bridge of a thousand, the packets of duplicate address
 * detection would cost more than everything else. In the message that brings it up, the mode would come too late.
 */
export function quietUp(layout: Pick<Layout, 'ipv6'>, netns: string, ifname: string): Step[] {
  const quiet: Step = {
    op: 'link.set',
    netns,
    body: { ifname, inet6: { addrGenMode: 'none' } },
    undo: 'none',
  };
  return [
    ...(layout.ipv6 ? [quiet] : []),
    { op: 'link.set', netns, body: { ifname, up: true }, undo: 'none' },
  ];
}
