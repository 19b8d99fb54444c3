import { portsOf } from '../model/devices';
import { type Member } from '../model/member';
import { unplugMembers } from '../drivers/parts/switch';
import { removeDevices } from '../host/remove-devices';
import { removeApart } from '../drivers/parts/segments';
import type { NetworkRuntime } from '../runtime/runtime';

/** Disconnects members from bridge or switch, and removes their ports, in whichever namespace these are. */
export async function removeMembers(
  { layout, hub, segments }: NetworkRuntime,
  members: readonly Member[],
): Promise<void> {
  await unplugMembers(layout, members);
  await removeApart(hub, members);
  const places = (await segments?.sorted(members)) ?? new Map([[hub, members]]);
  for (const [router, own] of places) await removeDevices(router, portsOf(layout, own));
}
