import { ClosedError } from '../../../errors/errors';
import { isNotFound } from '../../../errors/not-found';
import { removePolicies } from '../../drivers/parts/policy-routing';
import { existing, removeDevices } from '../../host/devices';
import { openAttached } from '../../runtime/open-attached';
import type { AttachedMember } from '../../model/attached-member';
import type { Device } from '../../model/devices';
import type { Removal, Resource } from '../definition/resource';

/** What members have in namespaces that stay and does not go with a port: rules, and children of the host's devices. */
export const inside: Resource = {
  of: 'any',
  with: 'members',

  find(removal) {
    return within(removal, async (staying) => [
      ...(await removePolicies(staying, true)),
      ...(await eachChild(staying, existing)),
    ]);
  },

  async remove(removal) {
    await within(removal, async (staying) => {
      await removePolicies(staying);
      return eachChild(staying, removeDevices);
    });
  },
};

/**
 * Runs work with the members that may have something inside. Opens the namespaces of those that are not open: yet, or any
 * more, since the caller closed the object that was passed in.
 */
async function within(
  { state, attached }: Removal,
  work: (staying: readonly AttachedMember[]) => Promise<string[]>,
): Promise<string[]> {
  const concerned = state.members.filter(
    ({ created, child, table }) => !created && (child ?? table !== undefined),
  );
  if (concerned.length === 0) return [];
  const ports = new Set(concerned.map(({ port }) => port));
  const open = attached.filter(({ member, netns }) => netns.fd >= 0 && ports.delete(member.port));
  const opened = await openAttached(concerned.filter(({ port }) => ports.has(port)));
  try {
    return await work([...open, ...opened]);
  } finally {
    await Promise.all(opened.map(({ netns }) => netns.close()));
  }
}

async function eachChild(
  staying: readonly AttachedMember[],
  work: (netns: AttachedMember['netns'], devices: readonly Device[]) => Promise<readonly unknown[]>,
): Promise<string[]> {
  const found: string[] = [];
  for (const { member, netns } of staying) {
    if (!member.child) continue;
    const those = await work(netns, [{ ifname: member.ifname, mac: member.mac }]).catch(nothing);
    if (those.length > 0) found.push(`link ${member.ifname}`);
  }
  return found;
}

// The namespace may have been closed by its owner.
function nothing(error: unknown): [] {
  if (isNotFound(error) || error instanceof ClosedError) return [];
  throw error;
}
