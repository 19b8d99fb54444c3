import { hostMac } from '../model/own-macs';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Step } from '../../plan/spec/step';
import { type Layout } from '../model/layout';
import { HOST } from '../model/labels';
import { addressesOf, type Member } from '../model/member';
import { isGone } from '../../errors/not-found';

// The kernel has one table of neighbours for all namespaces of a machine, which holds 1,024 that were learned
// (net.ipv4.neigh.default.gc_thresh3); permanent entries do not count. All of these replace: somebody may have asked for the
// address in vain before, and a question may have arrived by now.

/** The step that makes a neighbour known for good. It goes with the device, or is deleted by its address. */
export function neighbourStep(netns: string, to: string, dev: string | number, lladdr: string): Step {
  return { op: 'neigh.replace', netns, body: { to, dev, lladdr, state: 'permanent' }, undo: 'none' };
}

/** The steps that tell the host where a member is. */
export function neighbourStepsOutside(
  { neighbours, routed, device }: Layout,
  member: Member,
  dev: number | string = device,
): Step[] {
  if (neighbours !== 'static' || routed) return [];
  return addressesOf(member).map((to) => {
    const undo = { op: 'neigh.delete', body: { to, dev } } as const;
    return { ...neighbourStep(HOST, to, dev, member.mac), undo } as Step;
  });
}

/** The steps that tell a member, whose namespace has the label `netns`, where its gateway is. */
export function neighbourStepsInside(layout: Layout, { ifname }: Member, netns: string): Step[] {
  const { neighbours, routed, gateway, inet6 } = layout;
  if (neighbours !== 'static' || routed) return [];
  const gateways = inet6 ? [gateway, inet6.gateway] : [gateway];
  return gateways.map((to) => neighbourStep(netns, to, ifname, hostMac(layout)));
}

/** Removes what the host knows of members that leave; the members' side goes with their devices. `dev`: 0 for one that is gone. */
export async function removeNeighbours(
  host: NetworkNamespace,
  { device, neighbours, routed }: Layout,
  members: readonly Member[],
  dev: number | string = device,
): Promise<void> {
  if (neighbours !== 'static' || routed || dev === 0) return;
  const results = await host.rtnl.batch((batch) => {
    for (const to of members.flatMap(addressesOf)) batch.neigh.delete({ to, dev });
  });
  const refusal = results.find((result) => !result.ok && !isGone(result.error));
  if (refusal && !refusal.ok) throw refusal.error;
}
