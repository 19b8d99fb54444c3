import { vxlanName, derivedMac } from '../addressing/derived-names';
import type { Layout } from './layout';
import type { Member } from './member';
import { tag } from './tags';

/**
 * A device that is to be removed, and the MAC address that proves it the one meant, where others might have its name; or
 * the tag, of one whose MAC address changes.
 */
export interface Device {
  readonly ifname: string;
  readonly mac?: string;
  readonly tag?: string;
}

/** The bridge's ports of members. Nobody but the network makes devices in a switch namespace. */
export function portsOf(layout: Pick<Layout, 'lifetime'>, members: readonly Member[]): Device[] {
  return members
    .filter(({ child }) => !child)
    .map(({ port: ifname, portMac: mac }) => (layout.lifetime === 'process' ? { ifname } : { ifname, mac }));
}

/** The device of a network's tunnels. */
export function vxlanDevice({ name, gateway }: Layout): Required<Pick<Device, 'ifname' | 'mac'>> {
  return { ifname: vxlanName(name), mac: derivedMac(name, 'vxlan', gateway) };
}

/**
 * The devices of a persistent network in its host, but for those that Open vSwitch makes and removes. There are none where
 * members have children of the host's own.
 */
export function devicesOf(layout: Layout, members: readonly Member[]): Device[] {
  if (layout.macvlan) return [];
  if (layout.openvswitch) return portsOf(layout, members);
  const { name, device: ifname, parent, gateway } = layout;
  const mac = derivedMac(name, 'bridge', gateway);
  const bridge = parent === undefined ? { ifname, mac } : { ifname, mac, tag: tag(name) };
  return [bridge, ...(layout.vxlan ? [vxlanDevice(layout)] : []), ...portsOf(layout, members)];
}

/** The device of a persistent network in its host, and what proves it the one meant. */
export function hostDevice(layout: Layout): Device {
  const [device = { ifname: layout.device }] = devicesOf(layout, []);
  return device;
}
