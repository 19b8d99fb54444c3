import { device, type DeviceNames, inSubnet, overRate, destinationPort } from '../../nft/expressions';
import type { FirewallRequest } from '../../nft/requests';
import type { RuleExpression } from '../../nft/rule-types';
import type { NetworkTable } from './network-table';
import { ADDRESS_TYPE, placeOf } from './table-requests';

/** The set of clients of the resolver, with their rates. */
const ASKERS = 'askers';
/** The rate per client: more than any client needs, and less than a resolver's queue and its process can handle. */
export const MOST_QUESTIONS = { rate: 1000, burst: 200 } as const;
/** The maximum number of known clients, and how long a client is remembered, in milliseconds. */
const MOST_ASKERS = 65_536;
const ASKER_MS = 10_000n;

export function askersSet(table: NetworkTable): FirewallRequest {
  const body = {
    ...placeOf(table),
    ...{ name: ASKERS, id: 200, keyType: ADDRESS_TYPE.ip, keyLen: 4 },
    ...{ flags: ['dynamic', 'timeout'] as const, timeout: ASKER_MS, desc: { size: MOST_ASKERS } },
  };
  return { family: 'nftSet', verb: 'add', body };
}

/** Matches a datagram for the resolver from a client above the rate. */
export function tooManyQuestions(from: DeviceNames, resolver: Uint8Array): RuleExpression[] {
  return [
    ...device('iifname', 'eq', from),
    ...inSubnet('daddr', resolver, 8 * resolver.length),
    ...destinationPort('udp', 53),
    ...overRate(ASKERS, MOST_QUESTIONS),
  ];
}
