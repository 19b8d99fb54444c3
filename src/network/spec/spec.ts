import {
  array,
  boolean,
  instance,
  maxValue,
  minLength,
  minValue,
  optional,
  picklist,
  pipe,
  string,
} from 'valibot';
import { ValidationError } from '../../errors/errors';
import { checkDeviceName } from '../../firewall/iptables/device-name';
import { FIREWALL_KINDS, type FirewallKind } from '../../firewall/iptables/flavour';
import { NetworkNamespace } from '../../netns/namespace';
import { hostAddresses } from '../addressing/allocate';
import { deviceName, portPrefix } from '../addressing/derived-names';
import { type Dns, dnsOf, type DnsOptions, dnsSchema } from './dns-options';
import {
  type Openvswitch,
  openvswitchOf,
  type OpenvswitchOptions,
  openvswitchSchema,
} from '../drivers/openvswitch';
import { checkLan, checkMacvlan } from '../lan/lan';
import { MACVLAN_MODES, type MacvlanMode } from '../drivers/macvlan';
import { checkRouted, type Routing } from '../drivers/routed';
import { hasSegments } from '../drivers/segments';
import { type ResolvedSpec6, resolveSpec6 } from './spec6';
import {
  addressText,
  isHostAddress,
  parseAddress,
  parseSubnet,
  reservedPart,
  type Subnet,
} from '../addressing/subnet';
import {
  booleanOrOptions,
  ifname,
  networkName,
  newIfname,
  options,
  validate,
  wholeNumber,
} from '../../errors/validate-options';
import { type Vxlan, VXLAN_OVERHEAD, type VxlanOptions, vxlanSchema } from '../drivers/vxlan';

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

/** A checked spec with every default filled in; plain data but for the subnet's numbers. */
export interface ResolvedSpec {
  readonly name: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  readonly spec6?: ResolvedSpec6;
  readonly device: string;
  readonly nat: boolean;
  /** Ports may be published on loopback addresses. */
  readonly loopback?: boolean;
  /** Undefined: all. */
  readonly interfaces?: readonly string[];
  /** Undefined: no resolver. */
  readonly dns?: Dns;
  readonly neighbours?: 'static';
  /** Undefined: as the kernel can. */
  readonly firewall?: FirewallKind;
  /** Not isolated. */
  readonly open?: boolean;
  readonly routed?: Routing;
  readonly portPrefix?: string;
  readonly macvlan?: MacvlanMode;
  readonly range?: Subnet;
  readonly vxlan?: Vxlan;
  readonly openvswitch?: Openvswitch;
  readonly parent?: string;
  /** The host may lose what it has in the subnets. */
  readonly overlap?: boolean;
  /** Undefined: the parent's. */
  readonly mtu?: number;
  readonly lifetime: 'process' | 'persistent';
}

/** Ethernet's, in bytes. */
export const MTU = 1500;
const schema = options({
  name: networkName,
  subnet: string('must be an IPv4 network, such as "10.0.0.0/24"'),
  gateway: optional(string('must be an IPv4 address, such as "10.0.0.1"')),
  subnet6: optional(string('must be an IPv6 network, such as "fd00:1::/64"')),
  gateway6: optional(string('must be an IPv6 address, such as "fd00:1::1"')),
  parent: optional(ifname),
  bridge: optional(newIfname),
  nat: optional(
    booleanOrOptions(
      {
        interfaces: optional(
          pipe(array(ifname, 'must be a list of device names'), minLength(1, 'must name at least one')),
        ),
        loopback: optional(boolean('must be true or false')),
      },
      'must be true, false or { interfaces: ["eth0"] }',
    ),
  ),
  dns: optional(dnsSchema),
  neighbours: optional(picklist(['dynamic', 'static'], 'must be "dynamic" or "static"')),
  isolated: optional(boolean('must be true or false')),
  firewall: optional(picklist(FIREWALL_KINDS, `must be one of ${FIREWALL_KINDS.join(', ')}`)),
  mode: optional(picklist(['bridge', 'routed', 'macvlan'], 'must be "bridge", "routed" or "macvlan"')),
  macvlan: optional(picklist(MACVLAN_MODES, `must be one of ${MACVLAN_MODES.join(', ')}`)),
  switch: optional(picklist(['linux', 'openvswitch'], 'must be "linux" or "openvswitch"')),
  openvswitch: optional(openvswitchSchema),
  overlap: optional(boolean('must be true or false')),
  range: optional(string('must be a part of the subnet, such as "10.0.0.64/26"')),
  vxlan: optional(vxlanSchema),
  mtu: optional(
    pipe(
      wholeNumber('must be a whole number of bytes'),
      minValue(68, 'must be at least 68, the smallest that IPv4 allows'),
      maxValue(65535, 'must be at most 65535'),
    ),
  ),
  lifetime: optional(picklist(['process', 'persistent'], 'must be "process" or "persistent"')),
  warnings: optional(boolean('must be true or false')),
  host: optional(instance(NetworkNamespace, 'must be an open NetworkNamespace')),
});

/** Checks a spec and fills in its defaults. Throws a ValidationError before any system call. */
export function resolveSpec(spec: NetworkSpec, operation = 'network.create'): ResolvedSpec {
  const checked = validate(schema, spec, operation);
  const { name, parent, lifetime = 'process', vxlan, ...rest } = checked;
  checkMacvlan(checked, operation);
  if (parent !== undefined) checkLan(checked, operation);
  const isMacvlan = rest.mode === 'macvlan';
  const { nat = parent === undefined, mtu = vxlan ? MTU - VXLAN_OVERHEAD : MTU } = rest;
  const subnet = checkedSubnet(rest.subnet, operation);
  const gateway = gatewayOf(subnet, rest.gateway, operation);
  const dns = dnsOf(rest.dns ?? nat !== false);
  const spec6 = resolveSpec6({ ...rest, mtu }, operation);
  const interfaces = typeof nat === 'object' ? nat.interfaces : undefined;
  if (rest.firewall !== undefined && rest.firewall !== 'nftables' && rest.bridge !== undefined)
    checkDeviceName(rest.bridge, 'bridge');
  const openvswitch = openvswitchOf({ ...rest, lifetime, vxlan }, operation);
  if (rest.mode === 'routed') checkRouted({ ...rest, subnet, vxlan }, operation);
  if (vxlan && spec6) {
    const problem = 'must not be there with vxlan: the hosts would choose the same addresses';
    throw new ValidationError({ operation, path: 'subnet6', value: spec6.subnet, problem });
  }
  return {
    name,
    subnet,
    gateway,
    ...(spec6 && { spec6 }),
    device: (isMacvlan ? parent : rest.bridge) ?? deviceName(name),
    nat: nat !== false,
    ...(typeof nat === 'object' && nat.loopback === true && { loopback: true }),
    ...(interfaces && { interfaces }),
    ...(dns && { dns }),
    ...(parent === undefined && rest.neighbours !== 'dynamic' && { neighbours: 'static' }),
    ...(rest.firewall && { firewall: rest.firewall }),
    ...(rest.isolated === false && { open: true }),
    ...(rest.mode === 'routed' && routingOf(name, lifetime, subnet)),
    ...(isMacvlan && { macvlan: rest.macvlan ?? 'bridge' }),
    ...(rest.range !== undefined && { range: checkedRange(subnet, gateway, rest.range, operation) }),
    ...(rest.overlap === true && { overlap: true }),
    ...(vxlan && { vxlan }),
    ...(openvswitch && { openvswitch }),
    ...(parent === undefined ? { mtu } : { parent, ...(rest.mtu !== undefined && { mtu }) }),
    lifetime,
  };
}

function routingOf(
  name: string,
  lifetime: ResolvedSpec['lifetime'],
  subnet: Subnet,
): Pick<ResolvedSpec, 'routed' | 'portPrefix'> {
  if (lifetime === 'persistent') return { routed: 'host', portPrefix: portPrefix(name) };
  return { routed: hasSegments(subnet) ? 'segments' : 'router' };
}

function checkedRange(subnet: Subnet, gateway: string, text: string, operation: string): Subnet {
  const range = parseSubnet(text);
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation, path: 'range', value: text, problem });
  };
  if (range?.text !== text || range.first < subnet.first || range.last > subnet.last)
    return refuse(`must be a network inside of ${subnet.text}, such as a half of it`);
  const [first, last] = hostAddresses({ subnet, range });
  const hasGateway = Number(parseAddress(gateway)) >= first && Number(parseAddress(gateway)) <= last;
  if (last - first + 1 <= (hasGateway ? 1 : 0))
    refuse(
      `has no address to give but ${hasGateway ? 'the gateway' : 'those that name the subnet'}: take a shorter prefix`,
    );
  return range;
}

function checkedSubnet(text: string, operation: string): Subnet {
  const subnet = parseSubnet(text);
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation, path: 'subnet', value: text, problem });
  };
  if (subnet === undefined) return refuse('must be an IPv4 network with its prefix, such as "10.0.0.0/24"');
  if (subnet.text !== text) refuse(`has bits set behind its prefix: write "${subnet.text}"`);
  if (subnet.prefix < 8 || subnet.prefix > 30) refuse('must have a prefix of 8 to 30');
  const reserved = reservedPart(subnet);
  if (reserved !== undefined) refuse(reserved);
  return subnet;
}

function gatewayOf(subnet: Subnet, text: string | undefined, operation: string): string {
  if (text === undefined) return addressText(subnet.first + 1);
  const address = parseAddress(text);
  if (address !== undefined && isHostAddress(subnet, address)) return addressText(address);
  const problem = `must be a host address of ${subnet.text}, without a prefix`;
  throw new ValidationError({ operation, path: 'gateway', value: text, problem });
}
