import { pluggedIn, unplug } from '../../openvswitch/switch';
import type { Collection } from '../lifecycle/collection';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import { hasSwitch, isUnreachable, removeSwitch, switchPlace, switchPorts } from '../drivers/parts/switch';

/**
 * Removes a network's bridge from Open vSwitch's database. False if the database cannot be reached: then the network
 * stays in the journal for the next time.
 */
export async function collectSwitch(collection: Collection, layout: Layout | undefined): Promise<boolean> {
  const { openvswitch, device = '' } = layout ?? {};
  if (layout === undefined || openvswitch === undefined) return true;
  return reachable(collection, `openvswitch bridge ${device}`, async () => {
    if (!(await hasSwitch(layout, openvswitch))) return [];
    if (!collection.dryRun) await removeSwitch(layout);
    return [`openvswitch bridge ${device}`];
  });
}

/** The same for the members' ports there. */
export async function collectSwitchPorts(
  collection: Collection,
  layout: Layout | undefined,
  members: readonly Member[],
): Promise<boolean> {
  const { openvswitch, device = '' } = layout ?? {};
  if (layout === undefined || openvswitch === undefined || members.length === 0) return true;
  return reachable(collection, `openvswitch ports of ${device}`, async () => {
    const place = switchPlace(openvswitch);
    const ports = switchPorts(layout, members);
    const found = collection.dryRun ? pluggedIn(place, ports) : unplug(place, device, ports);
    return (await found).map((ifname) => `openvswitch port ${ifname}`);
  });
}

async function reachable(
  { removed, kept }: Collection,
  what: string,
  work: () => Promise<string[]>,
): Promise<boolean> {
  try {
    removed.push(...(await work()));
    return true;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    kept.push(`${what}: ${error.message}`);
    return false;
  }
}
