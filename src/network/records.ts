import fs from 'node:fs';
import path from 'node:path';
import type { PublishedPort } from '../firewall/published';
import { after, type Change } from './changes';
import { filesIn, readWhole, removeFile, writeWhole } from './files';
import { NETWORKS } from './journal';
import type { Adopted, Layout, Member, Peer } from './layout';

/** A persistent network as it stands, written before it is made. */
export interface NetworkRecord {
  /** The cookie of the namespace that plays the host. */
  readonly host: string;
  readonly layout: Layout;
  readonly members: readonly Member[];
  readonly ports: readonly PublishedPort[];
  /** Absent: none yet. */
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
}

interface Known {
  readonly mark: string;
  readonly record: NetworkRecord;
  readonly lines: number;
  /** The last line is not whole: what wrote it was stopped by a full disk. It does not count. */
  readonly torn: boolean;
}

// What this process has read or written, by file: a record has a thousand members, and most of the time it was this
// process that wrote it. Another time, size or inode tells that somebody else did.
const seen = new Map<string, Known>();
/** Then the changes are made part of the record's first line. */
const MOST_CHANGES = 1000;

export function readRecord(host: string, network: string): NetworkRecord | undefined {
  return read(recordPath(host, network))?.record;
}

export function readRecords(host: string): NetworkRecord[] {
  return filesIn(NETWORKS)
    .filter((file) => file.startsWith(`${host}.`))
    .map((file) => read(path.join(NETWORKS, file))?.record)
    .filter((record) => record !== undefined);
}

/** To be called under the lock. */
export function writeRecord(record: NetworkRecord): void {
  const file = recordPath(record.host, record.layout.name);
  writeWhole(file, `${JSON.stringify(record)}\n`);
  remember(file, record, 1);
}

/**
 * Adds a change to a record, as a line behind it: to write all of it anew for each of a thousand members would take longer
 * than to attach them. False if there is no such record. To be called under the lock.
 */
export function amendRecord(host: string, network: string, change: Change): boolean {
  const file = recordPath(host, network);
  const known = read(file);
  if (known === undefined) return false;
  const record = { ...known.record, ...after(known.record, change) };
  if (known.torn || known.lines > MOST_CHANGES) {
    writeRecord(record);
  } else {
    fs.appendFileSync(file, `${JSON.stringify(change)}\n`);
    remember(file, record, known.lines + 1);
  }
  return true;
}

export function removeRecord(host: string, network: string): void {
  removeFile(recordPath(host, network));
}

function read(file: string): Known | undefined {
  const mark = markOf(file);
  const known = seen.get(file);
  if (mark !== undefined && known?.mark === mark) return known;
  seen.delete(file);
  const text = mark === undefined ? undefined : readWhole(file);
  if (mark === undefined || text === undefined) return undefined;
  const [first = '', ...rest] = text.split('\n');
  const torn = rest.pop() !== '';
  let record = JSON.parse(first) as NetworkRecord;
  for (const line of rest) record = { ...record, ...after(record, JSON.parse(line) as Change) };
  const fresh = { mark, record, lines: 1 + rest.length, torn };
  seen.set(file, fresh);
  return fresh;
}

function remember(file: string, record: NetworkRecord, lines: number): void {
  const mark = markOf(file);
  if (mark !== undefined) seen.set(file, { mark, record, lines, torn: false });
}

function markOf(file: string): string | undefined {
  // Fractions of milliseconds are exact enough: with the time the size changes, or the inode.
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat && `${String(stat.ino)} ${String(stat.mtimeMs)} ${String(stat.size)}`;
}

function recordPath(host: string, network: string): string {
  return `${NETWORKS}/${host}.${network}.json`;
}
