import { FAMILIES, type Family, familyOf } from '../../base/ip';
import { checkDeviceName } from '../../firewall/iptables/device-name';
import type { Flavour } from '../../firewall/iptables/flavour';
import { openedRules } from '../../firewall/iptables/opened';
import { peerRules } from '../../firewall/iptables/peers';
import { createRules, deleteRules, portRules } from '../../firewall/iptables/rules';
import { tableFamily } from '../../firewall/network/table/network-table';
import type { Step } from '../../plan/spec/step';
import { HOST } from '../model/labels';
import type { FirewallSteps } from './firewall-steps';

/** The system's iptables tool: each step is one run for one address family. */
export function iptablesSteps(flavour: Flavour): FirewallSteps {
  const step = (family: Family, input: string, inverse: string): Step => {
    return { op: 'iptables', netns: HOST, flavour, family, input, inverse };
  };
  return {
    create({ device, interfaces = [] }, tables) {
      checkDeviceName(device, 'bridge');
      for (const ifname of interfaces) checkDeviceName(ifname, 'nat.interfaces');
      return tables.map((table) => step(tableFamily(table), createRules(table), deleteRules(table)));
    },
    publish: (network, ports) =>
      FAMILIES.flatMap((family) => {
        const its = ports.filter(({ hostAddress }) => familyOf(hostAddress) === family);
        if (its.length === 0) return [];
        return [step(family, portRules(network, '-A', its), portRules(network, '-D', its))];
      }),
    dropTransit: (network, family, interfaces) =>
      step(
        family,
        openedRules(network, { add: interfaces, remove: [] }),
        openedRules(network, { add: [], remove: interfaces }),
      ),
    admitPeers({ name: network, device, nat, shut }, subnets) {
      const rules = { network, device, nat, shut, subnets };
      return step('ip', peerRules('add', rules), peerRules('delete', rules));
    },
  };
}
