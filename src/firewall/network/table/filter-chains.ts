import type { Family } from '../../../base/ip';
import {
  accept,
  reversePath,
  connection,
  CT_ESTABLISHED,
  CT_RELATED,
  CT_STATUS_DNAT,
  device,
  deviceGroup,
  drop,
  inSubnet,
} from '../../nft/expressions';
import type { FirewallRequest } from '../../nft/requests';
import type { RuleExpression } from '../../nft/rule-types';
import {
  ISOLATED_GROUP,
  type NetworkTable,
  OPEN_GROUP,
  ROUTERS,
  tableFamily,
  tableName,
} from './network-table';
import { tooManyQuestions } from './resolver-limit';
import { chain, HOOK, LOOPBACK, PRIORITY, rule } from './table-requests';

const FORWARD_CHAIN = 'forward';

/** The chains that drop unwanted packets: `guard` before routing, and `forward`. */
export function filterChains(table: NetworkTable): FirewallRequest[] {
  const { network, prefix } = table.subnet;
  const inward = device('oifname', 'eq', table.device);
  const fromInside = device('iifname', 'eq', table.device);
  return [
    chain(table, 'guard', 'filter', HOOK.prerouting, PRIORITY.raw),
    // Blocks spoofed source addresses, from outside as ours and from inside as others'. Networks behind a member have a
    // route to it.
    rule(table, 'guard', [
      ...inSubnet('saddr', network, prefix),
      ...device('iifname', 'neq', table.device),
      ...device('iifname', 'neq', 'lo'),
      drop,
    ]),
    rule(table, 'guard', [
      ...device('iifname', 'eq', table.device),
      ...(tableFamily(table) === 'ip' ? inSubnet('saddr', ROUTERS.network, ROUTERS.prefix, 'neq') : []),
      ...reversePath('eq'),
      drop,
    ]),
    // Other networks of the host, and neighbours on the host's LAN, could otherwise route to our addresses directly.
    rule(table, 'guard', [
      ...inSubnet('daddr', network, prefix),
      ...device('iifname', 'neq', table.device),
      ...device('iifname', 'neq', 'lo'),
      ...(table.open ? deviceGroup('iifgroup', 'neq', OPEN_GROUP) : []),
      drop,
    ]),
    ...(table.loopback ? [rule(table, 'guard', [...toLoopback(), drop])] : []),
    // A client that asks endlessly would fill the queue that other clients share.
    ...(table.resolver
      ? [rule(table, 'guard', [...tooManyQuestions(table.device, table.resolver), drop])]
      : []),
    chain(table, FORWARD_CHAIN, 'filter', HOOK.forward, PRIORITY.filter),
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

/** Drops packets that are for no network. */
export const transitDrop: readonly RuleExpression[] = [
  ...deviceGroup('oifgroup', 'neq', OPEN_GROUP),
  ...deviceGroup('oifgroup', 'neq', ISOLATED_GROUP),
  drop,
];

/** The requests that, in a network's own table, drop packets that arrive on the named interfaces and are for no network. */
export function dropTransit(
  network: string,
  family: Family,
  interfaces: readonly string[],
): FirewallRequest[] {
  const place = { family, table: tableName(network), chain: FORWARD_CHAIN };
  return interfaces.map((name) => {
    const expressions = [...device('iifname', 'eq', name), ...transitDrop];
    return { family: 'nftRule', verb: 'append', body: { ...place, expressions } };
  });
}

// Only the host itself may connect to its loopback addresses. The kernel rejects such packets only when routing them: a
// published port would have redirected them before, and a device with route_localnet accepts them. Replies are
// addressed to the gateway at this point, and get their address back after this chain.
function toLoopback(): RuleExpression[] {
  return [...inSubnet('daddr', LOOPBACK.network, LOOPBACK.prefix), ...device('iifname', 'neq', 'lo')];
}
