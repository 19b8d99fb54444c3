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
   * Let ports be published on addresses such as 127.0.0.1, for the host's own processes. The kernel then takes loopback
   * addresses for possible on the network's device (route_localnet); what others send to such an address is dropped.
   * Default false.
   */
  readonly loopback?: boolean;
}

/** What a network should be. */
export interface NetworkSpec {
  /** Letters, digits, "_", "-" and ".", at most 64; one network of a name per host. */
  readonly name: string;
  /** '10.0.0.0/24', prefix 8 to 30. Must not overlap what the host uses, but for what leads to `parent`; see `overlap`. */
  readonly subnet: string;
  /** The host's address on the network; with `parent` the LAN's router. Default: the subnet's first host address. */
  readonly gateway?: string;
  /**
   * 'fd00:1::/64', prefix 16 to 126: gives every endpoint an IPv6 address as well, which is masqueraded and published like
   * the other. Must not overlap what the host uses; see `overlap`. Default: none.
   */
  readonly subnet6?: string;
  /** The host's address on it. Default: the second of its addresses, 'fd00:1::1'; the first means any router. */
  readonly gateway6?: string;
  /**
   * 'bridge' (default): one link for all, of at most 1,023 ports: those of the endpoints, of `vxlan`, of adopted devices, and for the
   * lifetime 'process' one to the host. 'routed': each endpoint has a link of its own to a router between it and the host,
   * shares no broadcasts with the others, and their number has no limit: the mode for thousands. With the lifetime 'persistent' the
   * host itself is the router. 'macvlan': each has a
   * child of the device `parent`, so that the device stays as it is; the host itself cannot call them, nor they the host.
   */
  readonly mode?: 'bridge' | 'routed' | 'macvlan';
  /**
   * With the mode 'macvlan': the namespaces reach each other ('bridge', the default), or not ('private'), or only if the
   * switch outside sends their packets back ('vepa').
   */
  readonly macvlan?: MacvlanMode;
  /**
   * The host's device on a LAN that the network is to be part of: `subnet` is the LAN's, `gateway` its router, and `range`
   * what its other machines leave free. There are no NAT, no rules and no resolver, and others on the LAN call namespaces
   * by their own addresses: with the mode 'macvlan' at once; with 'bridge', which is for the lifetime 'persistent' only, when
   * {@link Network.adopt} has made the device a port of the bridge.
   */
  readonly parent?: string;
  /**
   * 'linux' (default): a bridge of the kernel's. 'openvswitch': one of Open vSwitch, which runs in the namespace that plays
   * the host. Only for the lifetime 'persistent'.
   */
  readonly switch?: 'linux' | 'openvswitch';
  /** Only with the switch 'openvswitch'. */
  readonly openvswitch?: OpenvswitchOptions;
  /** The name of the host's device: the bridge, or for the lifetime 'process' the uplink to it. Default `nl-<name>`. */
  readonly bridge?: string;
  /** Masquerade what leaves the subnet, and let ports be published. Default true, with `parent` false. */
  readonly nat?: boolean | NatOptions;
  /**
   * Resolve names inside: those of the network's namespaces, NAME and NAME.<network>, and by the host's resolvers all
   * others. The resolver listens on the gateway address while a process holds the network. Default: as `nat`.
   */
  readonly dns?: boolean | DnsOptions;
  /**
   * Default true: other networks of the host reach its namespaces by published ports only. Networks with false are open
   * to each other: their namespaces call one another by their own addresses.
   */
  readonly isolated?: boolean;
  /**
   * 'static' (default): gateway and endpoints are told each other's MAC addresses. Nobody else can claim them, no first packet
   * waits for an answer, and the entries do not count among the 1,024 neighbours that the kernel learns for all namespaces
   * together (gc_thresh3). 'dynamic': they ask, by ARP and neighbour discovery, as endpoints of a bridge among each other always
   * do; for endpoints whose MAC addresses change. With `parent` always 'dynamic', with the mode 'routed' always 'static'.
   */
  readonly neighbours?: 'dynamic' | 'static';
  /**
   * What carries the rules out: the library by nf_tables messages, or the tool iptables as the system has chosen it, or by
   * one of its flavours. Default: 'nftables', and 'iptables' where the kernel has no nf_tables.
   */
  readonly firewall?: FirewallKind;
  /**
   * The part of the subnet from which addresses are chosen, as '10.0.0.64/26': for networks that span hosts, each with a
   * part of its own. Default: all of it.
   */
  readonly range?: string;
  /** Joins the bridge to those of other hosts, whose networks have the same subnet and another gateway. Default: not. */
  readonly vxlan?: VxlanOptions;
  /**
   * Default false: a subnet is refused if the host has an address in it, is on a network that overlaps it, or has a route into
   * it, because the host would lose the way there. Parts of a default route, such as the two halves that a VPN installs, and
   * routes that say where nothing is do not count. True: the subnet is taken all the same. Of overlapping routes the longest
   * prefix wins, and of equal ones the older: the host, or the network, does not reach what the other has there.
   */
  readonly overlap?: boolean;
  /** Bytes, 68 to 65535, with `subnet6` at least 1280; default 1500, or 1450 with `vxlan`, whose headers need room, or those of `parent`. */
  readonly mtu?: number;
  /**
   * 'process' (default): the kernel removes everything when this process ends, however it ends. After a signal
   * the host's devices go on to forward, though not for strangers, until `gc()`. 'persistent': the network stays.
   */
  readonly lifetime?: 'process' | 'persistent';
  /**
   * Default true: what on the host works against the network is told once by process.emitWarning, as a `NetloomWarning` with
   * the texts that {@link Network.inspect} gives as `warnings`, a quarter of a second after the network was made. False: only
   * `inspect()` tells.
   */
  readonly warnings?: boolean;
  /** The namespace that plays the host. Default: the caller's. */
  readonly host?: NetworkNamespace;
}
