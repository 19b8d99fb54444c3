import fs from 'node:fs';
import path from 'node:path';
import { safeParse } from 'valibot';
import type { PublishedPort } from '../../firewall/network/published-port';
import { lookAt } from './files/aside';
import { applyChange, type Change } from '../model/changes';
import { entriesOf, filesIn, readTrusted, removeFile, writeWhole } from './files/files';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import type { Adopted, Peer } from '../model/network-state';
import { bootId } from '../host/identity';
import { changeShape, NAMES, recordShape, VERSION } from './files/shapes';
import { asideDirectory, placeOf } from './files/paths';
import { type InvalidFile, parseStored } from './files/stored';
import { UnreadableRecordError } from './files/unreadable-record';

/** The state of a persistent network, written before it is created: everything in it belongs to the network. */
export interface NetworkRecord {
  /** The cookie of the namespace that plays the host. */
  readonly host: string;
  /** Its inode: with cookie and inode the kernel can tell whether it still exists. */
  readonly hostInode: number;
  readonly layout: Layout;
  readonly members: readonly Member[];
  readonly ports: readonly PublishedPort[];
  /** Absent: none yet. */
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
}

/** A record on disk, with the boot in which its network was created. */
interface Written extends NetworkRecord {
  readonly boot: string;
}

interface Known {
  readonly mark: string;
  readonly record: Written;
  readonly lines: number;
  /** The last line is incomplete: its writer was stopped by a full disk. It is ignored. */
  readonly torn: boolean;
}

// Records that this process has read or written, by file: a record has a thousand members, and mostly this process
// wrote it. A changed time, size or inode means another writer.
const seen = new Map<string, Known>();
/** Beyond this number the changes are merged into the record's first line. */
const MOST_CHANGES = 1000;

/**
 * The record of a network; undefined if there is none, or only one from before the last boot. Throws a NetlinkError
 * EUCLEAN for an unreadable file.
 */
export function readRecord(host: string, network: string): NetworkRecord | undefined {
  const found = findRecord(host, network);
  if (found && 'invalid' in found) throw new UnreadableRecordError(network, found.invalid);
  return found;
}

/** The same without an error, for callers interested in another network's record. */
export function findRecord(
  host: string,
  network: string,
): NetworkRecord | { readonly invalid: InvalidFile } | undefined {
  const found = read(recordPath(host, network));
  if (found === undefined || 'invalid' in found) return found;
  return isCurrent(found.record) ? found.record : undefined;
}

/**
 * Whether a network's record is set aside, or is to be by the next gc() that is no dry run. Its name alone is known.
 */
export function isAside(host: string, network: string): boolean {
  const found = findRecord(host, network);
  const isUnusable = found !== undefined && 'invalid' in found && found.invalid.foreign === undefined;
  return isUnusable || asideOf(host, network).length > 0;
}

/**
 * Whether a later network has the name by now: others deleted this one while the process was stopped or its event loop
 * blocked. Devices, rules and leases of both are named alike.
 */
export function isReplaced(
  cookie: string,
  { name, id }: { readonly name: string; readonly id?: string | undefined },
): boolean {
  const found = findRecord(cookie, name);
  return found !== undefined && !('invalid' in found) && found.layout.id !== id;
}

/**
 * Whether a network has a record. An unreadable one counts. While all records are set aside every network counts as
 * having one: nothing says that it is gone.
 */
export function hasRecord(host: string, network: string): boolean {
  return findRecord(host, network) !== undefined || recordsAside().length > 0;
}

/** Entries found in place of the directory of records, now set aside. */
export function recordsAside(): string[] {
  return entriesOf(asideDirectory())
    .filter((name) => /^networks\.[0-9a-f-]{36}$/.test(name))
    .map((name) => path.join(asideDirectory(), name));
}

/** Entries found in place of a network's record, now set aside. */
export function asideOf(host: string, network: string): string[] {
  const directory = asideDirectory();
  const start = `networks.${path.basename(recordPath(host, network))}.`;
  return entriesOf(directory)
    .filter((name) => name.startsWith(start))
    .map((name) => path.join(directory, name));
}

/** All readable records of a host. */
export function readRecords(host: string): NetworkRecord[] {
  return readAllRecords().filter((record) => record.host === host && isCurrent(record));
}

/**
 * Whether a host may have a persistent network besides those that are leaving: unreadable files, and files set aside, may
 * describe some.
 */
export function mayHaveRecords(host: string, leaving: ReadonlySet<string>): boolean {
  const own = [...leaving].map((network) => path.basename(recordPath(host, network)));
  return (
    readRecords(host).some(({ layout }) => !leaving.has(layout.name)) ||
    invalidRecords().some(({ file }) => !own.includes(path.basename(file))) ||
    entriesOf(asideDirectory()).some(
      (name) => name.startsWith('networks.') && !own.some((file) => name.startsWith(`networks.${file}.`)),
    )
  );
}

/** The readable records of every host, including those of earlier boots. */
export function readAllRecords(): Written[] {
  return filesIn(placeOf('networks'))
    .map((file) => read(path.join(placeOf('networks'), file)))
    .flatMap((found) => (found && 'record' in found ? [found.record] : []));
}

/** Whether a record is from this boot: of earlier ones nothing is left in the kernel. */
export function isCurrent({ boot }: { readonly boot: string }): boolean {
  return boot === bootId();
}

/** The unreadable record files. */
export function invalidRecords(): InvalidFile[] {
  return filesIn(placeOf('networks'))
    .map((file) => read(path.join(placeOf('networks'), file)))
    .flatMap((found) => (found && 'invalid' in found ? [found.invalid] : []));
}

/** Those of a host, by the names of the networks. Nothing else is known of these. */
export function invalidRecordsOf(host: string): ReadonlyMap<string, InvalidFile> {
  const start = `${host}.`;
  const own = invalidRecords().filter(({ file }) => path.basename(file).startsWith(start));
  return new Map(own.map((one) => [path.basename(one.file, '.json').slice(start.length), one]));
}

/** Call it under the lock. */
export function writeRecord(record: NetworkRecord): void {
  const file = recordPath(record.host, record.layout.name);
  const written = { ...record, boot: bootId() };
  writeWhole(file, `${JSON.stringify({ version: VERSION, ...written })}\n`);
  remember(file, written, 1);
}

/**
 * Appends a change to a record as a line: a rewrite of the whole record for each of a thousand members would take
 * longer than the attach. False if this network has no record; a later network of its name may have one. Call it under
 * the lock.
 */
export function amendRecord({ host, layout: { name, id } }: Named, change: Change): boolean {
  const file = recordPath(host, name);
  const known = read(file);
  if (known === undefined || 'invalid' in known || !isCurrent(known.record)) return false;
  if (known.record.layout.id !== id) return false;
  const record = { ...known.record, ...applyChange(known.record, change) };
  if (known.torn || known.lines > MOST_CHANGES) {
    writeRecord(record);
  } else {
    append(file, `${JSON.stringify(change)}\n`);
    remember(file, record, known.lines + 1);
  }
  return true;
}

/** A network of a host, whatever else has its name. */
export interface Named {
  readonly host: string;
  readonly layout: Pick<Layout, 'name' | 'id'>;
}

export function removeRecord(host: string, network: string): void {
  removeFile(recordPath(host, network));
}

// All of the line or none: a full disk takes its first part.
function append(file: string, line: string): void {
  const { size } = fs.statSync(file);
  try {
    fs.appendFileSync(file, line);
  } catch (error) {
    fs.truncateSync(file, size);
    (error as NodeJS.ErrnoException).path ??= file;
    throw error;
  }
}

function read(file: string): Known | { readonly invalid: InvalidFile } | undefined {
  const mark = markOf(file);
  const known = seen.get(file);
  if (mark !== undefined && known?.mark === mark) return known;
  seen.delete(file);
  const found = readTrusted(file);
  if (mark === undefined || found === undefined) return undefined;
  if (!('text' in found)) return { invalid: { file, problem: found.problem } };
  const [first = '', ...rest] = found.text.split('\n');
  const stored = parseStored(recordShape, file, { text: first });
  if ('invalid' in stored) return stored;
  const torn = rest.pop() !== '';
  let record = stored.value as Written;
  if (path.basename(file) !== NAMES.networks(record))
    return { invalid: { file, problem: 'has a name that does not match its content' } };
  for (const [index, line] of rest.entries()) {
    const change = changeIn(line);
    if (change === undefined)
      return { invalid: { file, problem: `has an invalid change in line ${String(index + 2)}` } };
    record = { ...record, ...applyChange(record, change) };
  }
  const fresh = { mark, record, lines: 1 + rest.length, torn };
  seen.set(file, fresh);
  return fresh;
}

function changeIn(line: string): Change | undefined {
  try {
    const value = JSON.parse(line) as Change;
    return safeParse(changeShape, value).success ? value : undefined;
  } catch {
    return undefined;
  }
}

function remember(file: string, record: Written, lines: number): void {
  const mark = markOf(file);
  if (mark !== undefined) seen.set(file, { mark, record, lines, torn: false });
}

function markOf(file: string): string | undefined {
  // Fractions of milliseconds are exact enough: the size or the inode changes together with the time. The ctime also
  // changes with the permissions, after which the file is read again.
  const stat = lookAt(file);
  return stat && `${String(stat.ino)} ${String(stat.ctimeMs)} ${String(stat.size)}`;
}

export function recordPath(host: string, network: string): string {
  return path.join(placeOf('networks'), `${host}.${network}.json`);
}
