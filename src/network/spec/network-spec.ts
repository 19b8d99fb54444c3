import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { NetworkNamespace } from '../../netns/namespace';
import type { DnsOptions } from './dns-options';
import type { MacvlanMode } from './macvlan-options';
import type { OpenvswitchOptions } from './openvswitch-options';
import type { VxlanOptions } from './vxlan-options';

/** How a network's traffic leaves the host. */
export interface NatOptions {
  /** The host's interfaces that may forward for the network. Default: all of them, also later ones. */
  readonly interfaces?: readonly string[];
  /**
   * Allows ports to be published on addresses such as 127.0.0.1, for the host's own processes. The kernel then accepts
   * loopback addresses on the network's device (route_localnet); packets of others to such an address are dropped.
   * Default false.
   */
  readonly loopback?: boolean;
}

/** Options of a network. */
export interface NetworkSpec {
  /** Letters, digits, "_", "-" and ".", at most 64; unique on the host. */
  readonly name: string;
  /**
   * '10.0.0.0/24', prefix 8 to 30. Must not overlap subnets in use on the host, except those of `parent`; see
   * `overlap`.
   */
  readonly subnet: string;
  /** The host's address on the network; with `parent` the LAN's router. Default: the subnet's first host address. */
  readonly gateway?: string;
  /**
   * 'fd00:1::/64', prefix 16 to 126: also gives every endpoint an IPv6 address, which is masqueraded and published like
   * the IPv4 address. Must not overlap subnets in use on the host; see `overlap`. Default: none.
   */
  readonly subnet6?: string;
  /** The host's address in the subnet6. Default: its second address, 'fd00:1::1'; the first means any router. */
  readonly gateway6?: string;
  /**
   * 'bridge' (default): one link for all, with at most 1,023 ports: those of the endpoints, of `vxlan`, of adopted
   * devices, and for the lifetime 'process' one to the host. 'routed': each endpoint has a link of its own to a router
   * between it and the host, and shares no broadcasts with the others. The number of endpoints has no limit: the mode
   * for thousands. With the lifetime 'persistent' the host itself is the router. 'macvlan': each endpoint has a child
   * of the device `parent`, which itself stays unchanged; the host and the endpoints cannot reach each other.
   */
  readonly mode?: 'bridge' | 'routed' | 'macvlan';
  /**
   * With the mode 'macvlan': the namespaces reach each other ('bridge', the default), or not ('private'), or only if
   * the external switch sends their packets back ('vepa').
   */
  readonly macvlan?: MacvlanMode;
  /**
   * The host's device on a LAN that the network becomes part of: `subnet` is the LAN's, `gateway` its router, and
   * `range` the part that its other machines leave free. There are no NAT, no rules and no resolver, and other machines
   * on the LAN reach namespaces by their own addresses: with the mode 'macvlan' at once; with 'bridge', which is for
   * the lifetime 'persistent' only, after {@link Network.adopt} has made the device a port of the bridge.
   */
  readonly parent?: string;
  /**
   * 'linux' (default): a kernel bridge. 'openvswitch': a bridge of Open vSwitch, which runs in the namespace that plays
   * the host. Only for the lifetime 'persistent'.
   */
  readonly switch?: 'linux' | 'openvswitch';
  /** Only with the switch 'openvswitch'. */
  readonly openvswitch?: OpenvswitchOptions;
  /** The name of the host's device: the bridge, or for the lifetime 'process' the uplink to it. Default `nl-<name>`. */
  readonly bridge?: string;
  /** Masquerade packets that leave the subnet, and allow published ports. Default true, with `parent` false. */
  readonly nat?: boolean | NatOptions;
  /**
   * Resolve names inside: those of the network's namespaces, NAME and NAME.<network>, and all others by the host's
   * resolvers. The resolver listens on the gateway address while a process holds the network. Default: as `nat`.
   */
  readonly dns?: boolean | DnsOptions;
  /**
   * Default true: other networks of the host reach its namespaces only by published ports. Networks with false are open
   * to each other: their namespaces reach one another by their own addresses.
   */
  readonly isolated?: boolean;
  /**
   * 'static' (default): gateway and endpoints get permanent entries for each other's MAC addresses. Nobody else can
   * claim the addresses, no first packet waits for an answer, and the entries do not count among the 1,024 neighbours
   * that the kernel learns for all namespaces together (gc_thresh3). 'dynamic': they use ARP and neighbour discovery,
   * as endpoints of a bridge always do among each other; for endpoints with changing MAC addresses. With `parent`
   * always 'dynamic', with the mode 'routed' always 'static'.
   */
  readonly neighbours?: 'dynamic' | 'static';
  /**
   * Firewall back end: the library by nf_tables messages, or the tool iptables as the system has chosen it, or one of
   * its flavours. Default: 'nftables', and 'iptables' where the kernel has no nf_tables.
   */
  readonly firewall?: FirewallKind;
  /**
   * The part of the subnet from which addresses are chosen, as '10.0.0.64/26': for networks that span hosts, each with
   * its own part. Default: all of it.
   */
  readonly range?: string;
  /**
   * Connects the bridge to those of other hosts, whose networks have the same subnet and another gateway. Default:
   * none.
   */
  readonly vxlan?: VxlanOptions;
  /**
   * Default false: a subnet is refused if the host has an address in it, is on a network that overlaps it, or has a
   * route into it, because the host would lose its route there. Parts of a default route, such as the two halves that a
   * VPN installs, and routes without a destination do not count. True: the subnet is accepted all the same. Of
   * overlapping routes the longest prefix wins, and of equal ones the older: the host, or the network, cannot reach the
   * other's addresses there.
   */
  readonly overlap?: boolean;
  /**
   * In bytes, 68 to 65535, with `subnet6` at least 1280; default 1500, or 1450 with `vxlan`, whose headers need room,
   * or the MTU of `parent`.
   */
  readonly mtu?: number;
  /**
   * 'process' (default): the kernel removes everything when this process ends, however it ends. After a signal the
   * host's devices still forward, though not for transit traffic, until `gc()`. 'persistent': the network stays.
   */
  readonly lifetime?: 'process' | 'persistent';
  /**
   * Default true: conditions on the host that impair the network are reported once by process.emitWarning, as a
   * `NetloomWarning` with the texts that {@link Network.inspect} returns as `warnings`, a quarter of a second after the
   * network was created. False: only `inspect()` reports them.
   */
  readonly warnings?: boolean;
  /** The namespace that plays the host. Default: the caller's. */
  readonly host?: NetworkNamespace;
}
