import { sidesOf } from '../../model/families';
import type { NetworkNamespace } from '../../../netns/namespace';
import type { Step } from '../../../plan/spec/step';
import { type Layout } from '../../model/layout';
import { HOST } from '../../model/labels';
import { addressesOf, type Member } from '../../model/member';
import { throwRefusal } from '../../../errors/not-found';

// The kernel has one neighbour table for all namespaces of a machine, with room for 1,024 learned entries
// (net.ipv4.neigh.default.gc_thresh3); permanent entries do not count. All requests here replace: an earlier failed
// look-up of the address may have left an entry, and a request may have arrived by now.

/** The step that adds a permanent neighbour. The entry goes with the device, or is deleted by its address. */
export function neighbourStep(netns: string, to: string, dev: string | number, lladdr: string): Step {
  return { op: 'neigh.replace', netns, body: { to, dev, lladdr, state: 'permanent' }, undo: 'none' };
}

/** The steps that give the host a member's MAC address. */
export function neighbourStepsOutside(
  { neighbours, device }: Layout,
  member: Member,
  dev: number | string = device,
): Step[] {
  if (neighbours !== 'static') return [];
  return addressesOf(member).map((to) => {
    const undo = { op: 'neigh.delete', body: { to, dev } } as const;
    return { ...neighbourStep(HOST, to, dev, member.mac), undo } as Step;
  });
}

/** The steps that give a member, whose namespace has the label `netns`, the gateway's MAC address. */
export function neighbourStepsInside(layout: Layout, { ifname }: Member, netns: string, mac: string): Step[] {
  if (layout.neighbours !== 'static') return [];
  return sidesOf(layout).map(({ gateway }) => neighbourStep(netns, gateway, ifname, mac));
}

/** Removes the host's entries for members that leave; the members' own go with their devices. */
export async function removeNeighboursOutside(
  host: NetworkNamespace,
  { device, neighbours }: Layout,
  members: readonly Member[],
  dev: number | string = device,
): Promise<void> {
  if (neighbours !== 'static' || dev === 0) return;
  const results = await host.rtnl.batch((batch) => {
    for (const to of members.flatMap(addressesOf)) batch.neigh.delete({ to, dev });
  });
  throwRefusal(results);
}
