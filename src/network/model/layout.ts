import type { Dns } from '../spec/dns-options';
import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { Openvswitch } from '../spec/openvswitch-options';
import type { MacvlanMode } from '../spec/macvlan-options';
import type { Routing } from '../spec/routed-options';
import type { Subnet } from '../addressing/subnet';
import type { Vxlan } from '../spec/vxlan-options';

/** Everything that a network's plans need: plain data, also stored in the journal. */
export interface Layout {
  readonly name: string;
  /** Distinguishes the network from a later one of the same name. Only for persistent networks. */
  readonly id?: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  /** The host's device: the bridge of a persistent network, the uplink of one that lives with its process. */
  readonly device: string;
  readonly nat: boolean;
  /** Whether ports may be published on loopback addresses. */
  readonly loopback?: boolean;
  readonly mtu: number;
  /**
   * The device group of members' ports, used by nobody else: one request removes them all. Only for persistent
   * networks.
   */
  readonly group?: number;
  readonly lifetime: 'process' | 'persistent';
  /** The host's interfaces that may forward for the network; absent: all. */
  readonly interfaces?: readonly string[];
  /** Whether the kernel has IPv6; its automatic addresses are then off on the network's devices. */
  readonly ipv6: boolean;
  /** The second subnet; absent where endpoints have no IPv6 addresses. */
  readonly inet6?: Layout6;
  /**
   * 'static': the host and its endpoints have permanent entries for each other's MAC addresses and never ask; absent:
   * they ask.
   */
  readonly neighbours?: 'static';
  /** Firewall back end; absent: nf_tables. */
  readonly firewall?: FirewallKind;
  /** Open to the host's other open networks. */
  readonly open?: boolean;
  /** Each endpoint has a link of its own to the router; absent: a bridge. */
  readonly routed?: Routing;
  /**
   * Prefix of the ports' names, where the host reaches the network by the members' ports: its rules then match all such
   * devices, and `device` has only the gateway's address. Absent: the host reaches the network by `device`.
   */
  readonly portPrefix?: string;
  /** The host's device on the LAN that the network is part of, without rules; absent: a network of its own. */
  readonly parent?: string;
  /** The namespaces have children of the parent; the mode says how these see each other. Absent: a bridge, or a router. */
  readonly macvlan?: MacvlanMode;
  /** The range to choose addresses from; absent: the whole subnet. */
  readonly range?: Subnet;
  /** The tunnels to other hosts' bridges. */
  readonly vxlan?: Vxlan;
  /** Replaces the kernel's own bridge; undefined: the kernel's bridge. */
  readonly openvswitch?: Openvswitch;
  /** DNS inside; undefined: not by the network. */
  readonly dns?: Dns;
}

/** The fields of a specification or of a layout that decide the kind of a network. */
export type KindFields = Pick<Layout, 'lifetime' | 'routed' | 'macvlan' | 'openvswitch' | 'parent'>;

/** The IPv6 side of a layout. */
export interface Layout6 {
  readonly subnet: string;
  readonly gateway: string;
  /** Whether the kernel can switch IPv6 forwarding on for single interfaces; if not, it is on for all of them. */
  readonly perInterface: boolean;
}
