import type { Family } from '../../base/ip';
import type { Step } from '../../plan/spec/step';
import { forwardSteps } from '../drivers/parts/link-steps';
import { type Layout } from '../model/layout';
import { familiesOf } from '../model/families';
import { firewallStepsOf } from './rules-steps';

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
  return familiesOf(layout).flatMap((family) => {
    const interfaces = opened(family);
    return interfaces.length === 0
      ? []
      : [firewallStepsOf(layout).dropTransit(layout.name, family, interfaces)];
  });
}
