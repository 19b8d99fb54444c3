import type { Step } from '../../../plan/spec/step';
import { derivedMac } from '../../addressing/derived-names';
import { HOST } from '../../model/labels';
import type { Layout } from '../../model/layout';
import type { Member } from '../../model/member';
import type { Openvswitch } from '../../spec/openvswitch-options';
import { switchPorts, switchTags } from './switch-database';

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
    tags: switchTags(name),
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
export function isolatePortFromHostStack(
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
