import { derivedMac, vxlanName } from '../../addressing/derived-names';
import type { Device } from '../../model/devices';
import type { Layout } from '../../model/layout';
import type { Member } from '../../model/member';
import { tag } from '../../model/tags';

/** The MAC address of the host's device where that is the bridge, or identifies a network like one. */
export function bridgeMac({ name, gateway }: Pick<Layout, 'name' | 'gateway'>): string {
  return derivedMac(name, 'bridge', gateway);
}

/** The MAC address of the host's device where that is the end of a link to a namespace of the network's own. */
export function uplinkMac({ name, gateway }: Pick<Layout, 'name' | 'gateway'>): string {
  return derivedMac(name, 'gateway', gateway);
}

/** The device of a network's tunnels. */
export function vxlanDevice({
  name,
  gateway,
}: Pick<Layout, 'name' | 'gateway'>): Required<Pick<Device, 'ifname' | 'mac'>> {
  return { ifname: vxlanName(name), mac: derivedMac(name, 'vxlan', gateway) };
}

/** The device that a network in the host has there. Others may change its MAC address, or it adopts a device with one. */
export function bridgeDevice(layout: Pick<Layout, 'name' | 'gateway' | 'device'>): Required<Device> {
  return { ifname: layout.device, mac: bridgeMac(layout), tag: tag(layout.name) };
}

/** Members' ports in the host, where others have devices as well. */
export function portsInHost(members: readonly Member[]): Device[] {
  return members.map(({ port: ifname, portMac: mac }) => ({ ifname, mac }));
}

/** Members' ports in a namespace where only the network creates devices. */
export function portsInOwn(members: readonly Member[]): Device[] {
  return members.map(({ port: ifname }) => ({ ifname }));
}
