import { rewordingErrors } from '../runtime/reworded';
import { NetworkNamespace } from '../../netns/namespace';
import { validate } from '../../errors/validate-options';
import { collectUnclaimed, forceRemove, mentionedNames } from './force';
import { collectJournal } from './journal';
import { collectChange, collectLeases, collectNetwork } from './network';
import { gcSchema } from './options';
import {
  type Intent,
  isAbout,
  isDead,
  journalExists,
  locked,
  readIntents,
  clearIntent,
  removeDrafts,
} from '../journal/intents';
import { type NetworkRecord, readRecords } from '../journal/records';
import { pruneRules } from '../leases/rules';
import { hasTransitTable } from '../leases/transit-table';
import type { Collection } from './collection';

/**
 * The result of {@link gc}, one line for each object: 'link nl-web', 'netns red', 'sysctl net/…', 'file /etc/…',
 * 'adoption eth0'.
 */
export interface GcReport {
  /** Removed objects; with `dryRun`, those to remove. */
  readonly removed: readonly string[];
  /**
   * Objects left alone, with the reason after a colon. Without a reason: the object has a name that a dead process
   * intended, but was not created by that process.
   */
  readonly kept: readonly string[];
}

export interface GcOptions {
  /** The namespace that plays the host; default the caller's. */
  readonly host?: NetworkNamespace;
  /** Only report. */
  readonly dryRun?: boolean;
  /**
   * The name of a network to remove, whatever its state and whoever has it open, with its members, ports, rules and
   * files: as far as its record shows, or its tags, where the record is lost or unreadable. Nothing else is collected.
   * A network that lives with a process is left to that process, and namespaces with running processes go when these
   * end. The report is empty for a name unknown to the host and to the journal.
   */
  readonly force?: string;
}

/**
 * Removes the leftovers of killed processes on a host: networks that were not handed over and that no living process
 * has open, changes that were under way, and settings that nobody needs any more. Also removes journal files of earlier
 * boots and of hosts that no longer exist. Everything is checked against the journal before it is removed. Networks in
 * use, handed over networks, and objects of others stay.
 */
export async function gc(options: GcOptions = {}): Promise<GcReport> {
  const { dryRun = false, force } = validate(gcSchema, options, 'gc');
  const host = options.host ?? (await NetworkNamespace.current());
  const collection: Collection = { host, dryRun, removed: [], kept: [] };
  const work = async (): Promise<void> => {
    if (force !== undefined) await forceRemove(collection, force);
    else if (journalExists() || (await hasLostJournal(host))) await locked(() => collect(collection));
  };
  try {
    await rewordingErrors({ operation: 'gc', object: force, exists: true }, work);
  } finally {
    if (options.host === undefined) await host.close();
  }
  // In a dry run an object is met again: a lease with its network, and once more with its holder.
  return { removed: [...new Set(collection.removed)], kept: [...new Set(collection.kept)] };
}

// Without permission to read tables nothing can be restored either.
async function hasLostJournal(host: NetworkNamespace): Promise<boolean> {
  return hasTransitTable(host).catch(() => false);
}

async function collect(collection: Collection): Promise<void> {
  const { host, dryRun } = collection;
  await collectJournal(collection);
  const cookie = String(host.cookie);
  const records = new Map(readRecords(cookie).map((record) => [record.layout.name, record]));
  const intents = readIntents(cookie);
  const told = mentionedNames(cookie);
  const isGoing = (record: NetworkRecord): boolean => isAbandoned(collection, record, intents);
  const going = new Set([...records.values()].filter(isGoing));
  for (const record of going) {
    const own = intents.filter((intent) => isAbout(intent, record.layout) && isDead(intent));
    await collectNetwork(collection, record, own);
  }
  const held = new Set(intents.filter((intent) => !isDead(intent)).map(networkIdOf));
  for (const intent of intents.filter(isDead)) {
    const record = records.get(intent.network);
    if (record === undefined || !going.has(record)) await collectIntent(collection, intent, record, held);
  }
  await collectUnclaimed(collection, told);
  await collectLeases(collection);
  collection.removed.push(...(await pruneRules(host, dryRun)));
  if (!dryRun) removeDrafts();
}

/**
 * Whether a dead process was deleting the network, and no living one is about to change it: whoever has it open can do
 * nothing else with it. Or whether a dead process never handed it over, and no living one has it.
 */
function isAbandoned({ kept }: Collection, record: NetworkRecord, intents: readonly Intent[]): boolean {
  const own = intents.filter((intent) => isAbout(intent, record.layout));
  const isEnding = own.some((intent) => intent.action === 'delete' && isDead(intent));
  if (isEnding && !own.some((intent) => !HAVING.has(intent.action) && !isDead(intent))) return true;
  const isToGo = own.some((intent) => isAboutAll(intent) && isDead(intent));
  // A creator has another intent for the network, unless it gave the network up.
  const holder = own.find((intent) => !isDead(intent) && intent.action !== 'make');
  if (isToGo && holder)
    kept.push(`network ${record.layout.name}: process ${String(holder.owner.pid)} has it open`);
  return isToGo && holder === undefined;
}

// An unfinished change by a dead process, on a network that stays or is gone. `held` are the ids of the networks that
// living processes have or change.
async function collectIntent(
  collection: Collection,
  intent: Intent,
  record: NetworkRecord | undefined,
  held: ReadonlySet<string>,
): Promise<void> {
  if (!isAboutAll(intent) && !['hold', 'make'].includes(intent.action))
    return collectChange(collection, intent, record);
  // A creator's or deleter's intent stays until those who have the network open meanwhile are done.
  const isHeld = held.has(networkIdOf(intent));
  if (!collection.dryRun && !(isAboutAll(intent) && isHeld)) clearIntent(intent);
}

const HAVING: ReadonlySet<Intent['action']> = new Set(['create', 'make', 'hold']);

/** Whether the intent is about the network as a whole: being created or deleted, or never handed over. */
function isAboutAll({ action }: Intent): boolean {
  return action === 'create' || action === 'delete';
}

/** The id of the network that an intent is about; its creator's intent has the network's own id. */
function networkIdOf({ id, of = id }: Intent): string {
  return of;
}
