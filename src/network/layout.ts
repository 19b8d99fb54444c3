import { type Subnet, addressBytes } from './subnet';
import type { NetworkTable } from '../firewall/network-table';

/** Everything about a network that its plans need: plain data, also what the journal keeps. */
export interface Layout {
  readonly name: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  /** The host's device: the bridge of a persistent network, the uplink of one that lives with its process. */
  readonly device: string;
  readonly nat: boolean;
  readonly mtu: number;
  readonly lifetime: 'process' | 'persistent';
  /** Interfaces that forward only because of this library. */
  readonly opened: readonly string[];
  /** Those of them whose forwarding is to be switched on. */
  readonly enable: readonly string[];
  /** Whether the kernel has IPv6, which is then kept quiet on the network's devices. */
  readonly ipv6: boolean;
}

/** One endpoint as data: the namespace's end and the bridge's. */
export interface Member {
  readonly name: string;
  readonly address: string;
  readonly ifname: string;
  readonly mac: string;
  /** The bridge's port and its MAC address. */
  readonly port: string;
  readonly portMac: string;
  /** True: the network made the namespace, and deletes it with the endpoint. */
  readonly created: boolean;
  readonly defaultRoute: boolean;
  /** The namespace's name under /run/netns, if it has one. */
  readonly pinned?: string;
  /** The namespace's cookie as text, once it is known. */
  readonly cookie?: string;
}

/** A device that is to be removed, and the MAC address that proves it the one meant, where others might have its name. */
export interface Device {
  readonly ifname: string;
  readonly mac?: string;
}

/** The bridge's ports of members. Nobody but the network makes devices in a switch namespace. */
export function portsOf(layout: Pick<Layout, 'lifetime'>, members: readonly Member[]): Device[] {
  return members.map(({ port: ifname, portMac: mac }) =>
    layout.lifetime === 'process' ? { ifname } : { ifname, mac },
  );
}

/** Labels of the namespaces in a network's plans. Endpoints have the label of their port. */
export const HOST = 'host';
export const SWITCH = 'switch';

/** The label of the namespace that holds the bridge. */
export function hubOf(layout: Pick<Layout, 'lifetime'>): string {
  return layout.lifetime === 'process' ? SWITCH : HOST;
}

/** What the firewall's table of this network is made from. */
export function tableOf(layout: Layout): NetworkTable {
  const { name, device, nat, opened, subnet, lifetime } = layout;
  return {
    name,
    device,
    nat,
    opened,
    subnet: { network: addressBytes(subnet.first), prefix: subnet.prefix },
    owner: lifetime === 'process',
  };
}

/** The owner's tag on a device (IFLA_IFALIAS), for people and other tools. */
export function tag(network: string, part?: string): string {
  return part === undefined ? `netloom:${network}` : `netloom:${network}:${part}`;
}
