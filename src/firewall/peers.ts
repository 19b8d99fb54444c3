import { accept, cameByItsRoute, device, deviceInSet, type Expression, inSet, inSubnet } from './expressions';
import { type NetworkTable, strayDrop, tableName } from './network-table';
import { addressBytes } from '../ip';
import type { FirewallRequest } from '../plan/step';

/** A range of IPv4 addresses as numbers, both ends included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** The addresses of '10.0.0.0/24'. */
export function rangeOf(subnet: string): AddressRange {
  const [address = '', prefix] = subnet.split('/');
  const first = Buffer.from(addressBytes(address)).readUInt32BE();
  return { first, last: first + 2 ** (32 - Number(prefix)) - 1 };
}

/** The sets of a network's table that hold its peers' subnets, and the interfaces that forward only for them. */
export const PEERS = 'peers';
export const PEER_INTERFACES = 'peer-interfaces';

const FAMILY = 'ip';
// nft's numbers for types.
const ADDRESS = 7;
const INTERFACE = 41;

/**
 * The requests that prepare a network's table for peers: its first peer brings them. What peers send comes past the guard
 * if it came by the way that leads back to them; what goes to them keeps its source address.
 */
export function preparePeers(
  table: Pick<NetworkTable, 'name' | 'device' | 'nat' | 'subnet'>,
): FirewallRequest[] {
  const { name, subnet, nat } = table;
  const ours = (field: 'saddr' | 'daddr'): Expression[] => inSubnet(field, subnet.network, subnet.prefix);
  const inward = device('oifname', 'eq', table.device);
  // In front of the rules that drop and masquerade; an interface's own rule comes behind those that accept.
  return [
    set(name, { name: PEERS, id: 100, flags: ['interval'], keyType: ADDRESS, keyLen: 4 }),
    set(name, { name: PEER_INTERFACES, id: 101, keyType: INTERFACE, keyLen: 16 }),
    rule(name, 'add', 'guard', [...inSet('saddr', PEERS), ...ours('daddr'), ...cameByItsRoute(), accept]),
    rule(name, 'add', 'forward', [...inSet('saddr', PEERS), ...inward, accept]),
    rule(name, 'append', 'forward', [...deviceInSet('iifname', PEER_INTERFACES), ...strayDrop]),
    ...(nat ? [rule(name, 'add', 'postrouting', [...inSet('daddr', PEERS), ...ours('saddr'), accept])] : []),
  ];
}

/** The requests that let peers in, or shut them out again; and for interfaces that forward only for peers. */
export function changePeers(
  verb: 'add' | 'delete',
  network: string,
  subnets: readonly AddressRange[],
  interfaces: readonly string[] = [],
): FirewallRequest[] {
  return [
    ...elements(verb, network, PEERS, subnets.flatMap(intervalOf)),
    ...elements(
      verb,
      network,
      PEER_INTERFACES,
      interfaces.map((name) => ({ key: { value: interfaceKey(name) } })),
    ),
  ];
}

/** The name of an interface, as an element of the set of interfaces holds it. */
export function interfaceOf(key: Uint8Array): string {
  return Buffer.from(key).toString().replace(/\0.*$/s, '');
}

function elements(
  verb: 'add' | 'delete',
  network: string,
  name: string,
  list: readonly object[],
): FirewallRequest[] {
  if (list.length === 0) return [];
  const body = { family: FAMILY, table: tableName(network), set: name, elements: list };
  return [{ family: 'nftSetElem', verb, body }];
}

// The kernel keeps an interval as the first address inside and the first behind; behind the last of all there is none.
function intervalOf({ first, last }: AddressRange): object[] {
  const start = { key: { value: word(first) } };
  return last === 0xffffffff ? [start] : [start, { key: { value: word(last + 1) }, flags: ['intervalEnd'] }];
}

function set(network: string, body: object): FirewallRequest {
  return { family: 'nftSet', verb: 'add', body: { family: FAMILY, table: tableName(network), ...body } };
}

function rule(
  network: string,
  verb: 'add' | 'append',
  chain: string,
  expressions: readonly Expression[],
): FirewallRequest {
  return {
    family: 'nftRule',
    verb,
    body: { family: FAMILY, table: tableName(network), chain, expressions },
  };
}

function word(address: number): Uint8Array {
  return Uint8Array.from([24, 16, 8, 0], (shift) => (address >>> shift) & 0xff);
}

function interfaceKey(name: string): Uint8Array {
  const padded = new Uint8Array(16);
  padded.set(Buffer.from(name));
  return padded;
}
