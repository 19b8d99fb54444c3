import {
  accept,
  cameByItsRoute,
  connection,
  CT_ESTABLISHED,
  CT_RELATED,
  CT_STATUS_DNAT,
  device,
  type DeviceNames,
  deviceGroup,
  dnatByMap,
  dnatByPort,
  drop,
  icmpRedirect,
  inSubnet,
  masquerade,
  toLocalAddress,
  tooOften,
  toPort,
} from './expressions';
import { FAMILIES, type Family } from '../base/ip';
import type { FirewallRequest } from './requests';
import type { RuleExpression } from './rule-types';
import { comment } from './userdata';

/** What the table of one network needs to know. A network with two subnets has two tables of one name. */
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

/** The set of those who ask for names, with how often. */
const ASKERS = 'askers';
/** Each may ask so often: more than anybody needs, and less than a resolver's queue and its process stand. */
export const MOST_QUESTIONS = { rate: 1000, burst: 200 } as const;
/** Of so many it is known at a time; and how long somebody is remembered, in milliseconds. */
const MOST_ASKERS = 65_536;
const ASKER_MS = 10_000n;

/** The map of ports that are published on one address of the host. */
export const MAP = 'published';
/** The map of those that are published on every address of the host. */
export const ANY_MAP = 'published-any';
const FORWARD_CHAIN = 'forward';
const LOOPBACK = { network: Uint8Array.of(127, 0, 0, 0), prefix: 8 } as const;
/** What a network's own routers answer from, on no route: that somebody is not there, for one. Of IPv6 link-local addresses do. */
export const ROUTERS = { network: Uint8Array.of(169, 254, 1, 0), prefix: 30 } as const;
const LOOPBACK6 = { network: Uint8Array.from([...new Uint8Array(15), 1]), prefix: 128 } as const;

// Hook numbers of both families (enum nf_inet_hooks) and nft's standard priorities.
const PREROUTING = 0;
const FORWARD = 2;
const OUTPUT = 3;
const POSTROUTING = 4;
const RAW = -300;
const DSTNAT = -100;
const FILTER = 0;
const SRCNAT = 100;

// nft's numbers for the types of a key's parts, six bits each; the kernel stores them so that `nft list` can read it.
const ADDRESS = { ip: 7, ip6: 8 } as const;
const PROTOCOL = 12;
const SERVICE = 13;

/** The device group of the networks that are open to each other: each knows the others by it, also those to come. */
export const OPEN_GROUP = 0x6e6c;

/** The device group of all other networks. What is for a device of either group is for its network's own rules to judge. */
export const ISOLATED_GROUP = 0x6e6d;

/** Drops what is for no network. */
export const strayDrop: readonly RuleExpression[] = [
  ...deviceGroup('oifgroup', 'neq', OPEN_GROUP),
  ...deviceGroup('oifgroup', 'neq', ISOLATED_GROUP),
  drop,
];

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

/** The transaction that makes a network's table. */
export function createTable(table: NetworkTable): FirewallRequest[] {
  return [
    tableRequest(table),
    ...(table.resolver ? [askersSet(table)] : []),
    ...(table.nat ? natChains(table) : []),
    ...filterChains(table),
  ];
}

/** The requests that drop in a network's own table what comes in by interfaces, by their names, and is for no network. */
export function dropStrays(
  network: string,
  family: Family,
  interfaces: readonly string[],
): FirewallRequest[] {
  const place = { family, table: tableName(network), chain: FORWARD_CHAIN };
  return interfaces.map((name) => {
    const expressions = [...device('iifname', 'eq', name), ...strayDrop];
    return { family: 'nftRule', verb: 'append', body: { ...place, expressions } };
  });
}

/** The transaction that removes it, with everything inside. */
export function deleteTable(network: string, family: OwnFamily = 'ip'): FirewallRequest[] {
  return [{ family: 'nftTable', verb: 'delete', body: { family, name: tableName(network) } }];
}

function tableRequest(table: NetworkTable): FirewallRequest {
  const flags = table.owner ? { flags: ['owner'] as const } : {};
  const userdata = comment('nftTable', `netloom:${table.name}`);
  return {
    family: 'nftTable',
    verb: 'add',
    body: { family: tableFamily(table), name: tableName(table.name), ...flags, userdata },
  };
}

function natChains(table: NetworkTable): FirewallRequest[] {
  const { network, prefix } = table.subnet;
  const ours = inSubnet('saddr', network, prefix);
  return [
    ...publishedMaps(table),
    chain(table, 'postrouting', 'nat', POSTROUTING, SRCNAT),
    rule(table, 'postrouting', [
      ...ours,
      ...device('oifname', 'neq', table.device),
      // The host's own call to its gateway address.
      ...device('oifname', 'neq', 'lo'),
      ...(table.open ? deviceGroup('oifgroup', 'neq', OPEN_GROUP) : []),
      masquerade,
    ]),
    ...(table.loopback ? [rule(table, 'postrouting', [...fromLoopback(table), masquerade])] : []),
    // A neighbour that calls a published port must get its answer by the way it came: through the host.
    rule(table, 'postrouting', [
      ...ours,
      ...device('oifname', 'eq', table.device),
      ...connection('status', CT_STATUS_DNAT),
      masquerade,
    ]),
    chain(table, 'prerouting', 'nat', PREROUTING, DSTNAT),
    ...publishedRules(table, 'prerouting'),
    chain(table, 'output', 'nat', OUTPUT, DSTNAT),
    ...publishedRules(table, 'output'),
    // The host sees a neighbour's call come in and leave by one device and would advise a shorter way, past the NAT.
    chain(table, 'redirects', 'filter', OUTPUT, FILTER),
    rule(table, 'redirects', [
      ...device('oifname', 'eq', table.device),
      ...icmpRedirect(tableFamily(table)),
      drop,
    ]),
  ];
}

function filterChains(table: NetworkTable): FirewallRequest[] {
  const { network, prefix } = table.subnet;
  const inward = device('oifname', 'eq', table.device);
  const fromInside = device('iifname', 'eq', table.device);
  return [
    chain(table, 'guard', 'filter', PREROUTING, RAW),
    // Nobody else sends as one of us, and none of us as somebody else: whoever is behind one of us has a route there.
    rule(table, 'guard', [
      ...inSubnet('saddr', network, prefix),
      ...device('iifname', 'neq', table.device),
      ...device('iifname', 'neq', 'lo'),
      drop,
    ]),
    rule(table, 'guard', [
      ...device('iifname', 'eq', table.device),
      ...(tableFamily(table) === 'ip' ? inSubnet('saddr', ROUTERS.network, ROUTERS.prefix, 'neq') : []),
      ...cameByItsRoute('eq'),
      drop,
    ]),
    // Other networks of the host, and neighbours on the host's own, could otherwise route to our addresses directly.
    rule(table, 'guard', [
      ...inSubnet('daddr', network, prefix),
      ...device('iifname', 'neq', table.device),
      ...device('iifname', 'neq', 'lo'),
      ...(table.open ? deviceGroup('iifgroup', 'neq', OPEN_GROUP) : []),
      drop,
    ]),
    ...(table.loopback ? [rule(table, 'guard', [...toLoopback(), drop])] : []),
    // Who asks without end would fill the queue in which the others' questions wait as well.
    ...(table.resolver ? [rule(table, 'guard', [...questions(table.device, table.resolver), drop])] : []),
    chain(table, FORWARD_CHAIN, 'filter', FORWARD, FILTER),
    rule(table, FORWARD_CHAIN, [...connection('state', CT_ESTABLISHED | CT_RELATED), accept]),
    ...(table.shut === true
      ? [rule(table, FORWARD_CHAIN, [...fromInside, ...device('oifname', 'neq', table.device), drop])]
      : []),
    rule(table, FORWARD_CHAIN, [...fromInside, accept]),
    rule(table, FORWARD_CHAIN, [...connection('status', CT_STATUS_DNAT), accept]),
    ...(table.open
      ? [rule(table, FORWARD_CHAIN, [...inward, ...deviceGroup('iifgroup', 'eq', OPEN_GROUP), accept])]
      : []),
    rule(table, FORWARD_CHAIN, [...inward, drop]),
  ];
}

// The host's own call to a port that is published on 127.0.0.1: no answer would find back to that address.
function fromLoopback(table: NetworkTable): RuleExpression[] {
  return [
    ...inSubnet('saddr', LOOPBACK.network, LOOPBACK.prefix),
    ...device('oifname', 'eq', table.device),
    ...connection('status', CT_STATUS_DNAT),
  ];
}

// Nobody but the host itself may call its loopback addresses. The kernel itself refuses such packets only where they are
// routed: by then a published port would have led them away, and on a device with route_localnet it lets them in. Answers
// are addressed to the gateway here, and get their address back behind this chain.
function toLoopback(): RuleExpression[] {
  return [...inSubnet('daddr', LOOPBACK.network, LOOPBACK.prefix), ...device('iifname', 'neq', 'lo')];
}

function askersSet(table: NetworkTable): FirewallRequest {
  const body = {
    ...placeOf(table),
    ...{ name: ASKERS, id: 200, keyType: ADDRESS.ip, keyLen: 4 },
    ...{ flags: ['dynamic', 'timeout'] as const, timeout: ASKER_MS, desc: { size: MOST_ASKERS } },
  };
  return { family: 'nftSet', verb: 'add', body };
}

/** A datagram for the resolver whose sender has asked too often. */
function questions(from: DeviceNames, resolver: Uint8Array): RuleExpression[] {
  return [
    ...device('iifname', 'eq', from),
    ...inSubnet('daddr', resolver, 8 * resolver.length),
    ...toPort('udp', 53),
    ...tooOften(ASKERS, MOST_QUESTIONS),
  ];
}

// Every address of the host means its loopback addresses only where these may be published on.
function publishedRules(table: NetworkTable, name: string): FirewallRequest[] {
  const family = tableFamily(table);
  const { network, prefix } = family === 'ip' ? LOOPBACK : LOOPBACK6;
  const beyond = table.loopback ? [] : inSubnet('daddr', network, prefix, 'neq');
  return [
    rule(table, name, [...toLocalAddress(), ...dnatByMap(family, MAP)]),
    rule(table, name, [...toLocalAddress(), ...beyond, ...dnatByPort(family, ANY_MAP)]),
  ];
}

function publishedMaps(table: NetworkTable): FirewallRequest[] {
  const { length } = table.subnet.network;
  const address = ADDRESS[tableFamily(table)];
  const port = { type: (PROTOCOL << 6) | SERVICE, length: 8 };
  const data = { dataType: (address << 6) | SERVICE, dataLen: length + 4 };
  // Ids are unique in a transaction, which may make both tables of a network.
  return [
    {
      ...{ name: MAP, id: length, keyType: (address << 12) | port.type, keyLen: length + port.length },
      ...data,
    },
    { name: ANY_MAP, id: length + 1, keyType: port.type, keyLen: port.length, ...data },
  ].map((map) => ({ family: 'nftSet', verb: 'add', body: { ...placeOf(table), flags: ['map'], ...map } }));
}

function chain(
  table: NetworkTable,
  name: string,
  type: 'filter' | 'nat',
  hooknum: number,
  priority: number,
): FirewallRequest {
  const hook = { hooknum, priority };
  const body = { ...placeOf(table), name, type, hook, policy: 'accept' } as const;
  return { family: 'nftChain', verb: 'add', body };
}

function rule(table: NetworkTable, name: string, expressions: readonly RuleExpression[]): FirewallRequest {
  return { family: 'nftRule', verb: 'append', body: { ...placeOf(table), chain: name, expressions } };
}

function placeOf(table: NetworkTable): { family: Family; table: string } {
  return { family: tableFamily(table), table: tableName(table.name) };
}
