import type { FirewallRequest } from '../../nft/requests';
import { comment } from '../../nft/userdata';
import { filterChains } from './filter-chains';
import { natChains } from './nat-chains';
import { type NetworkTable, type OwnFamily, tableFamily, tableName } from './network-table';
import { askersSet } from './resolver-limit';

/** The transaction that creates a network's table. */
export function createTable(table: NetworkTable): FirewallRequest[] {
  return [
    tableRequest(table),
    ...(table.resolver ? [askersSet(table)] : []),
    ...(table.nat ? natChains(table) : []),
    ...filterChains(table),
  ];
}

/** The transaction that removes the table with its contents. */
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
