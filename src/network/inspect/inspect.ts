import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { PublishedPort } from '../../firewall/network/published-port';
import type { RemoteNetwork } from '../peers/options';
import { upstreamsOf } from '../dns/resolver';
import type { AttachedMember } from '../model/attached-member';
import { driverOf } from '../drivers';
import type { MacvlanMode } from '../spec/macvlan-options';
import { defined } from '../model/host-configuration';
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

/** Compares the network's data with the bridge's ports and the firewall's map. */
export async function inspectNetwork(
  runtime: NetworkRuntime,
  attached: readonly AttachedMember[],
): Promise<NetworkInspection> {
  const { layout, ledger } = runtime;
  const { members, peers = [], adopted = [] } = await ledger.read();
  const driver = driverOf(layout);
  const { connected, problems } = await driver.connected(runtime, attached);
  return {
    name: layout.name,
    subnet: layout.subnet.text,
    gateway: layout.gateway,
    ...(layout.inet6 && { subnet6: layout.inet6.subnet, gateway6: layout.inet6.gateway }),
    device: layout.device,
    lifetime: layout.lifetime,
    mode: driver.mode,
    ...defined({ macvlan: layout.macvlan }),
    switch: driver.switch,
    nat: layout.nat,
    isolated: !layout.open,
    ...(driver.hasRules && { firewall: layout.firewall ?? 'nftables' }),
    ...defined({ parent: layout.parent }),
    mtu: layout.mtu,
    ...defined({ vxlan: layout.vxlan }),
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
