import type { Dns } from '../spec/dns-options';
import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { DeviceNames } from '../../firewall/nft/expressions';
import type { NetworkTable } from '../../firewall/network/network-table';
import { addressBytes } from '../../base/ip';
import type { Openvswitch } from '../drivers/openvswitch';
import type { MacvlanMode } from '../drivers/macvlan';
import type { Routing } from '../drivers/routed';
import type { Subnet } from '../addressing/subnet';
import type { Configuration } from '../lan/host-configuration';
import type { Vxlan } from '../drivers/vxlan';

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

/** One endpoint as data: the namespace's end and the bridge's. */
export interface Member {
  readonly name: string;
  readonly address: string;
  /** Only of networks with a second subnet. */
  readonly address6?: string;
  readonly ifname: string;
  readonly mac: string;
  /** The bridge's port and its MAC address. */
  readonly port: string;
  readonly portMac: string;
  /** True: the device inside is a child of the host's, and there is no port. */
  readonly child?: true;
  /** True: the network made the namespace, and deletes it with the endpoint. */
  readonly created: boolean;
  readonly defaultRoute: boolean;
  /** Its VLAN on the switch, which the host is not in. */
  readonly vlan?: number;
  /** The segment that has its port; absent: there is but one router, or none. */
  readonly segment?: number;
  /** Its IPv6 address is not in the block of its segment: the core has a route of its own to it. */
  readonly apart6?: true;
  /** The table for what it sends from its own addresses, if they have one. */
  readonly table?: number;
  /** The namespace's name under /run/netns, if it has one. */
  readonly pinned?: string;
  /** The namespace's cookie as text, once it is known. */
  readonly cookie?: string;
}

/** Another host's network, and the way there. */
export interface Peer {
  readonly subnet: string;
  /** The other host's address. */
  readonly via: string;
  /** The host's interface that leads there. */
  readonly device: string;
}

/** A device of the host that is a port of the network's bridge. */
export interface Adopted {
  readonly ifname: string;
  /** What moves between the two; only while it is under way. */
  readonly configuration?: Configuration;
}

/**
 * A device that is to be removed, and the MAC address that proves it the one meant, where others might have its name; or
 * the tag, of one whose MAC address changes.
 */
export interface Device {
  readonly ifname: string;
  readonly mac?: string;
  readonly tag?: string;
}

/** The bridge's ports of members. Nobody but the network makes devices in a switch namespace. */
export function portsOf(layout: Pick<Layout, 'lifetime'>, members: readonly Member[]): Device[] {
  return members
    .filter(({ child }) => !child)
    .map(({ port: ifname, portMac: mac }) => (layout.lifetime === 'process' ? { ifname } : { ifname, mac }));
}

/** Labels of the namespaces in a network's plans. Endpoints have the label of their port. */
export const HOST = 'host';
export const SWITCH = 'switch';

/** The label of the namespace that holds the bridge, or what members have instead. */
export function hubOf({ lifetime, macvlan }: Pick<Layout, 'lifetime' | 'macvlan'>): string {
  return lifetime === 'process' && !macvlan ? SWITCH : HOST;
}

/** What the firewall's tables of this network are made from, one for each family that it has. None on a LAN. */
export function tablesOf(layout: Layout): NetworkTable[] {
  if (layout.parent !== undefined) return [];
  const {
    name,
    nat,
    loopback = false,
    open = false,
    subnet,
    inet6,
    lifetime,
    dns,
    gateway,
    portPrefix,
  } = layout;
  const shut = portPrefix !== undefined && !nat && !open;
  const common = { name, device: innerDevices(layout), nat, open, owner: lifetime === 'process', shut };
  return [
    {
      ...{ ...common, loopback, subnet: networkOf(subnet.text) },
      ...(dns && { resolver: addressBytes(gateway) }),
    },
    ...(inet6 ? [{ ...common, loopback: false, subnet: networkOf(inet6.subnet) }] : []),
  ];
}

/** The devices by which the host reaches the network. */
export function innerDevices({ device, portPrefix: prefix }: Layout): DeviceNames {
  return prefix === undefined ? device : { prefix };
}

function networkOf(subnet: string): NetworkTable['subnet'] {
  const [first = '', prefix] = subnet.split('/');
  return { network: addressBytes(first), prefix: Number(prefix) };
}

/** The addresses of a member, by which its published ports are found. */
export function addressesOf({ address, address6 }: Member): string[] {
  return address6 === undefined ? [address] : [address, address6];
}

const CREATED = 'own';

/** The tag of a member's port in the host, which also tells whether the network made the namespace that has the member's name. */
export function memberTag(
  network: string,
  { name, created, pinned }: Pick<Member, 'name' | 'created' | 'pinned'>,
): string {
  return tag(network, created && pinned !== undefined ? `${name}:${CREATED}` : name);
}

/** The name of the namespace that a network made for the member of that tag; undefined if it made none with a name. */
export function createdName(network: string, ifalias: string): string | undefined {
  // Names of namespaces have no colon.
  const [name = '', mark, ...more] = ifalias.slice(tag(network, '').length).split(':');
  return mark === CREATED && more.length === 0 ? name : undefined;
}

/** The owner's tag on a device (IFLA_IFALIAS), for people and other tools. */
export function tag(network: string, part?: string): string {
  return part === undefined ? `netloom:${network}` : `netloom:${network}:${part}`;
}
