import { accept, reversePath, device, inSet, inSubnet } from '../nft/expressions';
import { type NetworkTable, tableName } from './table/network-table';
import { addressBytes } from '../../base/ip';
import type { ElementBody, FirewallRequest, SetBody } from '../nft/requests';
import type { RuleExpression } from '../nft/rule-types';

/** A range of IPv4 addresses as numbers, including both ends. */
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

/** The set of a network's table that holds its peers' subnets. */
export const PEERS = 'peers';

const FAMILY = 'ip' as const;
// nft's type number of IPv4 addresses.
const ADDRESS = 7;

/**
 * The requests that prepare a network's table for peers, made with the first peer. Peers' packets pass the guard if
 * they arrive by the route back to them; packets to peers keep their source address.
 */
export function preparePeers(
  table: Pick<NetworkTable, 'name' | 'device' | 'nat' | 'shut' | 'subnet'>,
): FirewallRequest[] {
  const { name, subnet, nat, shut = false } = table;
  const ours = (field: 'saddr' | 'daddr'): RuleExpression[] => inSubnet(field, subnet.network, subnet.prefix);
  const inward = device('oifname', 'eq', table.device);
  // Before the rules that drop and masquerade.
  return [
    set(name, { name: PEERS, id: 100, flags: ['interval'], keyType: ADDRESS, keyLen: 4 }),
    rule(name, 'add', 'guard', [...inSet('saddr', PEERS), ...ours('daddr'), ...reversePath(), accept]),
    rule(name, 'add', 'forward', [...inSet('saddr', PEERS), ...inward, accept]),
    ...(shut ? [rule(name, 'add', 'forward', [...inSet('daddr', PEERS), ...ours('saddr'), accept])] : []),
    ...(nat ? [rule(name, 'add', 'postrouting', [...inSet('daddr', PEERS), ...ours('saddr'), accept])] : []),
  ];
}

/** The requests that admit peers, or block them again. */
export function changePeers(
  verb: 'add' | 'delete',
  network: string,
  subnets: readonly AddressRange[],
): FirewallRequest[] {
  if (subnets.length === 0) return [];
  const elements = subnets.flatMap(intervalOf);
  return [
    { family: 'nftSetElem', verb, body: { family: FAMILY, table: tableName(network), set: PEERS, elements } },
  ];
}

// The kernel stores an interval as its first address and the first one after it; the last address of all has none after
// it.
function intervalOf({ first, last }: AddressRange): ElementBody[] {
  const start = { key: { value: word(first) } };
  return last === 0xffffffff ? [start] : [start, { key: { value: word(last + 1) }, flags: ['intervalEnd'] }];
}

function set(network: string, body: Omit<SetBody, 'family' | 'table'>): FirewallRequest {
  return { family: 'nftSet', verb: 'add', body: { family: FAMILY, table: tableName(network), ...body } };
}

function rule(
  network: string,
  verb: 'add',
  chain: string,
  expressions: readonly RuleExpression[],
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
