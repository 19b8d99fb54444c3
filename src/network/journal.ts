import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { PublishedPort } from '../firewall/published';
import type { Adopted, Layout, Member, Peer } from './layout';
import type { Change } from './ledger';
import { sweepLocks, withLock } from './lock';
import { currentOwner, type Owner } from './owner';

/** Where the journal of everything that outlives a process lies; a tmpfs, so that it ends with the kernel's state. */
export const JOURNAL = '/run/netloom';

const NETWORKS = path.join(JOURNAL, 'networks');
const INTENTS = path.join(JOURNAL, 'intents');
export const FORWARDING = path.join(JOURNAL, 'forwarding');
/** Rules of iptables that live with a process. */
export const RULES = path.join(JOURNAL, 'rules');
export const ROUTES = path.join(JOURNAL, 'routes');

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

/**
 * What a process is about to do, written before it acts and removed afterwards. If the process dies in between, what was
 * to be made is removed, and what was to be removed is removed to the end. The intent 'create' stays until the creator
 * hands its network over.
 */
export interface Intent {
  readonly id: string;
  readonly owner: Owner;
  /** When it was written, in milliseconds since 1970. */
  readonly at: number;
  readonly host: string;
  readonly network: string;
  readonly action: 'create' | 'delete' | Change['action'];
  readonly members?: readonly Member[];
  readonly ports?: readonly PublishedPort[];
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
}

/** Whether any process has ever written the journal since the machine was started. */
export function journalExists(): boolean {
  return fs.existsSync(JOURNAL);
}

/** Runs `body` as the only one that reads and writes the journal. */
export async function locked<T>(body: () => Promise<T>): Promise<T> {
  // The last one stands for all.
  if (!fs.existsSync(RULES)) {
    for (const directory of [JOURNAL, NETWORKS, INTENTS, FORWARDING, ROUTES, RULES]) {
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
  }
  return withLock(JOURNAL, body);
}

// What this process has read or written, by file: a record has a thousand members, and most of the time it was this
// process that wrote it. A file is never changed but replaced, and has another inode or time then.
const seen = new Map<string, { readonly mark: string; readonly record: NetworkRecord }>();

export function readRecord(host: string, network: string): NetworkRecord | undefined {
  const file = recordPath(host, network);
  const mark = markOf(file);
  if (mark === undefined) {
    seen.delete(file);
    return undefined;
  }
  const known = seen.get(file);
  if (known?.mark === mark) return known.record;
  const record = readJson(file) as NetworkRecord | undefined;
  if (record) seen.set(file, { mark, record });
  return record;
}

function markOf(file: string): string | undefined {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${String(stat.ino)} ${String(stat.mtimeNs)} ${String(stat.size)}`;
}

export function readRecords(host: string): NetworkRecord[] {
  return (readAll(NETWORKS) as NetworkRecord[]).filter((record) => record.host === host);
}

/** To be called under the lock. */
export function writeRecord(record: NetworkRecord): void {
  const file = recordPath(record.host, record.layout.name);
  writeJson(file, record);
  const mark = markOf(file);
  if (mark !== undefined) seen.set(file, { mark, record });
}

export function removeRecord(host: string, network: string): void {
  fs.rmSync(recordPath(host, network), { force: true });
}

/** Writes an intent of this process. */
export function declare(intent: Omit<Intent, 'id' | 'owner' | 'at'>): Intent {
  const complete = { ...intent, id: randomUUID(), owner: currentOwner(), at: Date.now() };
  writeJson(intentPath(complete.id), complete);
  return complete;
}

export function readIntents(host: string): Intent[] {
  return (readAll(INTENTS) as Intent[]).filter((intent) => intent.host === host);
}

/** Takes an intent back: what it announced is done, or undone. Synchronous, for the end of the process. */
export function settle(intent: Pick<Intent, 'id'>): void {
  fs.rmSync(intentPath(intent.id), { force: true });
}

/** Writes a file as a whole or not at all. */
export function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${randomUUID()}.draft`;
  fs.writeFileSync(draft, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
  fs.renameSync(draft, file);
}

export function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Every whole file of a directory. */
export function readAll(directory: string): unknown[] {
  const files = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => readJson(path.join(directory, file)))
    .filter((value) => value !== undefined);
}

/** Removes what only killed writers leave: drafts, and bids for the lock. To be called under the lock. */
export function sweepJournal(): void {
  sweepLocks(JOURNAL);
  for (const directory of [NETWORKS, INTENTS, FORWARDING, ROUTES, RULES]) {
    for (const file of fs.readdirSync(directory)) {
      if (file.endsWith('.draft')) fs.rmSync(path.join(directory, file), { force: true });
    }
  }
}

function recordPath(host: string, network: string): string {
  return path.join(NETWORKS, `${host}.${network}.json`);
}

function intentPath(id: string): string {
  return path.join(INTENTS, `${id}.json`);
}
