import fs from 'node:fs';
import path from 'node:path';
import { safeParse } from 'valibot';
import { NetlinkError } from '../../errors/errors';
import type { PublishedPort } from '../../firewall/network/published-port';
import { lookAt, EUCLEAN } from './files/aside';
import { after, type Change } from '../model/changes';
import { entriesOf, filesIn, readTrusted, removeFile, writeWhole } from './files/files';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import type { Adopted, Peer } from '../model/network-state';
import { bootId } from '../host/boot-id';
import { changeShape, NAMES, recordShape, VERSION } from './files/shapes';
import { asideDirectory, placeOf } from './files/state';
import { type Odd, parseStored } from './files/stored';

/** A persistent network as it stands, written before it is made: what it says is the network's. */
export interface NetworkRecord {
  /** The cookie of the namespace that plays the host. */
  readonly host: string;
  /** Its inode: of both together the kernel can tell whether it is still there. */
  readonly hostInode: number;
  readonly layout: Layout;
  readonly members: readonly Member[];
  readonly ports: readonly PublishedPort[];
  /** Absent: none yet. */
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
}

/** A record on disk: in which run of the machine its network was made. */
interface Written extends NetworkRecord {
  readonly boot: string;
}

interface Known {
  readonly mark: string;
  readonly record: Written;
  readonly lines: number;
  /** The last line is not whole: what wrote it was stopped by a full disk. It does not count. */
  readonly torn: boolean;
}

// What this process has read or written, by file: a record has a thousand members, and most of the time it was this
// process that wrote it. Another time, size or inode tells that somebody else did.
const seen = new Map<string, Known>();
/** Then the changes are made part of the record's first line. */
const MOST_CHANGES = 1000;

/**
 * The record of a network; undefined if there is none, or only one of the time before the machine was started. Throws a
 * NetlinkError EUCLEAN for a file that cannot be read as one.
 */
export function readRecord(host: string, network: string): NetworkRecord | undefined {
  const found = findRecord(host, network);
  if (found && 'odd' in found) throw unreadable(network, found.odd);
  return found;
}

/** The same without an error: for whom another network's record is of interest. */
export function findRecord(host: string, network: string): NetworkRecord | { readonly odd: Odd } | undefined {
  const found = read(recordPath(host, network));
  if (found === undefined || 'odd' in found) return found;
  return isCurrent(found.record) ? found.record : undefined;
}

/**
 * Whether a network has a record. One that cannot be read counts, and while all records are set aside every network has one: nothing
 * says that it is gone.
 */
export function hasRecord(host: string, network: string): boolean {
  return findRecord(host, network) !== undefined || recordsAside().length > 0;
}

/** What was in the place of all records, and was set aside. */
export function recordsAside(): string[] {
  return entriesOf(asideDirectory())
    .filter((name) => /^networks\.[0-9a-f-]{36}$/.test(name))
    .map((name) => path.join(asideDirectory(), name));
}

/** What was in the place of a network's record, and was set aside. */
export function asideOf(host: string, network: string): string[] {
  const directory = asideDirectory();
  const start = `networks.${path.basename(recordPath(host, network))}.`;
  return entriesOf(directory)
    .filter((name) => name.startsWith(start))
    .map((name) => path.join(directory, name));
}

/** All records of a host that can be read. */
export function readRecords(host: string): NetworkRecord[] {
  return readAllRecords().filter((record) => record.host === host && isCurrent(record));
}

/** Whether a host may have a persistent network but for one: files that cannot be read, or were set aside, may tell of some. */
export function mayHaveRecords(host: string, except?: string): boolean {
  return (
    readRecords(host).some(({ layout }) => layout.name !== except) ||
    oddRecords().length > 0 ||
    entriesOf(asideDirectory()).some((name) => name.startsWith('networks.'))
  );
}

/** Those of every host and of earlier runs of the machine, too. */
export function readAllRecords(): Written[] {
  return filesIn(placeOf('networks'))
    .map((file) => read(path.join(placeOf('networks'), file)))
    .flatMap((found) => (found && 'record' in found ? [found.record] : []));
}

/** Whether a record is of this run of the machine: of an earlier one nothing is left in the kernel. */
export function isCurrent({ boot }: { readonly boot: string }): boolean {
  return boot === bootId();
}

/** The record files that cannot be read. */
export function oddRecords(): Odd[] {
  return filesIn(placeOf('networks'))
    .map((file) => read(path.join(placeOf('networks'), file)))
    .flatMap((found) => (found && 'odd' in found ? [found.odd] : []));
}

/** To be called under the lock. */
export function writeRecord(record: NetworkRecord): void {
  const file = recordPath(record.host, record.layout.name);
  const written = { ...record, boot: bootId() };
  writeWhole(file, `${JSON.stringify({ version: VERSION, ...written })}\n`);
  remember(file, written, 1);
}

/**
 * Adds a change to a record, as a line behind it: to write all of it anew for each of a thousand members would take longer
 * than to attach them. False if there is no such record, but perhaps one of a later network. To be called under the lock.
 */
export function amendRecord({ host, layout: { name, id } }: Named, change: Change): boolean {
  const file = recordPath(host, name);
  const known = read(file);
  if (known === undefined || 'odd' in known || !isCurrent(known.record)) return false;
  if (known.record.layout.id !== id) return false;
  const record = { ...known.record, ...after(known.record, change) };
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

// All of the line or none: a full disk takes the first part of it.
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

function read(file: string): Known | { readonly odd: Odd } | undefined {
  const mark = markOf(file);
  const known = seen.get(file);
  if (mark !== undefined && known?.mark === mark) return known;
  seen.delete(file);
  const found = readTrusted(file);
  if (mark === undefined || found === undefined) return undefined;
  if (!('text' in found)) return { odd: { file, problem: found.problem } };
  const [first = '', ...rest] = found.text.split('\n');
  const stored = parseStored(recordShape, file, { text: first });
  if ('odd' in stored) return stored;
  const torn = rest.pop() !== '';
  let record = stored.value as Written;
  if (path.basename(file) !== NAMES.networks(record))
    return { odd: { file, problem: 'is not named after what it says' } };
  for (const [index, line] of rest.entries()) {
    const change = changeIn(line);
    if (change === undefined)
      return { odd: { file, problem: `has a line ${String(index + 2)} that is no change` } };
    record = { ...record, ...after(record, change) };
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
  // Fractions of milliseconds are exact enough: with the time the size changes, or the inode.
  // The time of a change of who may write it, too, which has it read anew.
  const stat = lookAt(file);
  return stat && `${String(stat.ino)} ${String(stat.ctimeMs)} ${String(stat.size)}`;
}

function unreadable(network: string, { file, problem }: Odd): NetlinkError {
  return new NetlinkError({
    errno: EUCLEAN,
    operation: 'network.open',
    object: network,
    detail: `its record ${file} ${problem}: gc({ force: '${network}' }) removes the network with all that is known of it`,
  });
}

export function recordPath(host: string, network: string): string {
  return path.join(placeOf('networks'), `${host}.${network}.json`);
}
