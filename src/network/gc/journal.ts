import { binding } from '../../executor/run-program';
import { setAside } from '../journal/files/aside';
import type { Collection } from './collection';
import { collectAll } from './network';
import { FILES, NAMES } from '../resources/list';
import { EMPTY_STATE } from '../model/network-state';
import type { Intent } from '../journal/intents';
import type { Member } from '../model/member';
import { livingUnusable } from '../journal/unusable-intents';
import { removeFile } from '../journal/files/files';
import { isAlive, type Owner } from '../journal/liveness';
import { isOtherBoot } from '../host/identity';
import { hasRecord, invalidRecords, readAllRecords, recordPath, recordsAside } from '../journal/records';
import type { Leased } from '../journal/files/shapes';
import { visibleCookies } from '../journal/visible-namespaces';
import type { Place } from '../journal/files/paths';
import { filesOf, type InvalidFile } from '../journal/files/stored';

/** A file of the journal, as far as it names its owner. */
interface OwnedFile {
  readonly file: string;
  readonly host: string;
  readonly hostInode?: number | undefined;
  readonly boot: string;
  /** Processes named in it. */
  readonly owners: readonly Owner[];
  /** The network and members with files under /etc. */
  readonly network?: string;
  readonly members?: readonly Member[];
}

/**
 * Removes obsolete files from the journal: unreadable ones, which are set aside, and those of earlier boots and of
 * hosts that no longer exist. Changes nothing in the kernel.
 */
export async function collectJournal(collection: Collection): Promise<void> {
  const others = (['forwarding', 'routes', 'rules'] as const).flatMap(invalidFilesOf);
  for (const one of [...invalidRecords(), ...others]) collectInvalid(collection, one);
  const living = new Set(livingUnusable().map(({ file }) => file));
  for (const one of invalidFilesOf('intents')) collectInvalidIntent(collection, one, living.has(one.file));
  for (const file of recordsAside())
    collection.kept.push(
      `file ${file}: replaced the directory of records; networks without a record are kept until this file is removed`,
    );
  const files = [...recordFiles(), ...intentFiles(), ...leaseFiles()];
  const earlier = files.filter(({ boot }) => isOtherBoot(boot));
  // Cookies are counted anew after each boot: the files under /etc may be an existing network's by now.
  const isTaken = ({ host, network = '' }: OwnedFile): boolean => hasRecord(host, network);
  await collectOwned(
    collection,
    earlier.map((one) => (isTaken(one) ? { ...one, members: [] } : one)),
  );
  await collectHosts(
    collection,
    files.filter((one) => !earlier.includes(one)),
  );
}

function invalidFilesOf(place: Place): InvalidFile[] {
  return filesOf(place).flatMap(({ stored }) => ('invalid' in stored ? [stored.invalid] : []));
}

// All other files are written atomically: a killed process leaves none of them cut short.
function collectInvalidIntent(collection: Collection, invalid: InvalidFile, isHeld: boolean): void {
  // Its process was killed before it began the intended change.
  if (invalid.torn) collectFile(collection, invalid.file);
  else collectInvalid(collection, invalid, isHeld);
}

function collectFile({ dryRun, removed }: Collection, file: string): void {
  if (!dryRun) removeFile(file);
  removed.push(`file ${file}`);
}

function collectInvalid(
  { dryRun, kept }: Collection,
  { file, problem, foreign }: InvalidFile,
  isHeld = false,
): void {
  const place = foreign || isHeld || dryRun ? undefined : setAside(file);
  kept.push(`file ${file}: ${problem}${place === undefined ? '' : `; moved to ${place}`}`);
}

function recordFiles(): OwnedFile[] {
  return readAllRecords().map(({ host, hostInode, boot, layout: { name }, members }) => ({
    ...{ file: recordPath(host, name), host, hostInode, boot, owners: [], network: name, members },
  }));
}

function intentFiles(): OwnedFile[] {
  return filesOf('intents').flatMap(({ file, stored }) => {
    if (!('value' in stored)) return [];
    const { host, hostInode, owner, network, members = [] } = stored.value as Intent;
    return [{ file, host, hostInode, boot: owner.bootId, owners: [owner], network, members }];
  });
}

function leaseFiles(): OwnedFile[] {
  return (['forwarding', 'routes', 'rules'] as const).flatMap(filesOf).flatMap(({ file, stored }) => {
    if (!('value' in stored)) return [];
    const { host, hostInode, boot, holder, holders = [] } = stored.value as Leased & Partial<Held>;
    const owners = [...holders, ...(holder ? [holder] : [])].flatMap(({ owner }) => owner ?? []);
    return [{ file, host, hostInode, boot, owners }];
  });
}

interface Held {
  readonly holder: { readonly owner?: Owner };
  readonly holders: readonly { readonly owner?: Owner }[];
}

async function collectOwned(collection: Collection, files: readonly OwnedFile[]): Promise<void> {
  for (const one of files) {
    await collectAll(collection, removalBy(collection, one), FILES);
    collectFile(collection, one.file);
  }
}

// The host's devices and rules went with the host. The names of its namespaces are the machine's.
async function collectHosts(collection: Collection, files: readonly OwnedFile[]): Promise<void> {
  const own = String(collection.host.cookie);
  const living = new Set(
    [...files.filter(({ owners }) => owners.some(isAlive)), ...livingUnusable()].map(({ host }) => host),
  );
  const others = files.filter(({ host }) => host !== own && !living.has(host));
  const lost = await lostHosts(others);
  const gone = others.filter(({ host }) => lost.has(host));
  for (const one of gone) await collectAll(collection, removalBy(collection, one), NAMES);
  await collectOwned(collection, gone);
}

/** The removal of members that a file names. */
function removalBy({ host: own }: Collection, { host, network: name = '', members = [] }: OwnedFile) {
  return { host: own, cookie: BigInt(host), name, state: { ...EMPTY_STATE, members } };
}

/** The hosts that certainly no longer exist. */
async function lostHosts(files: readonly OwnedFile[]): Promise<ReadonlySet<string>> {
  const inodes = new Map<string, number>();
  for (const { host, hostInode } of files) if (hostInode !== undefined) inodes.set(host, hostInode);
  const lost = new Set<string>();
  const unknown = new Set<string>();
  for (const host of new Set(files.map((one) => one.host))) {
    const inode = inodes.get(host);
    const lives = inode === undefined ? undefined : binding.namespaceExists(BigInt(host), inode);
    if (lives === undefined) unknown.add(host);
    else if (!lives) lost.add(host);
  }
  const inSight = unknown.size > 0 ? await visibleCookies() : undefined;
  if (inSight) for (const host of unknown) if (!inSight.has(host)) lost.add(host);
  return lost;
}
