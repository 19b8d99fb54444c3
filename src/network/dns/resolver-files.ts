import fs from 'node:fs';
import path from 'node:path';
import { hostResolvers } from '../../dns/resolv-conf';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { makeDirectory } from '../journal/files/aside';
import { draftsIn, entriesOf, readWhole, writeWhole } from '../journal/files/files';
import { locked, readIntents } from '../journal/intents';
import { findRecord } from '../journal/records';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';

/** Where `ip netns exec` looks for files to show in the place of those under /etc. */
const DIRECTORY = '/etc/netns';
const MARK = /^# netloom: network (\S+) of host (\d+)$/m;

/** A host that may be no more. */
type HostId = Pick<NetworkNamespace, 'cookie'>;
type Place = Readonly<{ host: NetworkNamespace; layout: Layout }>;

// Files would outlive a network that ends with its process.
function hasFiles({ lifetime, dns }: Layout): boolean {
  return lifetime === 'persistent' && dns?.files === true;
}

/** Writes what leads members to the network's resolver, where there are such files. */
export async function writeFiles({ layout, host }: Place, members: readonly Member[]): Promise<void> {
  // Who is in a VLAN does not reach the gateway, where the resolver listens.
  const served = members.filter(({ vlan }) => vlan === undefined);
  if (hasFiles(layout)) await locked(async () => writeResolverFiles(host, layout, served));
}

/** Removes what leads members to the network's resolver. */
export async function removeFiles({ layout, host }: Place, members: readonly Member[]): Promise<void> {
  if (hasFiles(layout)) await locked(async () => removeResolverFiles(host, layout.name, members));
}

/**
 * Gives the named namespaces among members a resolv.conf that leads to the network's resolver. A file that somebody else
 * made is left alone. To be called under the lock. Throws a NetlinkError where /etc cannot be written.
 */
export function writeResolverFiles(host: NetworkNamespace, layout: Layout, members: readonly Member[]): void {
  if (!layout.dns?.files) return;
  const text = textOf(host, layout);
  for (const { pinned } of members) {
    if (pinned !== undefined && !isForeign(host, layout.name, pinned)) write(fileOf(pinned), text);
  }
}

/** Removes the files that the network made for members, and returns them. To be called under the lock. */
export function removeResolverFiles(host: HostId, network: string, members: readonly Member[]): string[] {
  const files = resolverFiles(host, network, members);
  for (const file of files) fs.rmSync(file, { force: true });
  const places = new Set(files.map((file) => path.dirname(file)));
  // A process that died before it wrote the first file of a name leaves the directory alone.
  const made = members.filter(({ created }) => created);
  for (const name of namesWithFiles(made)) places.add(path.dirname(fileOf(name)));
  for (const directory of places) removeIfEmpty(directory);
  if (places.size > 0) removeIfEmpty(DIRECTORY);
  return files;
}

/**
 * The files that the network made for members and that nobody needs who stays or is about to come; with drafts, which only
 * killed writers leave. To be called under the lock.
 */
export function resolverFiles(host: HostId, network: string, members: readonly Member[]): string[] {
  const names = namesWithFiles(members);
  if (names.length === 0) return [];
  const cookie = String(host.cookie);
  const underWay = readIntents(cookie).filter((intent) => intent.network === network);
  const membersOf = (action: string): Member[] =>
    underWay.flatMap((intent) => (intent.action === action ? (intent.members ?? []) : []));
  const leaving = new Set([...members, ...membersOf('detach')].map(({ port }) => port));
  const found = findRecord(cookie, network);
  if (found && 'odd' in found) return [];
  const all = [...(found?.members ?? []), ...membersOf('attach')];
  const needed = new Set(all.filter(({ port }) => !leaving.has(port)).map(({ pinned }) => pinned));
  const ours = names.filter((name) => !needed.has(name) && isOf(makerOf(name), host, network)).map(fileOf);
  return [...ours, ...names.flatMap(draftsOf)];
}

/** Removes the files that carry a network's mark, for whomever, and returns them: of one without a record. Under the lock. */
export function removeMarkedFiles(host: HostId, network: string, dryRun: boolean): string[] {
  const names = entriesOf(DIRECTORY).filter((name) => isOf(makerOf(name), host, network));
  if (!dryRun) {
    for (const name of names) {
      fs.rmSync(fileOf(name), { force: true });
      removeIfEmpty(path.dirname(fileOf(name)));
    }
    if (names.length > 0) removeIfEmpty(DIRECTORY);
  }
  return names.map(fileOf);
}

/** The names among members' for which there is a directory. Most networks have none, and a thousand members. */
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
    '# It goes with the endpoint; a file of your own in its place is left alone.',
    `search ${[name, ...search].join(' ')}`,
    `nameserver ${gateway}`,
    '',
  ].join('\n');
}

interface Maker {
  readonly network: string;
  readonly host: string;
}

/** Who made the file of that name: 'someone' who is not us, or nobody. */
function makerOf(name: string): Maker | 'someone' | undefined {
  const text = readWhole(fileOf(name));
  if (text === undefined) return undefined;
  const [, network, host] = MARK.exec(text) ?? [];
  return network !== undefined && host !== undefined ? { network, host } : 'someone';
}

// A file of a network that is gone, such as of the time before the machine was restarted, may be replaced.
function isForeign(host: HostId, network: string, name: string): boolean {
  const maker = makerOf(name);
  if (maker === undefined || isOf(maker, host, network)) return false;
  if (maker === 'someone') return true;
  const record = findRecord(maker.host, maker.network);
  if (record === undefined || 'odd' in record) return record !== undefined;
  return record.members.some(({ pinned }) => pinned === name);
}

function isOf(maker: Maker | 'someone' | undefined, host: HostId, network: string): boolean {
  return typeof maker === 'object' && maker.network === network && maker.host === String(host.cookie);
}

function write(file: string, text: string): void {
  try {
    makeDirectory(path.dirname(file), 0o755);
    // As a whole, or a process that is killed here leaves a file that does not say whose it is.
    writeWhole(file, text, 0o644);
  } catch (error) {
    const { errno = 0, syscall } = error as NodeJS.ErrnoException;
    const detail =
      'the namespace would not find its resolver; make it writable, or set dns: { files: false }';
    throw new NetlinkError({
      ...{ errno: -errno, syscall, operation: 'network.attach', object: file, detail, cause: error },
    });
  }
}

function removeIfEmpty(directory: string): void {
  try {
    fs.rmdirSync(directory);
  } catch {
    // Somebody else has something there.
  }
}

function fileOf(name: string): string {
  return path.join(DIRECTORY, name, 'resolv.conf');
}
