import { type Member, portsOf } from './layout';
import { unplugMembers } from './openvswitch';
import { removeDevices } from './remove';
import { removeApart } from './segments';
import type { Standing } from './setup';

/** Takes members off what joins them, and removes their ports, wherever these are. */
export async function removeMembers(
  { layout, hub, segments }: Standing,
  members: readonly Member[],
): Promise<void> {
  await unplugMembers(layout, members);
  await removeApart(hub, members);
  const places = (await segments?.sorted(members)) ?? new Map([[hub, members]]);
  for (const [router, own] of places) await removeDevices(router, portsOf(layout, own));
}
