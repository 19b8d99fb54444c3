import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { PublishedPort } from '../firewall/published';
import type { Change } from './changes';
import type { Adopted, Member, Peer } from './layout';
import { draftsIn, filesIn, readWhole, removeFile, writeNew, writeWhole } from './files';
import { withLock } from './lock';
import { currentOwner, type Owner } from './owner';

/** Where the journal of everything that outlives a process lies; a tmpfs, so that it ends with the kernel's state. */
export const JOURNAL = '/run/netloom';

export const NETWORKS = path.join(JOURNAL, 'networks');
const INTENTS = path.join(JOURNAL, 'intents');
export const FORWARDING = path.join(JOURNAL, 'forwarding');
/** Rules of iptables that live with a process. */
export const RULES = path.join(JOURNAL, 'rules');
export const ROUTES = path.join(JOURNAL, 'routes');

/**
 * What a process is about to do, written before it acts and removed afterwards. If the process dies in between, what was
 * to be made is removed, and what was to be removed is removed to the end. The intent 'create' stays until the creator
 * hands its network over.
 */
export interface Intent {
  readonly id: string;
  readonly owner: Owner;
  /** When that began, in milliseconds since 1970. */
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
export function locked<T>(body: () => Promise<T>): Promise<T> {
  return withLock(JOURNAL, body);
}

/** Writes an intent of this process. To be called under the lock. */
export function declare(intent: Omit<Intent, 'id' | 'owner' | 'at'>, at = Date.now()): Intent {
  const complete = { ...intent, id: randomUUID(), owner: currentOwner(), at };
  writeNew(intentPath(complete.id), JSON.stringify(complete));
  return complete;
}

// An intent is written once, and its name is its own.
let known = new Map<string, Intent>();

/** To be called under the lock. */
export function readIntents(host: string): Intent[] {
  const found = filesIn(INTENTS)
    .map((file) => [file, known.get(file) ?? readIntent(file)])
    .filter((one): one is [string, Intent] => one[1] !== undefined);
  known = new Map(found);
  return [...known.values()].filter((intent) => intent.host === host);
}

/** Undefined for one that is not whole: its process was killed before it began with what it intended. */
function readIntent(file: string): Intent | undefined {
  try {
    return readJson(path.join(INTENTS, file)) as Intent | undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Takes an intent back: what it announced is done, or undone. Synchronous, for the end of the process. */
export function settle(intent: Pick<Intent, 'id'>): void {
  removeFile(intentPath(intent.id));
}

export function writeJson(file: string, value: unknown): void {
  writeWhole(file, JSON.stringify(value));
}

export function readJson(file: string): unknown {
  const text = readWhole(file);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Every whole file of a directory. */
export function readAll(directory: string): unknown[] {
  return filesIn(directory)
    .map((file) => readJson(path.join(directory, file)))
    .filter((value) => value !== undefined);
}

/** Removes what only killed writers leave: drafts, and intents that are not whole. To be called under the lock. */
export function sweepJournal(): void {
  for (const directory of [NETWORKS, INTENTS, FORWARDING, ROUTES, RULES]) {
    draftsIn(directory).forEach(removeFile);
  }
  for (const file of filesIn(INTENTS)) {
    if (readIntent(file) === undefined) removeFile(path.join(INTENTS, file));
  }
}

function intentPath(id: string): string {
  return path.join(INTENTS, `${id}.json`);
}
