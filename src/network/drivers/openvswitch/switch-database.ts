import { NetlinkError } from '../../../errors/errors';
import type { OvsPort, Tags } from '../../../openvswitch/operations';
import { deleteBridge, pluggedIn, type SwitchPlace, tagsOfBridge, unplug } from '../../../openvswitch/switch';
import { bootId } from '../../host/identity';
import type { Layout } from '../../model/layout';
import type { Member } from '../../model/member';
import type { Openvswitch } from '../../spec/openvswitch-options';
import type { External } from '../parts/external';

/** The bridge and its ports in Open vSwitch's database. */
export const switchDatabase: External = {
  name: ({ device }) => `openvswitch bridge ${device}`,
  portsName: ({ device }) => `openvswitch ports of ${device}`,
  find: async (layout) =>
    (await hasSwitch(layout, optionsOf(layout))) ? [`openvswitch bridge ${layout.device}`] : [],
  remove: removeSwitch,
  removeStale: removeStaleSwitch,
  findPorts: async (layout, members) =>
    (await pluggedIn(switchPlace(optionsOf(layout)), switchPorts(layout, members))).map(portLine),
  removePorts: async (layout, members) =>
    (await unplug(switchPlace(optionsOf(layout)), layout.device, switchPorts(layout, members))).map(portLine),
  isUnreachable,
};

/** Removes a network's bridge, if that is Open vSwitch. */
async function removeSwitch({ name, device, openvswitch }: Layout): Promise<void> {
  if (openvswitch) await deleteBridge(switchPlace(openvswitch), device, switchTags(name));
}

/** Whether a network's bridge is in the database. */
async function hasSwitch({ name, device }: Layout, openvswitch: Openvswitch): Promise<boolean> {
  const tags = await tagsOfBridge(switchPlace(openvswitch), device);
  return tags?.['netloom'] === name && tags['netloom-boot'] === bootId();
}

/**
 * Removes the bridge of a network with this name from before the machine's last boot: the database survives a boot, the
 * rest of a network does not.
 */
async function removeStaleSwitch({ name, device, openvswitch }: Layout): Promise<void> {
  if (openvswitch === undefined) return;
  const place = switchPlace(openvswitch, 'network.create');
  const tags = await tagsOfBridge(place, device);
  const isStale = tags?.['netloom'] === name && tags['netloom-boot'] !== bootId();
  if (isStale) await deleteBridge(place, device, tags);
}

export function switchPlace({ socket }: Openvswitch, operation = 'network.openvswitch'): SwitchPlace {
  return { socket, operation };
}

/** Whether the database did not answer. */
export function isUnreachable(error: unknown): error is NetlinkError {
  return error instanceof NetlinkError && error.operation === 'network.openvswitch';
}

/** The members' devices as ports of the switch. */
export function switchPorts({ name }: Pick<Layout, 'name'>, members: readonly Member[]): OvsPort[] {
  const tags = { netloom: name };
  return members.map(({ port: ifname, vlan }) => ({ ifname, ...(vlan !== undefined && { vlan }), tags }));
}

export function switchTags(network: string): Tags {
  return { netloom: network, 'netloom-boot': bootId() };
}

/** The options of a network whose bridge is Open vSwitch. */
export function optionsOf({ openvswitch: options }: Layout): Openvswitch {
  return options as Openvswitch;
}

function portLine(ifname: string): string {
  return `openvswitch port ${ifname}`;
}
