import { Plan } from '../../plan/plan';
import { adoptSteps } from '../lan/adopt';
import type { Attached } from '../members/attach';
import { attachSteps, labelOf } from '../members/attach-steps';
import { createSteps, SWITCH_BRIDGE } from './create-steps';
import { readBridge } from '../lan/restore-device';
import { readLink } from '../host/links';
import { HOST, hubOf, SWITCH } from '../model/layout';
import { wayOutSteps } from '../leases/opened-steps';
import { peerSteps } from '../peers/peer-steps';
import { portSteps } from '../rules/rules-steps';
import { segmentStepsOf } from '../drivers/segments';
import type { Standing } from './setup';
import { NOTHING } from '../lan/host-configuration';

/** The plan that would make a network with its endpoints and published ports as they are. */
export async function planOf(standing: Standing, attached: readonly Attached[]): Promise<Plan> {
  const { layout, host, ledger } = standing;
  const { members, ports, peers = [], adopted = [] } = await ledger.read();
  const devices = await Promise.all(adopted.map(({ ifname }) => readLink(host, ifname)));
  const configuration = devices.length > 0 ? await readBridge(host, layout, 'network.plan') : NOTHING;
  const given = attached.filter(({ member }) => !member.created);
  const bridge = hubOf(layout) === SWITCH ? SWITCH_BRIDGE : layout.device;
  return new Plan({
    namespaces: {
      [HOST]: host,
      ...Object.fromEntries(given.map(({ member, netns }) => [labelOf(member), netns])),
    },
    steps: [
      ...createSteps(layout),
      ...wayOutSteps(host, layout),
      ...devices.flatMap((device) => adoptSteps(layout, device, configuration)),
      ...segmentStepsOf(layout, members),
      ...attachSteps(layout, members, bridge),
      ...portSteps(layout, ports),
      ...peerSteps(layout, peers),
    ],
  });
}
