import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { PublishedPort } from '../../firewall/network/published-port';
import { checkPlaces, unusableJournal } from './files/aside';
import type { Change } from '../model/changes';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import type { Adopted, NetworkState, Peer } from '../model/network-state';
import { notifyDeparture } from './departures';
import { draftsIn, filesIn, removeFile, writeNew } from './files/files';
import { withLock } from './files/lock';
import { currentOwner, isAlive, type Owner } from './liveness';
import { readRecord } from './records';
import { ABANDONED, VERSION } from './files/shapes';
import { PLACES, placeOf, stateDirectory } from './files/paths';
import { readStored } from './files/stored';
import { livingUnusable } from './unusable-intents';

/**
 * A process's next change, written before it acts and removed afterwards. If the process dies in between, unfinished
 * additions are removed, and unfinished removals are completed. The intent 'create' stays until the creator hands its
 * network over, 'make' until creation completes; 'hold' says that a process has opened a network which another created.
 */
export interface Intent {
  readonly version: number;
  readonly id: string;
  readonly owner: Owner;
  /** Start of the change, in milliseconds since 1970. */
  readonly at: number;
  readonly host: string;
  /** Set on an intent that may be the only trace of its host. */
  readonly hostInode?: number;
  readonly network: string;
  /** The id of the network, whatever has its name by now; for 'create' the intent's own id. */
  readonly of?: string;
  readonly action: Action;
  readonly members?: readonly Member[];
  readonly ports?: readonly PublishedPort[];
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
  /** Given up by its process, which could not undo its steps. */
  readonly abandoned?: boolean;
}

/** What an intent says that its process does. */
export type Action = 'create' | 'make' | 'hold' | 'delete' | Change['action'];

/** What an intent says by its action. */
interface ActionFacts {
  /** It is about the network as a whole, and leaves the journal with the network. */
  readonly isWhole: boolean;
  /** A process has the network, and the intent stays as long as that is so. Others say that something is under way. */
  readonly isHold: boolean;
  /** It changes a network that others may have open. */
  readonly isChange: boolean;
  /** If its process dies, the network is to go. */
  readonly condemns: boolean;
}

const CHANGE: ActionFacts = { isWhole: false, isHold: false, isChange: true, condemns: false };

const ACTIONS: Readonly<Record<Action, ActionFacts>> = {
  create: { isWhole: true, isHold: true, isChange: false, condemns: true },
  make: { isWhole: true, isHold: false, isChange: false, condemns: false },
  hold: { isWhole: true, isHold: true, isChange: false, condemns: false },
  delete: { isWhole: true, isHold: false, isChange: true, condemns: true },
  attach: CHANGE,
  detach: CHANGE,
  publish: CHANGE,
  withdraw: CHANGE,
  peer: CHANGE,
  unpeer: CHANGE,
  adopt: CHANGE,
  release: CHANGE,
};

/** What follows from the action of an intent. */
export function factsOf({ action }: { readonly action: Action }): ActionFacts {
  return ACTIONS[action];
}

// An intent is written once, under a name of its own.
let known = new Map<string, Intent>();

/** Whether any process has written the journal since boot. */
export function journalExists(): boolean {
  return fs.existsSync(stateDirectory());
}

/** Runs `body` with exclusive access to the journal. The signal ends the wait for it. */
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

/** Writes an intent of this process about a network that has a record, or is to get one. Call it under the lock. */
export function writeIntent(
  intent: Omit<Intent, 'version' | 'id' | 'owner' | 'at'>,
  at = Date.now(),
): Intent {
  const { host, network, action } = intent;
  const of = intent.of ?? (action === 'create' ? undefined : readRecord(host, network)?.layout.id);
  const id = randomUUID();
  const meant = of === undefined ? {} : { of };
  const complete = { version: VERSION, ...intent, id, ...meant, owner: currentOwner(), at };
  writeNew(intentPath(id), JSON.stringify(complete));
  if (action === 'detach' || action === 'delete') notifyDeparture();
  return complete;
}

/**
 * Leaves an intent to gc(), as if its process were dead, because its steps could not be undone. Renames the file: that
 * needs neither a descriptor nor disk space. Synchronous.
 */
export function abandon({ id }: Pick<Intent, 'id'>): void {
  fs.renameSync(intentPath(id), path.join(placeOf('intents'), `${id}${ABANDONED}`));
}

/** Whether nobody is left to complete or undo it. */
export function isDead(intent: Intent): boolean {
  return intent.abandoned === true || !isAlive(intent.owner);
}

/** Whether an intent is about this network, and not about another that had its name. */
export function isAbout(intent: Intent, layout: Pick<Layout, 'id'> | undefined): boolean {
  return networkIdOf(intent) === layout?.id;
}

/** The id of the network that an intent is about. */
export function networkIdOf({ id, of = id }: Intent): string {
  return of;
}

/** Whether a living process is still creating a network, which nobody can open yet. */
export function isMaking(intent: Intent): boolean {
  return intent.action === 'make' && !isDead(intent);
}

/** The living creator or opener of a network, which holds it whatever happened to its record. */
export function livingHolder(host: string, network: string): Pick<Intent, 'owner'> | undefined {
  return (
    readIntents(host).find(
      (intent) => intent.network === network && factsOf(intent).isHold && !isDead(intent),
    ) ?? livingUnusable().find((intent) => intent.host === host && intent.network === network)
  );
}

/** Everything that a network has by its record, or was about to get by these intents. */
export function stateWith(record: NetworkState, intents: readonly Intent[]): NetworkState {
  const members = new Map<string, Member>();
  for (const member of intents.flatMap((intent) => intent.members ?? [])) members.set(member.port, member);
  // The record has more data of a member than the intent.
  for (const member of record.members) members.set(member.port, member);
  return {
    members: [...members.values()],
    ports: record.ports,
    peers: [...(record.peers ?? []), ...intents.flatMap((intent) => intent.peers ?? [])],
    // A change under way has more data of a device than the record.
    adopted: [...intents.flatMap((intent) => intent.adopted ?? []), ...(record.adopted ?? [])],
  };
}

/** The readable intents. Under the lock all are readable. */
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

/** Removes an intent: its change is done, or undone. Synchronous, for the end of the process. */
export function clearIntent({ id, abandoned = false }: Pick<Intent, 'id' | 'abandoned'>): void {
  removeFile(abandoned ? path.join(placeOf('intents'), `${id}${ABANDONED}`) : intentPath(id));
}

/** Whether an intent is still pending: neither ended nor left to gc(). */
export function isPending({ id }: Pick<Intent, 'id'>): boolean {
  return fs.existsSync(intentPath(id));
}

/** Removes the drafts of killed writers. Call it under the lock. */
export function removeDrafts(): void {
  for (const place of PLACES) draftsIn(placeOf(place)).forEach(removeFile);
}

function intentPath(id: string): string {
  return path.join(placeOf('intents'), `${id}.json`);
}
