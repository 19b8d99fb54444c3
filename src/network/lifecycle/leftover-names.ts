import { lookAt } from '../journal/files/aside';
import fs from 'node:fs';
import { pinnedInode } from '../../nsfs/nsfs';
import { isName, namePath } from '../../nsfs/name';
import { NetworkNamespace } from '../../netns/namespace';
import type { Collection } from './collection';
import type { Intent } from '../journal/intents';
import type { LinkInfo } from '../../rtnl/types';
import { createdName } from '../model/tags';
import { type Member } from '../model/member';
import { deleteAll } from '../members/detach';

// No plan takes longer than this from its beginning to the last of its namespaces.
const LONGEST_PLAN_MS = 60_000;
// The kernel stamps files with the time of its last tick, which lags by up to 10 ms at the lowest rate, 100 a second.
const LONGEST_TICK_MS = 10;

/** Removes the names under /run/netns that dead processes gave to members' namespaces, and the namespaces. */
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
 * Removes the empty files of members' names whose namespaces were unmounted. Anything else of such a name stays. Call
 * it under the lock.
 */
export async function removeEmptyNames(members: readonly Member[]): Promise<void> {
  for (const { created, pinned } of members) {
    if (!created || pinned === undefined) continue;
    const file = namePath(pinned);
    if (isEmptyFile(file) && (await pinnedInode(file)) === undefined) fs.rmSync(file, { force: true });
  }
}

/**
 * Whether only the file of a name is left: its process died before it mounted the namespace there, or the namespace was
 * unmounted.
 */
function isEmptyFile(file: string): boolean {
  const stats = lookAt(file);
  return stats?.isFile() === true && stats.size === 0;
}

/**
 * Deletes namespaces. A held one loses its name, and goes once its holder releases it. Rejects if one could not even lose
 * its name; all are closed by then.
 */
export async function deleteAllIdle(namespaces: readonly NetworkNamespace[]): Promise<void> {
  const { refused, failures } = await deleteAll(namespaces);
  await Promise.all([...refused].map((netns) => netns.close()));
  if (refused.size > 0) throw failures[0];
}

/**
 * Finds the namespaces that a network created and named, by its ports in the host: the tag has the name, and the
 * namespace of that name has the port's peer. Any other namespace of such a name is kept.
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

// Returns the namespace to delete, if there is one.
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
 * Whether a namespace is the announced one, although its creator died before it could record the cookie: it was created
 * within a plan's time after the attempt began, has no processes, and has no device that is up, or the announced one.
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
