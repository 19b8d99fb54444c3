import { checkDeviceName } from '../../firewall/iptables/device-name';
import { createRules, deleteRules, portRules } from '../../firewall/iptables/rules';
import { createTable, deleteTable } from '../../firewall/network/table/create-table';
import { tableFamily } from '../../firewall/network/table/network-table';
import type { PublishedPort } from '../../firewall/network/published-port';
import { publishPorts, withdrawPorts } from '../../firewall/network/published-ports';
import { FAMILIES, familyOf } from '../../base/ip';
import type { Step } from '../../plan/spec/step';
import { type Layout } from '../model/layout';
import { flavourOf } from '../model/firewall';
import { tablesOf } from './network-tables';
import { HOST } from '../model/labels';

/** The steps that create a network's rules. */
export function rulesSteps(layout: Layout): Step[] {
  const tables = tablesOf(layout);
  const flavour = flavourOf(layout);
  if (tables.length === 0) return [];
  if (flavour === undefined) {
    const inverse = tables.flatMap((table) => deleteTable(table.name, tableFamily(table)));
    return [{ op: 'firewall', netns: HOST, requests: tables.flatMap(createTable), inverse }];
  }
  checkDeviceName(layout.device, 'bridge');
  for (const ifname of layout.interfaces ?? []) checkDeviceName(ifname, 'nat.interfaces');
  return tables.map((table) => ({
    op: 'iptables',
    netns: HOST,
    flavour,
    family: tableFamily(table),
    input: createRules(table),
    inverse: deleteRules(table),
  }));
}

/** The steps that publish ports. */
export function portSteps(layout: Layout, ports: readonly PublishedPort[]): Step[] {
  const { name } = layout;
  const flavour = flavourOf(layout);
  if (ports.length === 0) return [];
  if (flavour === undefined) {
    const [requests, inverse] = [publishPorts(name, ports), withdrawPorts(name, ports)];
    return [{ op: 'firewall', netns: HOST, requests, inverse }];
  }
  return FAMILIES.flatMap((family) => {
    const its = ports.filter(({ hostAddress }) => familyOf(hostAddress) === family);
    const [input, inverse] = [portRules(name, '-A', its), portRules(name, '-D', its)];
    return its.length === 0
      ? []
      : [{ op: 'iptables', netns: HOST, flavour, family, input, inverse } as const];
  });
}
