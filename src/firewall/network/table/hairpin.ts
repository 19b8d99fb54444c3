import { connection, CT_STATUS_DNAT, device, inSubnet, masquerade } from '../../nft/expressions';
import type { RuleExpression } from '../../nft/rule-types';
import type { NetworkTable } from './network-table';

/**
 * Hairpin NAT: a member connects to a port that another member publishes. Masquerading routes the reply through the
 * host, which restores the address that the caller used.
 */
export function hairpin(table: NetworkTable): RuleExpression[] {
  const { network, prefix } = table.subnet;
  return [
    ...inSubnet('saddr', network, prefix),
    ...device('oifname', 'eq', table.device),
    ...connection('status', CT_STATUS_DNAT),
    masquerade,
  ];
}
