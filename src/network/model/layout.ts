import type { Dns } from '../spec/dns-options';
import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { Openvswitch } from '../spec/openvswitch-options';
import type { MacvlanMode } from '../spec/macvlan-options';
import type { Routing } from '../spec/routed-options';
import type { Subnet } from '../addressing/subnet';
import type { Vxlan } from '../spec/vxlan-options';

/** Everything about a network that its plans need: plain data, also what the journal keeps. */
export interface Layout {
  readonly name: string;
  /** Tells the network from a later one of the same name. Only of networks that persist. */
  readonly id?: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  /** The host's device: the bridge of a persistent network, the uplink of one that lives with its process. */
  readonly device: string;
  readonly nat: boolean;
  /** Ports may be published on loopback addresses. */
  readonly loopback?: boolean;
  readonly mtu: number;
  /** The group of members' ports, which nobody else uses: all go with one request. Only of networks that persist. */
  readonly group?: number;
  readonly lifetime: 'process' | 'persistent';
  /** The host's interfaces that may forward for the network; absent: all. */
  readonly interfaces?: readonly string[];
  /** Whether the kernel has IPv6, which is then kept quiet on the network's devices. */
  readonly ipv6: boolean;
  /** The second subnet; absent where endpoints have no IPv6 addresses. */
  readonly inet6?: Layout6;
  /** 'static': the host and its endpoints know each other's MAC addresses and never ask; absent: they ask. */
  readonly neighbours?: 'static';
  /** What carries the rules out; absent: nf_tables. */
  readonly firewall?: FirewallKind;
  /** Open to the host's other open networks. */
  readonly open?: boolean;
  /** Each endpoint has a link of its own to what routes; absent: a bridge. */
  readonly routed?: Routing;
  /**
   * What the names of members' ports begin with, where these are how the host reaches the network: then its rules are about all
   * such devices, and `device` has the gateway's address alone. Absent: it is reached by `device`.
   */
  readonly portPrefix?: string;
  /** The host's device on the LAN that the network is part of, where it has no rules; absent: a network of its own. */
  readonly parent?: string;
  /** The namespaces have children of the parent, which see each other as it says; absent: a bridge, or a router. */
  readonly macvlan?: MacvlanMode;
  /** Addresses of the subnet that the host has itself on that LAN. */
  readonly reserved?: readonly string[];
  /** Where addresses are chosen from; absent: the whole subnet. */
  readonly range?: Subnet;
  /** The tunnels to other hosts' bridges. */
  readonly vxlan?: Vxlan;
  /** The switch that stands in for the kernel's own bridge; undefined: none. */
  readonly openvswitch?: Openvswitch;
  /** How names are resolved inside; undefined: not by the network. */
  readonly dns?: Dns;
}

/** The IPv6 side of a layout. */
export interface Layout6 {
  readonly subnet: string;
  readonly gateway: string;
  /** Whether the kernel can switch IPv6 forwarding on for single interfaces; if not, it is on for all of them. */
  readonly perInterface: boolean;
}
