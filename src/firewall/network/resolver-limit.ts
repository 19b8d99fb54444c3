import { device, type DeviceNames, inSubnet, tooOften, toPort } from '../nft/expressions';
import type { FirewallRequest } from '../nft/requests';
import type { RuleExpression } from '../nft/rule-types';
import type { NetworkTable } from './network-table';
import { ADDRESS_TYPE, placeOf } from './table-requests';

/** The set of those who ask for names, with how often. */
const ASKERS = 'askers';
/** Each may ask so often: more than anybody needs, and less than a resolver's queue and its process stand. */
export const MOST_QUESTIONS = { rate: 1000, burst: 200 } as const;
/** Of so many it is known at a time; and how long somebody is remembered, in milliseconds. */
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

/** A datagram for the resolver whose sender has asked too often. */
export function tooManyQuestions(from: DeviceNames, resolver: Uint8Array): RuleExpression[] {
  return [
    ...device('iifname', 'eq', from),
    ...inSubnet('daddr', resolver, 8 * resolver.length),
    ...toPort('udp', 53),
    ...tooOften(ASKERS, MOST_QUESTIONS),
  ];
}
