import { NetworkNamespace } from '../../netns/namespace';
import type { AttachedMember } from '../model/attached-member';
import type { Member } from '../model/member';

/**
 * Opens the namespaces of members by name, if the name still refers to the same namespace. Nameless namespaces can only
 * be held by the process that attached them.
 */
export async function openAttached(members: readonly Member[]): Promise<AttachedMember[]> {
  const opened: AttachedMember[] = [];
  for (const member of members) {
    if (member.pinned === undefined) continue;
    const netns = await NetworkNamespace.open(member.pinned).catch(() => undefined);
    if (netns !== undefined && String(netns.cookie) === member.cookie)
      opened.push({ member, netns, ours: true });
    else await netns?.close();
  }
  return opened;
}
