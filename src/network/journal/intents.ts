import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { PublishedPort } from '../../firewall/network/published-port';
import { checkPlaces, unusableJournal } from './files/aside';
import type { Change } from '../model/changes';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import type { Adopted, Peer } from '../model/network-state';
import { tellDeparture } from './departures';
import { draftsIn, filesIn, removeFile, writeNew } from './files/files';
import { withLock } from './files/lock';
import { currentOwner, isAlive, type Owner } from './owner';
import { readRecord } from './records';
import { VERSION } from './files/shapes';
import { PLACES, placeOf, stateDirectory } from './files/state';
import { readStored } from './files/stored';

/**
 * What a process is about to do, written before it acts and removed afterwards. If the process dies in between, what was
 * to be made is removed, and what was to be removed is removed to the end. The intent 'create' stays until the creator
 * hands its network over, 'make' until it is made; 'hold' says that a process has a network open which another made.
 */
export interface Intent {
  readonly version: number;
  readonly id: string;
  readonly owner: Owner;
  /** When that began, in milliseconds since 1970. */
  readonly at: number;
  readonly host: string;
  /** Of an intent that may be all that tells of its host. */
  readonly hostInode?: number;
  readonly network: string;
  /** The id of the network that is meant, whatever has its name by now; of 'create' it is the intent's own. */
  readonly of?: string;
  readonly action: 'create' | 'make' | 'hold' | 'delete' | Change['action'];
  readonly members?: readonly Member[];
  readonly ports?: readonly PublishedPort[];
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
  /** Given up by its process, which could not take back what it had done. */
  readonly abandoned?: boolean;
}

// An intent is written once, and its name is its own.
let known = new Map<string, Intent>();

/** Whether any process has ever written the journal since the machine was started. */
export function journalExists(): boolean {
  return fs.existsSync(stateDirectory());
}

/** Runs `body` as the only one that reads and writes the journal. The signal ends the wait for that. */
export function locked<T>(body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const checked = async (): Promise<T> => {
    try {
      checkPlaces();
      return await body();
    } catch (error) {
      throw unusableJournal(error);
    }
  };
  return withLock(stateDirectory(), checked, { signal });
}

/** Writes an intent of this process about a network that has a record, or is to get one. To be called under the lock. */
export function declare(intent: Omit<Intent, 'version' | 'id' | 'owner' | 'at'>, at = Date.now()): Intent {
  const { host, network, action } = intent;
  const of = intent.of ?? (action === 'create' ? undefined : readRecord(host, network)?.layout.id);
  const id = randomUUID();
  const meant = of === undefined ? {} : { of };
  const complete = { version: VERSION, ...intent, id, ...meant, owner: currentOwner(), at };
  writeNew(intentPath(id), JSON.stringify(complete));
  if (action === 'detach' || action === 'delete') tellDeparture();
  return complete;
}

const ABANDONED = '.abandoned.json';

/**
 * Leaves an intent to gc(), as if its process were dead: for what could not be taken back. By a new name, for which neither a
 * descriptor nor room on the disk is needed. Synchronous.
 */
export function abandon({ id }: Pick<Intent, 'id'>): void {
  fs.renameSync(intentPath(id), path.join(placeOf('intents'), `${id}${ABANDONED}`));
}

/** Nobody is left who would carry it out, or take it back. */
export function isDead(intent: Intent): boolean {
  return intent.abandoned === true || !isAlive(intent.owner);
}

/** Whether an intent is about that network, and not about another that had its name. */
export function isAbout({ id, of = id }: Intent, layout: Pick<Layout, 'id'> | undefined): boolean {
  return of === layout?.id;
}

/** Somebody who lives is making a network, which nobody can have yet. */
export function isMaking(intent: Intent): boolean {
  return intent.action === 'make' && !isDead(intent);
}

/** The living maker or opener of a network, which has it whatever has become of its record. */
export function livingHolder(host: string, network: string): Intent | undefined {
  return readIntents(host).find(
    (intent) => intent.network === network && HOLDING.has(intent.action) && !isDead(intent),
  );
}

const HOLDING: ReadonlySet<Intent['action']> = new Set(['create', 'hold'] as const);

/** Those that can be read. Under the lock there are no others. */
export function readIntents(host: string): Intent[] {
  return readAllIntents().filter((intent) => intent.host === host);
}

export function readAllIntents(): Intent[] {
  const directory = placeOf('intents');
  const files = filesIn(directory).map((name) => path.join(directory, name));
  const found = files
    .map((file) => [file, known.get(file) ?? readIntent(file)])
    .filter((one): one is [string, Intent] => one[1] !== undefined);
  known = new Map(found);
  return [...known.values()];
}

function readIntent(file: string): Intent | undefined {
  const stored = readStored('intents', file);
  if (stored === undefined || !('value' in stored)) return undefined;
  const intent = stored.value as Intent;
  return file.endsWith(ABANDONED) ? { ...intent, abandoned: true } : intent;
}

/** Takes an intent back: what it announced is done, or undone. Synchronous, for the end of the process. */
export function settle({ id, abandoned = false }: Pick<Intent, 'id' | 'abandoned'>): void {
  removeFile(abandoned ? path.join(placeOf('intents'), `${id}${ABANDONED}`) : intentPath(id));
}

/** Whether an intent still stands: it is neither settled nor left to gc(). */
export function isIntended({ id }: Pick<Intent, 'id'>): boolean {
  return fs.existsSync(intentPath(id));
}

/** Removes the drafts of killed writers. To be called under the lock. */
export function sweepDrafts(): void {
  for (const place of PLACES) draftsIn(placeOf(place)).forEach(removeFile);
}

function intentPath(id: string): string {
  return path.join(placeOf('intents'), `${id}.json`);
}
