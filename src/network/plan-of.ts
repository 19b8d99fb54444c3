import { Plan } from '../plan/plan';
import type { Attached } from './attach';
import { attachSteps, labelOf } from './attach-steps';
import { createSteps, SWITCH_BRIDGE } from './create-steps';
import { hubSteps } from './hubs';
import { HOST } from './layout';
import { peerSteps } from './peer-steps';
import { portSteps } from './rules-steps';
import type { Standing } from './setup';

/** The plan that would make a network with its endpoints and published ports as they are. */
export async function planOf(standing: Standing, attached: readonly Attached[]): Promise<Plan> {
  const { layout, host, ledger } = standing;
  const { members, ports, peers = [] } = await ledger.read();
  const given = attached.filter(({ member }) => !member.created);
  const bridge = layout.lifetime === 'process' ? SWITCH_BRIDGE : layout.device;
  const further = [...new Set(members.map(({ hub = 0 }) => hub))].filter((hub) => hub > 0);
  return new Plan({
    namespaces: {
      [HOST]: host,
      ...Object.fromEntries(given.map(({ member, netns }) => [labelOf(member), netns])),
    },
    steps: [
      ...createSteps(layout),
      ...further.flatMap((hub) => hubSteps(layout, hub)),
      ...attachSteps(layout, members, bridge),
      ...portSteps(layout, ports),
      ...peerSteps(layout, peers),
    ],
  });
}
