import { openedRules } from '../../firewall/iptables/opened';
import { dropStrays } from '../../firewall/network/filter-chains';
import type { Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Step } from '../../plan/spec/step';
import { forwardSteps } from '../lifecycle/create-steps';
import { openedFor } from './forwarding';
import { HOST, type Layout } from '../model/layout';
import { flavourOf } from '../rules/rules-steps';

/**
 * The steps that would open a network's way out as it is: the host's interfaces forward, for networks alone. The rules that keep
 * strangers out are the network's own here, with interfaces by name: a plan takes no leases.
 */
export function wayOutSteps(host: NetworkNamespace, layout: Layout): Step[] {
  return [
    ...openedSteps(host, layout),
    ...familiesOf(layout).flatMap((family) => forwardSteps(openedFor(host, layout.name, family), family)),
  ];
}

function openedSteps(host: NetworkNamespace, layout: Layout): Step[] {
  const { name } = layout;
  const flavour = flavourOf(layout);
  return familiesOf(layout).flatMap((family): Step[] => {
    const interfaces = openedFor(host, name, family);
    if (interfaces.length === 0) return [];
    if (flavour === undefined) {
      const requests = dropStrays(name, family, interfaces);
      // They go with the table.
      return [{ op: 'firewall', netns: HOST, requests, inverse: [] }];
    }
    const input = openedRules(name, { add: interfaces, remove: [] });
    const inverse = openedRules(name, { add: [], remove: interfaces });
    return [{ op: 'iptables', netns: HOST, flavour, family, input, inverse }];
  });
}

/** The families of addresses for which the host forwards. */
export function familiesOf({ inet6 }: Pick<Layout, 'inet6'>): Family[] {
  return inet6 ? ['ip', 'ip6'] : ['ip'];
}
