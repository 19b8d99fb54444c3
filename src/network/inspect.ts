import type { FirewallKind } from '../firewall/iptables/flavour';
import type { PublishedPort } from '../firewall/published';
import type { RemoteNetwork } from './peer-options';
import { upstreamsOf } from './resolver';
import { interferences } from './interference';
import type { Standing } from './setup';
import type { VxlanOptions } from './vxlan';

/** A network as the kernel has it. */
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
  readonly mode: 'bridge' | 'routed';
  readonly nat: boolean;
  readonly isolated: boolean;
  /** What carries the rules out. */
  readonly firewall: FirewallKind;
  readonly mtu: number;
  readonly neighbours: 'dynamic' | 'static';
  /** The resolver; absent without `dns`. */
  readonly dns?: InspectedResolver;
  /** The tunnels to other hosts' bridges. */
  readonly vxlan?: Required<VxlanOptions>;
  readonly endpoints: readonly InspectedEndpoint[];
  readonly publications: readonly PublishedPort[];
  /** Other hosts' networks that are reached without masquerading. */
  readonly peers: readonly RemoteNetwork[];
  /** What on the host works against the network, and what helps. */
  readonly warnings: readonly string[];
}

export interface InspectedResolver {
  /** Where it listens, on port 53. */
  readonly address: string;
  /** Whether this object's own resolver answers there; without, another holder of the network may. */
  readonly serving: boolean;
  /** The servers that it asks for what the network does not know. */
  readonly upstreams: readonly string[];
}

export interface InspectedEndpoint {
  readonly name: string;
  readonly address: string;
  readonly address6?: string;
  readonly mac: string;
  /** The device inside the namespace. */
  readonly ifname: string;
  /** The bridge's port. */
  readonly port: string;
  /** Whether the port is there, on the bridge if there is one, and has a carrier: false once the namespace is gone. */
  readonly connected: boolean;
}

/** Compares what the network knows with the bridge's ports and the firewall's map. */
export async function inspectNetwork(standing: Standing): Promise<NetworkInspection> {
  const { layout, hub, hubs, bridge, ledger } = standing;
  const { members, peers = [] } = await ledger.read();
  const bridges = hubs ? Object.values(hubs.namespaces) : [hub];
  const filter = layout.routed ? {} : { master: bridge };
  const ports = await Promise.all(bridges.map((netns) => netns.rtnl.link.list(filter)));
  const connected = new Set(
    ports
      .flat()
      .filter(({ carrier }) => carrier)
      .map(({ ifname }) => ifname),
  );
  return {
    name: layout.name,
    subnet: layout.subnet.text,
    gateway: layout.gateway,
    ...(layout.inet6 && { subnet6: layout.inet6.subnet, gateway6: layout.inet6.gateway }),
    device: layout.device,
    lifetime: layout.lifetime,
    mode: layout.routed ? 'routed' : 'bridge',
    nat: layout.nat,
    isolated: !layout.open,
    firewall: layout.firewall ?? 'nftables',
    mtu: layout.mtu,
    ...(layout.vxlan && { vxlan: layout.vxlan }),
    neighbours: layout.neighbours ?? 'dynamic',
    ...(layout.dns && {
      dns: {
        address: layout.gateway,
        serving: standing.resolver !== undefined,
        upstreams: upstreamsOf(standing),
      },
    }),
    endpoints: members.map(({ name, address, address6, mac, ifname, port }) => ({
      name,
      address,
      ...(address6 !== undefined && { address6 }),
      mac,
      ifname,
      port,
      connected: connected.has(port),
    })),
    publications: await standing.rules.published(),
    warnings: await interferences(standing.host, layout),
    peers: peers.map(({ subnet, via }) => ({ subnet, via })),
  };
}
