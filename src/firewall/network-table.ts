import {
  accept,
  connection,
  CT_ESTABLISHED,
  CT_RELATED,
  CT_STATUS_DNAT,
  device,
  dnatByMap,
  drop,
  type Expression,
  icmpRedirect,
  inSubnet,
  masquerade,
  toLocalAddress,
} from './expressions';
import type { FirewallRequest } from '../plan/step';
import { comment } from './userdata';

/** What the table of one network needs to know. */
export interface NetworkTable {
  /** The network's name; its table is `ip netloom-<name>`. */
  readonly name: string;
  /** The subnet's first address as bytes, and its prefix length. */
  readonly subnet: { readonly network: Uint8Array; readonly prefix: number };
  /** The device of the host through which the network is reached: the bridge, or the uplink to the switch namespace. */
  readonly device: string;
  /** Masquerade what leaves the subnet, and publish ports. Without, the table only keeps strangers out. */
  readonly nat: boolean;
  /** Interfaces that forward only because this network asked for it: they must not route for anyone else. */
  readonly opened: readonly string[];
  /** The table dies with the socket that made it, and nobody else may change it. */
  readonly owner: boolean;
}

const FAMILY = 'ip';
const MAP = 'published';

// Hook numbers of the ip family (enum nf_inet_hooks) and nft's standard priorities.
const PREROUTING = 0;
const FORWARD = 2;
const OUTPUT = 3;
const POSTROUTING = 4;
const RAW = -300;
const DSTNAT = -100;
const FILTER = 0;
const SRCNAT = 100;

// nft's numbers for the types of a key's parts, six bits each; the kernel stores them so that `nft list` can read it.
const ADDRESS = 7;
const PROTOCOL = 12;
const SERVICE = 13;

/** The name of a network's table. */
export function tableName(network: string): string {
  return `netloom-${network}`;
}

/** The transaction that makes a network's table. */
export function createTable(table: NetworkTable): FirewallRequest[] {
  return [tableRequest(table), ...(table.nat ? natChains(table) : []), ...filterChains(table)];
}

/** The transaction that removes it, with everything inside. */
export function deleteTable(network: string): FirewallRequest[] {
  return [{ family: 'nftTable', verb: 'delete', body: { family: FAMILY, name: tableName(network) } }];
}

function tableRequest(table: NetworkTable): FirewallRequest {
  const flags = table.owner ? { flags: ['owner'] } : {};
  const userdata = comment('nftTable', `netloom:${table.name}`);
  return {
    family: 'nftTable',
    verb: 'add',
    body: { family: FAMILY, name: tableName(table.name), ...flags, userdata },
  };
}

function natChains(table: NetworkTable): FirewallRequest[] {
  const { network, prefix } = table.subnet;
  const ours = inSubnet('saddr', network, prefix);
  return [
    publishedMap(table.name),
    chain(table.name, 'postrouting', 'nat', POSTROUTING, SRCNAT),
    rule(table.name, 'postrouting', [...ours, ...device('oifname', 'neq', table.device), masquerade]),
    // A neighbour that calls a published port must get its answer by the way it came: through the host.
    rule(table.name, 'postrouting', [
      ...ours,
      ...device('oifname', 'eq', table.device),
      ...connection('status', CT_STATUS_DNAT),
      masquerade,
    ]),
    chain(table.name, 'prerouting', 'nat', PREROUTING, DSTNAT),
    rule(table.name, 'prerouting', [...toLocalAddress(), ...dnatByMap(MAP)]),
    chain(table.name, 'output', 'nat', OUTPUT, DSTNAT),
    rule(table.name, 'output', [...toLocalAddress(), ...dnatByMap(MAP)]),
    // The host sees a neighbour's call come in and leave by one device and would advise a shorter way, past the NAT.
    chain(table.name, 'redirects', 'filter', OUTPUT, FILTER),
    rule(table.name, 'redirects', [...device('oifname', 'eq', table.device), ...icmpRedirect(), drop]),
  ];
}

function filterChains(table: NetworkTable): FirewallRequest[] {
  const { network, prefix } = table.subnet;
  const inward = device('oifname', 'eq', table.device);
  return [
    chain(table.name, 'guard', 'filter', PREROUTING, RAW),
    // Neighbours on the host's own networks could otherwise route to our addresses directly.
    rule(table.name, 'guard', [
      ...inSubnet('daddr', network, prefix),
      ...device('iifname', 'neq', table.device),
      ...device('iifname', 'neq', 'lo'),
      drop,
    ]),
    chain(table.name, 'forward', 'filter', FORWARD, FILTER),
    rule(table.name, 'forward', [...connection('state', CT_ESTABLISHED | CT_RELATED), accept]),
    rule(table.name, 'forward', [...device('iifname', 'eq', table.device), accept]),
    rule(table.name, 'forward', [...connection('status', CT_STATUS_DNAT), accept]),
    rule(table.name, 'forward', [...inward, drop]),
    ...table.opened.map((name) => rule(table.name, 'forward', [...device('iifname', 'eq', name), drop])),
  ];
}

function publishedMap(network: string): FirewallRequest {
  const body = {
    family: FAMILY,
    table: tableName(network),
    name: MAP,
    id: 1,
    flags: ['map'],
    keyType: (ADDRESS << 12) | (PROTOCOL << 6) | SERVICE,
    keyLen: 12,
    dataType: (ADDRESS << 6) | SERVICE,
    dataLen: 8,
  };
  return { family: 'nftSet', verb: 'add', body };
}

function chain(
  network: string,
  name: string,
  type: string,
  hooknum: number,
  priority: number,
): FirewallRequest {
  const hook = { hooknum, priority };
  const body = { family: FAMILY, table: tableName(network), name, type, hook, policy: 'accept' };
  return { family: 'nftChain', verb: 'add', body };
}

function rule(network: string, name: string, expressions: readonly Expression[]): FirewallRequest {
  return {
    family: 'nftRule',
    verb: 'append',
    body: { family: FAMILY, table: tableName(network), chain: name, expressions },
  };
}
