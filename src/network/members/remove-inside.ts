import { ClosedError } from '../../errors/errors';
import { isGone } from '../../errors/not-found';
import type { Attached } from '../model/attached-member';
import { removePolicies } from '../drivers/parts/policy-routing';
import { existing, removeDevices } from '../host/remove-devices';

/**
 * Removes the leaving members' traces in namespaces that stay, as far as they do not go with a port: rules, and
 * children of the host's devices. Returns a line for each one removed, or with `dryRun` to be removed.
 */
export async function removeInside(attached: readonly Attached[], dryRun = false): Promise<string[]> {
  const staying = attached.filter(({ member }) => !member.created);
  return [...(await removePolicies(staying, dryRun)), ...(await removeChildren(staying, dryRun))];
}

async function removeChildren(attached: readonly Attached[], dryRun: boolean): Promise<string[]> {
  const removed: string[] = [];
  for (const { member, netns } of attached) {
    if (!member.child) continue;
    const devices = [{ ifname: member.ifname, mac: member.mac }];
    const found = dryRun ? existing(netns, devices) : removeDevices(netns, devices);
    removed.push(
      ...(await found.then((those) => (those.length > 0 ? [`link ${member.ifname}`] : []), nothing)),
    );
  }
  return removed;
}

// The namespace may have been closed by its owner.
function nothing(error: unknown): [] {
  if (isGone(error) || error instanceof ClosedError) return [];
  throw error;
}
