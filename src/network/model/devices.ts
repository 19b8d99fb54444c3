import { vxlanName, derivedMac } from '../addressing/derived-names';
import type { Layout } from './layout';
import type { Member } from './member';
import { tag } from './tags';

/**
 * A device to remove. The MAC address identifies it where others might have its name; the tag does so if its MAC
 * address changes.
 */
export interface Device {
  readonly ifname: string;
  readonly mac?: string;
  readonly tag?: string;
}

/** The members' ports on the bridge. In a switch namespace only the network creates devices. */
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
 * The devices of a persistent network in its host, without those that Open vSwitch creates and removes. None where
 * members have children of the host's own device.
 */
export function devicesOf(layout: Layout, members: readonly Member[]): Device[] {
  if (layout.macvlan) return [];
  if (layout.openvswitch) return portsOf(layout, members);
  const { name, device: ifname, parent, gateway } = layout;
  const mac = derivedMac(name, 'bridge', gateway);
  const bridge = parent === undefined ? { ifname, mac } : { ifname, mac, tag: tag(name) };
  return [bridge, ...(layout.vxlan ? [vxlanDevice(layout)] : []), ...portsOf(layout, members)];
}
