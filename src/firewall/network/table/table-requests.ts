import type { Family } from '../../../base/ip';
import type { FirewallRequest } from '../../nft/requests';
import type { RuleExpression } from '../../nft/rule-types';
import { type NetworkTable, tableFamily, tableName } from './network-table';

/** Hook numbers of both families (enum nf_inet_hooks). */
export const HOOK = { prerouting: 0, forward: 2, output: 3, postrouting: 4 } as const;
/** nft's standard priorities. */
export const PRIORITY = { raw: -300, dstnat: -100, filter: 0, srcnat: 100 } as const;

/** nft's type number of addresses; the kernel stores it for `nft list`. */
export const ADDRESS_TYPE = { ip: 7, ip6: 8 } as const;

export const LOOPBACK = { network: Uint8Array.of(127, 0, 0, 0), prefix: 8 } as const;
export const LOOPBACK6 = { network: Uint8Array.from([...new Uint8Array(15), 1]), prefix: 128 } as const;

export function chain(
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

export function rule(
  table: NetworkTable,
  name: string,
  expressions: readonly RuleExpression[],
): FirewallRequest {
  return { family: 'nftRule', verb: 'append', body: { ...placeOf(table), chain: name, expressions } };
}

export function placeOf(table: NetworkTable): { family: Family; table: string } {
  return { family: tableFamily(table), table: tableName(table.name) };
}
