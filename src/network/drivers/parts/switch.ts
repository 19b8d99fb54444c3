import { NetlinkError } from '../../../errors/errors';
import { deleteBridge, type SwitchPlace, tagsOfBridge } from '../../../openvswitch/switch';
import type { OvsPort, Tags } from '../../../openvswitch/operations';
import type { Step } from '../../../plan/spec/step';
import { derivedMac } from '../../addressing/derived-names';
import { type Layout } from '../../model/layout';
import { HOST } from '../../model/labels';
import { type Member } from '../../model/member';
import { bootId } from '../../host/boot-id';
import type { Openvswitch } from '../../spec/openvswitch-options';

/** The step that creates a network's bridge, with the host's device. */
export function switchStep(
  { name, device, gateway, mtu }: Layout,
  { socket, datapathType }: Openvswitch,
): Step {
  const mac = derivedMac(name, 'bridge', gateway);
  return {
    op: 'ovs.bridge',
    netns: HOST,
    socket,
    bridge: device,
    datapathType,
    mac,
    mtu,
    tags: tagsOf(name),
  };
}

/** The step that makes members ports of the switch. */
export function switchPortSteps(layout: Layout, { socket }: Openvswitch, members: readonly Member[]): Step[] {
  const { device: bridge } = layout;
  if (members.length === 0) return [];
  return [{ op: 'ovs.ports', netns: HOST, socket, bridge, ports: switchPorts(layout, members) }];
}

/**
 * Turns transmit checksum offload off inside: without this step TCP does not pass ovs-vswitchd's own datapath. Packets
 * that leave a namespace must have their checksums, which veth devices otherwise leave for a later device to compute.
 */
export function checksumSteps({ datapathType }: Openvswitch, netns: string, { ifname: dev }: Member): Step[] {
  if (datapathType !== 'netdev') return [];
  return [{ op: 'ethtool.set', netns, body: { dev, features: { tx: false } }, undo: 'none' }];
}

/**
 * The steps that keep the host's stack from a port's packets, before the port comes up: ovs-vswitchd's own datapath
 * reads only a copy of these. The host would answer requests for its own addresses with the port's MAC address, and
 * receive broadcasts twice.
 */
export function isolateFromHost(
  { ipv6 }: Layout,
  { datapathType }: Openvswitch,
  { port: ifname }: Member,
): Step[] {
  if (datapathType !== 'netdev') return [];
  const write = (path: string, value: string): Step => ({ op: 'sysctl', netns: HOST, path, value });
  return [
    { op: 'link.set', netns: HOST, body: { ifname, noarp: true }, undo: 'none' },
    // No route to any sender uses the port.
    write(`net/ipv4/conf/${ifname}/rp_filter`, '1'),
    ...(ipv6 ? [write(`net/ipv6/conf/${ifname}/disable_ipv6`, '1')] : []),
  ];
}

/** Removes a network's bridge, if that is Open vSwitch. */
export async function removeSwitch({ name, device, openvswitch }: Layout): Promise<void> {
  if (openvswitch) await deleteBridge(switchPlace(openvswitch), device, tagsOf(name));
}

/** Whether a network's bridge is in the database. */
export async function hasSwitch({ name, device }: Layout, openvswitch: Openvswitch): Promise<boolean> {
  const tags = await tagsOfBridge(switchPlace(openvswitch), device);
  return tags?.['netloom'] === name && tags['netloom-boot'] === bootId();
}

/**
 * Removes the bridge of a network with this name from before the machine's last boot: the database survives a boot, the
 * rest of a network does not.
 */
export async function removeStaleSwitch({ name, device, openvswitch }: Layout): Promise<void> {
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

function tagsOf(network: string): Tags {
  return { netloom: network, 'netloom-boot': bootId() };
}
