import { openedRules } from '../../firewall/iptables/opened';
import { dropTransit } from '../../firewall/network/table/filter-chains';
import type { Family } from '../../base/ip';
import type { Step } from '../../plan/spec/step';
import { forwardSteps } from '../drivers/parts/link-steps';
import { type Layout } from '../model/layout';
import { HOST } from '../model/labels';
import { flavourOf } from '../model/firewall';
import { familiesOf } from '../model/families';

/**
 * The steps that would enable a network's egress as it is: the host's interfaces `opened` forward, for networks alone.
 * The rules against transit traffic are the network's own here, with interfaces by name: a plan takes no leases.
 */
export function egressSteps(layout: Layout, opened: (family: Family) => readonly string[]): Step[] {
  return [
    ...openedSteps(layout, opened),
    ...familiesOf(layout).flatMap((family) => forwardSteps(opened(family), family)),
  ];
}

function openedSteps(layout: Layout, opened: (family: Family) => readonly string[]): Step[] {
  const { name } = layout;
  const flavour = flavourOf(layout);
  return familiesOf(layout).flatMap((family): Step[] => {
    const interfaces = opened(family);
    if (interfaces.length === 0) return [];
    if (flavour === undefined) {
      const requests = dropTransit(name, family, interfaces);
      // They go with the table.
      return [{ op: 'firewall', netns: HOST, requests, inverse: [] }];
    }
    const input = openedRules(name, { add: interfaces, remove: [] });
    const inverse = openedRules(name, { add: [], remove: interfaces });
    return [{ op: 'iptables', netns: HOST, flavour, family, input, inverse }];
  });
}
