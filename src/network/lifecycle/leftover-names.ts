import { lookAt } from '../journal/files/aside';
import fs from 'node:fs';
import { NetlinkError } from '../../errors/errors';
import { pinnedInode } from '../../nsfs/nsfs';
import { isName, namePath } from '../../nsfs/name';
import { NetworkNamespace } from '../../netns/namespace';
import type { Collection } from './collection';
import type { Intent } from '../journal/intents';
import type { LinkInfo } from '../../rtnl/types';
import { createdName } from '../model/tags';
import { type Member } from '../model/member';

// No plan takes longer than this from its beginning to the last of its namespaces.
const LONGEST_PLAN_MS = 60_000;
// The kernel stamps files with the time of its last tick: at its lowest rate, 100 a second, that lags by so much.
const LONGEST_TICK_MS = 10;

/** Removes the names under /run/netns that dead processes gave to namespaces of members, and the namespaces. */
export async function collectNames(
  collection: Collection,
  members: readonly Member[],
  intents: readonly Intent[],
): Promise<void> {
  const ours: NetworkNamespace[] = [];
  for (const member of members) {
    if (!member.created || member.pinned === undefined) continue;
    const found = await collectName(collection, member, member.pinned, intents);
    if (found) ours.push(found);
  }
  await deleteAllIdle(ours);
}

/**
 * Removes the empty files that are left of names of members, whose namespaces somebody unmounted. What else has such a name by now
 * stays. Under the lock.
 */
export async function removeEmptyNames(members: readonly Member[]): Promise<void> {
  for (const { created, pinned } of members) {
    if (!created || pinned === undefined) continue;
    const file = namePath(pinned);
    if (isEmptyFile(file) && (await pinnedInode(file)) === undefined) fs.rmSync(file, { force: true });
  }
}

/** What is left of a name: its process died before it mounted the namespace on it, or somebody took that off. */
function isEmptyFile(file: string): boolean {
  const stats = lookAt(file);
  return stats?.isFile() === true && stats.size === 0;
}

/** Deletes them. One that somebody holds loses its name, and goes when it is let go of. */
export async function deleteAllIdle(namespaces: readonly NetworkNamespace[]): Promise<void> {
  // The kernel takes apart in one go what it is given in one go.
  await Promise.all(namespaces.map(deleteIdle));
}

/**
 * Finds the namespaces that a network made and named by its ports in the host: the tag tells the name, and the namespace of that
 * name has the port's other end. What else has such a name by now is kept.
 */
export async function openBehind(
  { kept }: Collection,
  network: string,
  ports: readonly LinkInfo[],
): Promise<NetworkNamespace[]> {
  const found: NetworkNamespace[] = [];
  for (const port of ports) {
    const name = createdName(network, port.ifalias ?? '');
    if (name === undefined || !isName(name) || (await pinnedInode(namePath(name))) === undefined) continue;
    const netns = await NetworkNamespace.open(name);
    const links = await netns.rtnl.link.list();
    if (links.some(({ index, link }) => index === port.link && link === port.index)) {
      found.push(netns);
      continue;
    }
    kept.push(`netns ${name}`);
    await netns.close();
  }
  return found;
}

// Answers the namespace that is to be deleted, if there is one.
async function collectName(
  { dryRun, removed, kept }: Collection,
  member: Member,
  name: string,
  intents: readonly Intent[],
): Promise<NetworkNamespace | undefined> {
  const file = namePath(name);
  if (!fs.existsSync(file)) return undefined;
  if ((await pinnedInode(file)) === undefined) {
    if (!isEmptyFile(file)) {
      kept.push(`file ${file}: is no namespace, and not netloom's`);
      return undefined;
    }
    if (!dryRun) fs.rmSync(file, { force: true });
    removed.push(`netns ${name}`);
    return undefined;
  }
  const netns = await NetworkNamespace.open(name);
  const ours =
    member.cookie === undefined ? await isLikely(netns, member, file, intents) : isSame(netns, member);
  (ours ? removed : kept).push(`netns ${name}`);
  if (ours && !dryRun) return netns;
  await netns.close();
  return undefined;
}

function isSame(netns: NetworkNamespace, { cookie }: Member): boolean {
  return String(netns.cookie) === cookie;
}

/**
 * Whether a namespace is the one that was announced, though its maker died before it could write its cookie down: it was
 * born within a plan's time of the attempt's beginning, nobody lives in it, and it holds nothing, or the announced device.
 */
async function isLikely(
  netns: NetworkNamespace,
  member: Member,
  file: string,
  intents: readonly Intent[],
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

// Whoever still holds it keeps it; the name is gone by then.
async function deleteIdle(netns: NetworkNamespace): Promise<void> {
  try {
    await netns.delete();
  } catch (error) {
    if (!(error instanceof NetlinkError && error.code === 'EBUSY')) throw error;
  }
}
