import { FAMILIES, type Family } from '../../../base/ip';
import type { DeviceNames } from '../../nft/expressions';

/** The properties that determine a network's rules. A network with two subnets has two tables of one name. */
export interface NetworkTable {
  /** The network's name; its table is `ip netloom-<name>` or `ip6 netloom-<name>`. */
  readonly name: string;
  /** The subnet's first address, as 4 or 16 bytes, and its prefix length. */
  readonly subnet: { readonly network: Uint8Array; readonly prefix: number };
  /** The host's devices to the network: the bridge, the uplink to the switch namespace, or several. */
  readonly device: DeviceNames;
  /** Masquerade packets that leave the subnet, and publish ports. If false, the table only drops unwanted packets. */
  readonly nat: boolean;
  /** Other open networks of the host may connect to this one's namespaces directly, without masquerading. */
  readonly open: boolean;
  /** Packets that are not for another device of the network stay inside, although the devices forward. */
  readonly shut?: boolean;
  /** Publish ports on 127.0.0.0/8 as well; IPv4 only. */
  readonly loopback: boolean;
  /** The resolver's address, on port 53; IPv4 only. */
  readonly resolver?: Uint8Array;
  /** The table is removed with the socket that created it, and no one else may change it. */
  readonly owner: boolean;
}

/** The map of ports published on one address of the host. */
export const MAP = 'published';
/** The map of ports published on all addresses of the host. */
export const ANY_MAP = 'published-any';
/**
 * Source addresses of a network's own routers, without a route, for example in ICMP errors. In IPv6 they use link-local
 * addresses.
 */
export const ROUTERS = { network: Uint8Array.of(169, 254, 1, 0), prefix: 30 } as const;

/** The device group of networks that are open to each other: each recognizes the others by it, including later ones. */
export const OPEN_GROUP = 0x6e6c;

/** The device group of all other networks. Packets for a device of either group are left to its network's own rules. */
export const ISOLATED_GROUP = 0x6e6d;

/** The families of a network's tables: those of its subnets, and of its bridge. */
export const OWN_FAMILIES = [...FAMILIES, 'bridge'] as const;
export type OwnFamily = (typeof OWN_FAMILIES)[number];

/** The name of a network's table. */
export function tableName(network: string): string {
  return `netloom-${network}`;
}

/** The family of a table, determined by its subnet. */
export function tableFamily({ subnet }: NetworkTable): Family {
  return subnet.network.length === 4 ? 'ip' : 'ip6';
}
