import fs from 'node:fs';
import path from 'node:path';
import { hostResolvers } from '../../dns/resolv-conf';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { makeDirectory } from '../journal/files/aside';
import { draftsIn, entriesOf, readTrusted, readWhole, writeWhole } from '../journal/files/files';
import { locked, readIntents } from '../journal/intents';
import { findRecord } from '../journal/records';
import type { Layout } from '../model/layout';
import { lifetimeOf } from '../model/lifetime';
import type { Member } from '../model/member';

/** The directory of files that `ip netns exec` shows in place of those under /etc. */
const DIRECTORY = '/etc/netns';
const MARK = /^# netloom: network (\S+) of host (\d+)$/m;

/** A host that may no longer exist. */
type HostId = Pick<NetworkNamespace, 'cookie'>;
type Place = Readonly<{ host: NetworkNamespace; layout: Layout }>;

// Files would outlive a network that ends with its process.
export function hasFiles(layout: Layout): boolean {
  return lifetimeOf(layout).hasFiles && layout.dns?.files === true;
}

/** Writes the files that point members to the network's resolver, if the network has such files. */
export async function writeFiles({ layout, host }: Place, members: readonly Member[]): Promise<void> {
  // A member in a VLAN cannot reach the gateway, where the resolver listens.
  const served = members.filter(({ vlan }) => vlan === undefined);
  if (hasFiles(layout)) await locked(async () => writeResolverFiles(host, layout, served));
}

/**
 * Errors for members' files that can be neither read nor removed: a network may be the one that they point to. Call it
 * under the lock.
 */
export function unreadableFiles(members: readonly Member[]): NetlinkError[] {
  return namesWithFiles(members).flatMap((name) => {
    const found = readTrusted(fileOf(name), () => undefined);
    if (found === undefined || !('errno' in found)) return [];
    const detail =
      'the file is kept, and may still name the resolver of this network: remove the file, or make it readable';
    const { errno } = found;
    return [
      new NetlinkError({ errno, syscall: 'open', operation: 'network.detach', object: fileOf(name), detail }),
    ];
  });
}

/**
 * Gives the members' named namespaces a resolv.conf with the network's resolver. A foreign file is left alone. Call it
 * under the lock. Throws a NetlinkError where /etc cannot be written.
 */
export function writeResolverFiles(host: NetworkNamespace, layout: Layout, members: readonly Member[]): void {
  if (!layout.dns?.files) return;
  const text = textOf(host, layout);
  for (const { pinned } of members) {
    if (pinned !== undefined && !isForeign(host, layout.name, pinned)) write(fileOf(pinned), text);
  }
}

/** Removes the files that the network created for members. Call it under the lock. */
export function removeResolverFiles(host: HostId, network: string, members: readonly Member[]): void {
  const files = filesFor(host, network, members);
  for (const file of files) fs.rmSync(file, { force: true });
  const places = new Set(files.map((file) => path.dirname(file)));
  // A process that died before it wrote the first file of a name leaves only the directory.
  const made = members.filter(({ created }) => created);
  for (const name of namesWithFiles(made)) places.add(path.dirname(fileOf(name)));
  for (const directory of places) removeIfEmpty(directory);
  if (places.size > 0) removeIfEmpty(DIRECTORY);
}

/**
 * The files that the network created for members, and that no staying or future member needs; with drafts, which only
 * killed writers leave. Call it under the lock.
 */
export function filesFor(host: HostId, network: string, members: readonly Member[]): string[] {
  const names = namesWithFiles(members);
  if (names.length === 0) return [];
  const cookie = String(host.cookie);
  const underWay = readIntents(cookie).filter((intent) => intent.network === network);
  const membersOf = (action: string): Member[] =>
    underWay.flatMap((intent) => (intent.action === action ? (intent.members ?? []) : []));
  const leaving = new Set([...members, ...membersOf('detach')].map(({ port }) => port));
  const found = findRecord(cookie, network);
  if (found && 'invalid' in found) return [];
  const all = [...(found?.members ?? []), ...membersOf('attach')];
  const needed = new Set(all.filter(({ port }) => !leaving.has(port)).map(({ pinned }) => pinned));
  const ours = names
    .filter((name) => !needed.has(name) && isCreatedBy(creatorOf(name), host, network))
    .map(fileOf);
  return [...ours, ...names.flatMap(draftsOf)];
}

/** All files with a network's mark, for any member: for a network without a record. */
export function markedFiles(host: HostId, network: string): string[] {
  return entriesOf(DIRECTORY)
    .filter((name) => isCreatedBy(creatorOf(name), host, network))
    .map(fileOf);
}

/** Removes them. Call it under the lock. */
export function removeMarkedFiles(host: HostId, network: string): void {
  const files = markedFiles(host, network);
  for (const file of files) {
    fs.rmSync(file, { force: true });
    removeIfEmpty(path.dirname(file));
  }
  if (files.length > 0) removeIfEmpty(DIRECTORY);
}

/** The members' names that have a directory. Most networks have none, but up to a thousand members. */
function namesWithFiles(members: readonly Member[]): string[] {
  const there = new Set(entriesOf(DIRECTORY));
  const names = new Set(members.flatMap(({ pinned }) => pinned ?? []));
  return [...names].filter((name) => there.has(name));
}

function draftsOf(name: string): string[] {
  const file = fileOf(name);
  return draftsIn(path.dirname(file)).filter((draft) => draft.startsWith(`${file}.`));
}

function textOf(host: NetworkNamespace, { name, gateway }: Layout): string {
  const { search } = hostResolvers(host.name);
  return [
    `# netloom: network ${name} of host ${host.cookie}`,
    '# Removed together with the endpoint. A file of your own in its place is kept.',
    `search ${[name, ...search].join(' ')}`,
    `nameserver ${gateway}`,
    '',
  ].join('\n');
}

interface Creator {
  readonly network: string;
  readonly host: string;
}

/** The creator of the file of that name: 'someone' for a foreign file, undefined without a file. */
function creatorOf(name: string): Creator | 'someone' | undefined {
  const text = readWhole(fileOf(name));
  if (text === undefined) return undefined;
  const [, network, host] = MARK.exec(text) ?? [];
  return network !== undefined && host !== undefined ? { network, host } : 'someone';
}

// A file of a network that is gone, such as from before the last boot, may be replaced.
function isForeign(host: HostId, network: string, name: string): boolean {
  const maker = creatorOf(name);
  if (maker === undefined || isCreatedBy(maker, host, network)) return false;
  if (maker === 'someone') return true;
  const record = findRecord(maker.host, maker.network);
  if (record === undefined || 'invalid' in record) return record !== undefined;
  return record.members.some(({ pinned }) => pinned === name);
}

function isCreatedBy(maker: Creator | 'someone' | undefined, host: HostId, network: string): boolean {
  return typeof maker === 'object' && maker.network === network && maker.host === String(host.cookie);
}

function write(file: string, text: string): void {
  try {
    makeDirectory(path.dirname(file), 0o755);
    // Atomically: a process killed here would otherwise leave a file without its owner's mark.
    writeWhole(file, text, 0o644);
  } catch (error) {
    const { errno = 0, syscall } = error as NodeJS.ErrnoException;
    const detail =
      'the namespace cannot find its resolver without this file: make the directory writable, or set dns: { files: false }';
    throw new NetlinkError({
      ...{ errno: -errno, syscall, operation: 'network.attach', object: file, detail, cause: error },
    });
  }
}

function removeIfEmpty(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch {
    // The directory has foreign files.
  }
}

function fileOf(name: string): string {
  return path.join(DIRECTORY, name, 'resolv.conf');
}
