import { publishPorts, withdrawPorts } from '../firewall/published';
import { Plan } from '../plan/plan';
import type { Attached } from './attach';
import { attachSteps, labelOf } from './attach-steps';
import { createSteps, SWITCH_BRIDGE } from './create-steps';
import { HOST } from './layout';
import type { Standing } from './setup';

/** The plan that would make a network with its endpoints and published ports as they are. */
export async function planOf(standing: Standing, attached: readonly Attached[]): Promise<Plan> {
  const { layout, host, ledger } = standing;
  const { members, ports } = await ledger.read();
  const given = attached.filter(({ member }) => !member.created);
  const bridge = layout.lifetime === 'process' ? SWITCH_BRIDGE : layout.device;
  const requests = publishPorts(layout.name, ports);
  const inverse = withdrawPorts(layout.name, ports);
  return new Plan({
    namespaces: {
      [HOST]: host,
      ...Object.fromEntries(given.map(({ member, netns }) => [labelOf(member), netns])),
    },
    steps: [
      ...createSteps(layout),
      ...attachSteps(layout, members, bridge),
      ...(ports.length > 0 ? [{ op: 'firewall', netns: HOST, requests, inverse } as const] : []),
    ],
  });
}
