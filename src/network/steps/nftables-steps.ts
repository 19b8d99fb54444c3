import { createTable, deleteTable } from '../../firewall/network/table/create-table';
import { dropTransit } from '../../firewall/network/table/filter-chains';
import { tableFamily } from '../../firewall/network/table/network-table';
import { changePeers, preparePeers, rangeOf } from '../../firewall/network/peers';
import { publishPorts, withdrawPorts } from '../../firewall/network/published-ports';
import type { FirewallRequest } from '../../firewall/nft/requests';
import type { Step } from '../../plan/spec/step';
import { HOST } from '../model/labels';
import type { FirewallSteps } from './firewall-steps';

/** The library's own messages to nf_tables: each step is one transaction. */
export const nftablesSteps: FirewallSteps = {
  create: (_, tables) => [
    step(
      tables.flatMap(createTable),
      tables.flatMap((table) => deleteTable(table.name, tableFamily(table))),
    ),
  ],
  publish: (network, ports) => [step(publishPorts(network, ports), withdrawPorts(network, ports))],
  // They go with the table.
  dropTransit: (network, family, interfaces) => step(dropTransit(network, family, interfaces), []),
  admitPeers(table, subnets, isReady) {
    const { name } = table;
    const ranges = subnets.map(rangeOf);
    const admission = [...(isReady ? [] : preparePeers(table)), ...changePeers('add', name, ranges)];
    return step(admission, changePeers('delete', name, ranges));
  },
};

function step(requests: readonly FirewallRequest[], inverse: readonly FirewallRequest[]): Step {
  return { op: 'firewall', netns: HOST, requests, inverse };
}
