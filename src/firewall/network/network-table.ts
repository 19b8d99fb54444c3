import { FAMILIES, type Family } from '../../base/ip';
import type { DeviceNames } from '../nft/expressions';

/** The facts from which a network's rules are made. A network with two subnets has two tables of one name. */
export interface NetworkTable {
  /** The network's name; its table is `ip netloom-<name>` or `ip6 netloom-<name>`. */
  readonly name: string;
  /** The subnet's first address as bytes, 4 or 16 by its family, and its prefix length. */
  readonly subnet: { readonly network: Uint8Array; readonly prefix: number };
  /** The devices of the host through which the network is reached: the bridge, or the uplink to the switch namespace, or many. */
  readonly device: DeviceNames;
  /** Masquerade what leaves the subnet, and publish ports. Without, the table only keeps strangers out. */
  readonly nat: boolean;
  /** Other networks of the host that are open may call its namespaces directly, unmasqueraded. */
  readonly open: boolean;
  /** What does not go to another device of the network stays inside, although the devices forward. */
  readonly shut?: boolean;
  /** Ports are published on 127.0.0.0/8 as well; only of IPv4. */
  readonly loopback: boolean;
  /** The address on which names are resolved, on port 53; only of IPv4. */
  readonly resolver?: Uint8Array;
  /** The table dies with the socket that made it, and nobody else may change it. */
  readonly owner: boolean;
}

/** The map of ports that are published on one address of the host. */
export const MAP = 'published';
/** The map of those that are published on every address of the host. */
export const ANY_MAP = 'published-any';
/** What a network's own routers answer from, on no route: that somebody is not there, for one. Of IPv6 link-local addresses do. */
export const ROUTERS = { network: Uint8Array.of(169, 254, 1, 0), prefix: 30 } as const;

/** The device group of the networks that are open to each other: each knows the others by it, also those to come. */
export const OPEN_GROUP = 0x6e6c;

/** The device group of all other networks. What is for a device of either group is for its network's own rules to judge. */
export const ISOLATED_GROUP = 0x6e6d;

/** The families of the tables that a network may have: of its subnets, and of its bridge. */
export const OWN_FAMILIES = [...FAMILIES, 'bridge'] as const;
export type OwnFamily = (typeof OWN_FAMILIES)[number];

/** The name of a network's table. */
export function tableName(network: string): string {
  return `netloom-${network}`;
}

/** The family of a table, which follows from its subnet. */
export function tableFamily({ subnet }: NetworkTable): Family {
  return subnet.network.length === 4 ? 'ip' : 'ip6';
}
