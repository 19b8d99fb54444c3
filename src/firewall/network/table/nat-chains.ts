import {
  connection,
  CT_STATUS_DNAT,
  device,
  deviceGroup,
  dnatByMap,
  dnatByPort,
  drop,
  icmpRedirect,
  inSubnet,
  masquerade,
  toLocalAddress,
} from '../../nft/expressions';
import type { FirewallRequest } from '../../nft/requests';
import type { RuleExpression } from '../../nft/rule-types';
import { hairpin } from './hairpin';
import { ANY_MAP, MAP, type NetworkTable, OPEN_GROUP, tableFamily } from './network-table';
import { ADDRESS_TYPE, chain, HOOK, LOOPBACK, LOOPBACK6, placeOf, PRIORITY, rule } from './table-requests';

// nft's type numbers of the key's parts, six bits each; the kernel stores them for `nft list`.
const PROTOCOL = 12;
const SERVICE = 13;

/** The chains that masquerade and publish ports, with the maps of published ports. */
export function natChains(table: NetworkTable): FirewallRequest[] {
  const { network, prefix } = table.subnet;
  return [
    ...publishedMaps(table),
    chain(table, 'postrouting', 'nat', HOOK.postrouting, PRIORITY.srcnat),
    rule(table, 'postrouting', [
      ...inSubnet('saddr', network, prefix),
      ...device('oifname', 'neq', table.device),
      // The host's own connections to its gateway address.
      ...device('oifname', 'neq', 'lo'),
      ...(table.open ? deviceGroup('oifgroup', 'neq', OPEN_GROUP) : []),
      masquerade,
    ]),
    ...(table.loopback ? [rule(table, 'postrouting', [...fromLoopback(table), masquerade])] : []),
    rule(table, 'postrouting', hairpin(table)),
    chain(table, 'prerouting', 'nat', HOOK.prerouting, PRIORITY.dstnat),
    ...publishedRules(table, 'prerouting'),
    chain(table, 'output', 'nat', HOOK.output, PRIORITY.dstnat),
    ...publishedRules(table, 'output'),
    // A neighbour's packet enters and leaves the host by one device, so the host would send an ICMP redirect to a route
    // past the NAT.
    chain(table, 'redirects', 'filter', HOOK.output, PRIORITY.filter),
    rule(table, 'redirects', [
      ...device('oifname', 'eq', table.device),
      ...icmpRedirect(tableFamily(table)),
      drop,
    ]),
  ];
}

// The host's own connections to a port published on 127.0.0.1: replies could not return to that address.
function fromLoopback(table: NetworkTable): RuleExpression[] {
  return [
    ...inSubnet('saddr', LOOPBACK.network, LOOPBACK.prefix),
    ...device('oifname', 'eq', table.device),
    ...connection('status', CT_STATUS_DNAT),
  ];
}

// All addresses of the host include loopback addresses only if ports may be published on these.
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
  const address = ADDRESS_TYPE[tableFamily(table)];
  const port = { type: (PROTOCOL << 6) | SERVICE, length: 8 };
  const data = { dataType: (address << 6) | SERVICE, dataLen: length + 4 };
  // Ids are unique in a transaction, which may create both tables of a network.
  return [
    {
      ...{ name: MAP, id: length, keyType: (address << 12) | port.type, keyLen: length + port.length },
      ...data,
    },
    { name: ANY_MAP, id: length + 1, keyType: port.type, keyLen: port.length, ...data },
  ].map((map) => ({ family: 'nftSet', verb: 'add', body: { ...placeOf(table), flags: ['map'], ...map } }));
}
