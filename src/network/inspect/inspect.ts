import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { PublishedPort } from '../../firewall/network/published-port';
import type { RemoteNetwork } from '../peers/options';
import { upstreamsOf } from '../dns/resolver';
import type { Attached } from '../model/attached-member';
import { isUnreachable, switchPlace } from '../drivers/parts/switch';
import { openPorts } from '../../openvswitch/switch';
import type { MacvlanMode } from '../spec/macvlan-options';
import { ignoringGone } from '../../errors/not-found';
import type { NetworkRuntime } from '../runtime/runtime';
import type { VxlanOptions } from '../spec/vxlan-options';
import { warningsOf } from '../warnings/collect';

/** A network's state in the kernel. */
export interface NetworkInspection {
  readonly name: string;
  readonly subnet: string;
  readonly gateway: string;
  /** Absent on a network without IPv6. */
  readonly subnet6?: string;
  readonly gateway6?: string;
  /** The host's device. */
  readonly device: string;
  readonly lifetime: 'process' | 'persistent';
  readonly mode: 'bridge' | 'routed' | 'macvlan';
  /** How the parent's children see each other; only with the mode 'macvlan'. */
  readonly macvlan?: MacvlanMode;
  readonly switch: 'linux' | 'openvswitch';
  readonly nat: boolean;
  readonly isolated: boolean;
  /** Firewall back end; absent on a network that is part of a LAN and has no rules. */
  readonly firewall?: FirewallKind;
  readonly mtu: number;
  readonly neighbours: 'dynamic' | 'static';
  /** The resolver; absent without `dns`. */
  readonly dns?: InspectedResolver;
  /** The tunnels to other hosts' bridges. */
  readonly vxlan?: Required<VxlanOptions>;
  readonly endpoints: readonly InspectedEndpoint[];
  readonly publications: readonly PublishedPort[];
  /** The host's device on the LAN that the network is part of. */
  readonly parent?: string;
  /** The host's devices that are ports of the bridge. */
  readonly adopted: readonly string[];
  /** Other hosts' networks that are reached without masquerading. */
  readonly peers: readonly RemoteNetwork[];
  /** Conditions on the host that impair the network, with remedies. */
  readonly warnings: readonly string[];
}

export interface InspectedResolver {
  /** The address on which it listens, port 53. */
  readonly address: string;
  /** Whether this object's own resolver answers there; if not, another holder of the network may. */
  readonly serving: boolean;
  /** The upstream servers for names unknown to the network. */
  readonly upstreams: readonly string[];
}

export interface InspectedEndpoint {
  readonly name: string;
  readonly address: string;
  readonly address6?: string;
  readonly mac: string;
  /** The device inside the namespace. */
  readonly ifname: string;
  /** Absent: no VLAN. */
  readonly vlan?: number;
  /** The bridge's port. With the mode 'macvlan' only a label. */
  readonly port: string;
  /**
   * Whether the port exists, is on the bridge if there is one, and has a carrier: false once the namespace is gone.
   * With the mode 'macvlan' whether the device inside has a carrier, if this object holds the namespace.
   */
  readonly connected: boolean;
}

interface Connected {
  /** The names of ports with a carrier. */
  readonly connected: ReadonlySet<string>;
  /** Why some ports are unknown. */
  readonly problems: readonly string[];
}

const NONE_CONNECTED: Connected = { connected: new Set(), problems: [] };

/** Compares the network's data with the bridge's ports and the firewall's map. */
export async function inspectNetwork(
  runtime: NetworkRuntime,
  attached: readonly Attached[],
): Promise<NetworkInspection> {
  const { layout, ledger } = runtime;
  const { members, peers = [], adopted = [] } = await ledger.read();
  const { connected, problems } = layout.macvlan
    ? await connectedChildren(attached)
    : await connectedPorts(runtime);
  return {
    name: layout.name,
    subnet: layout.subnet.text,
    gateway: layout.gateway,
    ...(layout.inet6 && { subnet6: layout.inet6.subnet, gateway6: layout.inet6.gateway }),
    device: layout.device,
    lifetime: layout.lifetime,
    mode: layout.macvlan ? 'macvlan' : layout.routed ? 'routed' : 'bridge',
    ...(layout.macvlan && { macvlan: layout.macvlan }),
    switch: layout.openvswitch ? 'openvswitch' : 'linux',
    nat: layout.nat,
    isolated: !layout.open,
    ...(layout.parent === undefined
      ? { firewall: layout.firewall ?? 'nftables' }
      : { parent: layout.parent }),
    mtu: layout.mtu,
    ...(layout.vxlan && { vxlan: layout.vxlan }),
    neighbours: layout.neighbours ?? 'dynamic',
    ...(layout.dns && {
      dns: {
        address: layout.gateway,
        serving: runtime.resolver !== undefined,
        upstreams: upstreamsOf(runtime),
      },
    }),
    endpoints: members.map(({ name, address, address6, mac, ifname, vlan, port }) => ({
      name,
      address,
      ...(address6 !== undefined && { address6 }),
      mac,
      ifname,
      ...(vlan !== undefined && { vlan }),
      port,
      connected: connected.has(port),
    })),
    publications: await runtime.rules.published(),
    warnings: [...problems, ...(await warningsOf(runtime))],
    adopted: adopted.map(({ ifname }) => ifname),
    peers: peers.map(({ subnet, via }) => ({ subnet, via })),
  };
}

// The names of the ports with a carrier: those of the bridge, or all of the router's.
async function connectedPorts({ layout, hub, segments, bridge }: NetworkRuntime): Promise<Connected> {
  const { openvswitch, routed, device } = layout;
  // With the index 0 the kernel would list all links.
  if (bridge === 0 && !routed) return NONE_CONNECTED;
  const filter = routed || openvswitch ? {} : { master: bridge };
  const hubs = (await segments?.standing()) ?? [hub];
  const links = (await Promise.all(hubs.map((netns) => netns.rtnl.link.list(filter)))).flat();
  const up = links.filter(({ carrier }) => carrier).map(({ ifname }) => ifname);
  if (openvswitch === undefined) return { connected: new Set(up), problems: [] };
  try {
    const open = new Set(await openPorts(switchPlace(openvswitch), device));
    return { connected: new Set(up.filter((ifname) => open.has(ifname))), problems: [] };
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return { connected: new Set(), problems: [error.message] };
  }
}

// Children are visible only from their own namespaces.
async function connectedChildren(attached: readonly Attached[]): Promise<Connected> {
  const found = await Promise.all(
    attached.map(async ({ member, netns }) => {
      const link = await ignoringGone(netns.rtnl.link.get({ ifname: member.ifname }));
      return link?.carrier && link.address === member.mac ? [member.port] : [];
    }),
  );
  return { connected: new Set(found.flat()), problems: [] };
}
