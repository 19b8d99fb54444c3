import fs from 'node:fs';
import { deleteAll } from '../../../netns/delete-all';
import { NetworkNamespace } from '../../../netns/namespace';
import { namePath } from '../../../nsfs/name';
import { pinnedInode } from '../../../nsfs/nsfs';
import { lookAt } from '../../journal/files/aside';
import type { Member } from '../../model/member';
import type { Removal, Resource } from '../definition/resource';

// No plan takes longer than this from its beginning to the last of its namespaces.
const LONGEST_PLAN_MS = 60_000;
// The kernel stamps files with the time of its last tick, which lags by up to 10 ms at the lowest rate, 100 a second.
const LONGEST_TICK_MS = 10;

/**
 * Namespaces that the network created, with their names under /run/netns. A refused one does not end the walk, but stays
 * in the removal's `refused`; one that processes hold loses its name and stays in `held`.
 */
export const namespaces: Resource = {
  of: 'any',
  isUnmistakable: true,

  async find(removal) {
    const { opened, empty } = await openByNames(removal);
    const names = [...removal.namespaces, ...opened].flatMap(({ name }) => name ?? []);
    await closeAll(opened);
    return [...names, ...empty].map((name) => `netns ${name}`);
  },

  async remove(removal) {
    const { attached, namespaces: others, refused, held, isWhole, state } = removal;
    const created = attached.filter(({ member }) => member.created).map(({ netns }) => netns);
    const { opened, empty } = await openByNames(removal);
    const deletions = await deleteAll([...created, ...others, ...opened]);
    for (const [netns, reason] of deletions.refused) refused.set(netns, reason);
    for (const [netns, reason] of deletions.held) held.set(netns, reason);
    await closeAll(opened.filter((netns) => deletions.refused.has(netns)));
    await removeEmptyFiles(removal, isWhole ? namesOf(state.members) : empty);
  },
};

/** Throws if namespaces could not even lose their names: after that the removal is to be repeated. */
export function throwRefused({ refused }: Removal): void {
  const [reason] = refused.values();
  if (refused.size > 0) throw reason;
}

function namesOf(members: readonly Member[]): string[] {
  return members.flatMap(({ created, pinned }) => (created && pinned !== undefined ? [pinned] : []));
}

async function closeAll(opened: readonly NetworkNamespace[]): Promise<void> {
  await Promise.all(opened.map((netns) => netns.close()));
}

interface FoundByName {
  readonly opened: NetworkNamespace[];
  /** Names without a namespace: their process died before it mounted it, or it was unmounted. */
  readonly empty: string[];
}

/** Opens the namespaces that the network created for members that are not attached here, by their names. */
async function openByNames(removal: Removal): Promise<FoundByName> {
  const behind: FoundByName = { opened: [], empty: [] };
  const known = new Set(removal.attached.map(({ member }) => member.port));
  try {
    for (const member of removal.state.members)
      if (member.created && !known.has(member.port)) await openByName(removal, member, behind);
    return behind;
  } catch (error) {
    await closeAll(behind.opened);
    throw error;
  }
}

async function openByName(removal: Removal, member: Member, { opened, empty }: FoundByName): Promise<void> {
  const { pinned: name } = member;
  if (name === undefined || !fs.existsSync(namePath(name))) return;
  const file = namePath(name);
  if ((await pinnedInode(file)) === undefined) {
    if (isEmptyFile(file)) empty.push(name);
    else removal.kept.push(`file ${file}: is not a namespace, and not made by netloom`);
    return;
  }
  const netns = await NetworkNamespace.open(name);
  if (member.cookie === undefined ? await isLikely(netns, member, file, removal) : isSame(netns, member)) {
    opened.push(netns);
    return;
  }
  removal.kept.push(`netns ${name}`);
  await netns.close();
}

function isSame(netns: NetworkNamespace, { cookie }: Member): boolean {
  return String(netns.cookie) === cookie;
}

/**
 * Whether a namespace is the intended one, although its creator died before it could record the cookie: it was created
 * within a plan's time after the attempt began, has no processes, and has no device that is up, or the intended one.
 */
async function isLikely(
  netns: NetworkNamespace,
  member: Member,
  file: string,
  { intents }: Removal,
): Promise<boolean> {
  const { ctimeMs } = fs.statSync(file);
  const isTimely = intents.some(
    ({ at, members = [] }) =>
      members.some(({ port }) => port === member.port) &&
      ctimeMs >= at - LONGEST_TICK_MS &&
      ctimeMs <= at + LONGEST_PLAN_MS,
  );
  if (!isTimely || (await netns.pids()).length > 0) return false;
  const links = await netns.rtnl.link.list();
  return (
    links.some(({ address }) => address === member.mac) ||
    links.every(({ ifname, up }) => ifname === 'lo' || !up)
  );
}

/** Removes empty files in the places of names whose namespaces were unmounted. Anything else there stays. */
async function removeEmptyFiles({ locked }: Removal, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await locked(async () => {
    for (const file of names.map(namePath))
      if (isEmptyFile(file) && (await pinnedInode(file)) === undefined) fs.rmSync(file, { force: true });
  });
}

function isEmptyFile(file: string): boolean {
  const stats = lookAt(file);
  return stats?.isFile() === true && stats.size === 0;
}
