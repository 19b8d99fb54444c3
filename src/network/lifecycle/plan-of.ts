import { Plan } from '../../plan/plan';
import { adoptSteps } from '../steps/adopt-steps';
import type { AttachedMember } from '../model/attached-member';
import { attachSteps } from '../steps/attach-steps';
import { createSteps } from '../steps/create-steps';
import { findAdopted, readBridge } from '../resources/host/adopted-devices';
import { readLink } from '../host/links';
import { HOST, labelOf } from '../model/labels';
import { devicesOpenedFor } from '../leases/forwarding';
import { egressSteps } from '../steps/egress-steps';
import { peerSteps } from '../steps/peer-steps';
import { portSteps } from '../steps/rules-steps';
import { driverOf } from '../drivers';
import type { NetworkRuntime } from '../runtime/runtime';
import { EMPTY_CONFIGURATION } from '../model/host-configuration';

/** The plan that would create a network with its current endpoints and published ports. */
export async function planOf(runtime: NetworkRuntime, attached: readonly AttachedMember[]): Promise<Plan> {
  const { layout, host, ledger } = runtime;
  const { members, ports, peers = [], adopted = [] } = await ledger.read();
  const devices = await Promise.all(
    adopted.map(async (one) => (await findAdopted(host, layout, one)) ?? readLink(host, one.ifname)),
  );
  const configuration =
    devices.length > 0 ? await readBridge(host, layout, 'network.plan') : EMPTY_CONFIGURATION;
  const given = attached.filter(({ member }) => !member.created);
  const driver = driverOf(layout);
  return new Plan({
    namespaces: {
      [HOST]: host,
      ...Object.fromEntries(given.map(({ member, netns }) => [labelOf(member), netns])),
    },
    steps: [
      ...createSteps(layout),
      ...egressSteps(layout, (family) => devicesOpenedFor(host, layout.name, family)),
      ...devices.flatMap((device) => adoptSteps(layout, device, configuration)),
      ...(driver.segmentSteps?.(layout, members) ?? []),
      ...attachSteps(layout, members, driver.bridgeName(layout)),
      ...portSteps(layout, ports),
      ...peerSteps(layout, peers),
    ],
  });
}
