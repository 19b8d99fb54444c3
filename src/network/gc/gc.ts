import { retelling } from '../runtime/retold';
import { NetworkNamespace } from '../../netns/namespace';
import { validate } from '../../errors/validate-options';
import { collectUnclaimed, forceOut, toldNames } from './force';
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
  settle,
  sweepDrafts,
} from '../journal/intents';
import { type NetworkRecord, readRecords } from '../journal/records';
import { pruneRules } from '../leases/rules';
import { hasStrangersKeptOut } from '../leases/strangers';
import type { Collection } from '../lifecycle/collection';

/**
 * What {@link gc} did, one line for each object: 'link nl-web', 'netns red', 'sysctl net/…', 'file /etc/…', 'adoption eth0'.
 */
export interface GcReport {
  /** Removed; with `dryRun`, what would be. */
  readonly removed: readonly string[];
  /**
   * Left alone, with the reason behind a colon. Without one: it has a name that a dead process had in mind, but is not what that
   * process made.
   */
  readonly kept: readonly string[];
}

export interface GcOptions {
  /** The namespace that plays the host; default the caller's. */
  readonly host?: NetworkNamespace;
  /** Only report. */
  readonly dryRun?: boolean;
  /**
   * The name of a network that is to go, whatever its state and whoever has it open, with its members, ports, rules and files:
   * as far as its record tells, and its tags, where that is lost or cannot be read. Nothing else is collected. A network that
   * lives with a process is that process's, and namespaces in which processes run go when these end. Of a name that nothing on
   * the host and nothing in the journal has, the report is empty.
   */
  readonly force?: string;
}

/**
 * Removes what killed processes left on a host: networks that were not handed over and that no living process has open, changes
 * that were under way, and settings that nobody needs any more; and what is in the journal of earlier runs of the machine and
 * of hosts that are no more. Everything is checked to be what the journal says before it is removed; what lives, was handed
 * over, or is someone else's stays.
 */
export async function gc(options: GcOptions = {}): Promise<GcReport> {
  const { dryRun = false, force } = validate(gcSchema, options, 'gc');
  const host = options.host ?? (await NetworkNamespace.current());
  const collection: Collection = { host, dryRun, removed: [], kept: [] };
  const work = async (): Promise<void> => {
    if (force !== undefined) await forceOut(collection, force);
    else if (journalExists() || (await hasLostJournal(host))) await locked(() => collect(collection));
  };
  try {
    await retelling({ operation: 'gc', object: force, stands: true }, work);
  } finally {
    if (options.host === undefined) await host.close();
  }
  // What is only previewed is met again: a lease with its network, and once more with its holder.
  return { removed: [...new Set(collection.removed)], kept: [...new Set(collection.kept)] };
}

// Who may not read tables can restore nothing, either.
async function hasLostJournal(host: NetworkNamespace): Promise<boolean> {
  return hasStrangersKeptOut(host).catch(() => false);
}

async function collect(collection: Collection): Promise<void> {
  const { host, dryRun } = collection;
  await collectJournal(collection);
  const cookie = String(host.cookie);
  const records = new Map(readRecords(cookie).map((record) => [record.layout.name, record]));
  const intents = readIntents(cookie);
  const told = toldNames(cookie);
  const isGoing = (record: NetworkRecord): boolean => isAbandoned(collection, record, intents);
  const going = new Set([...records.values()].filter(isGoing));
  for (const record of going) {
    const own = intents.filter((intent) => isAbout(intent, record.layout) && isDead(intent));
    await collectNetwork(collection, record, own);
  }
  for (const intent of intents.filter(isDead)) {
    const record = records.get(intent.network);
    if (record === undefined || !going.has(record)) await collectIntent(collection, intent, record, intents);
  }
  await collectUnclaimed(collection, told);
  await collectLeases(collection);
  collection.removed.push(...(await pruneRules(host, dryRun)));
  if (!dryRun) sweepDrafts();
}

/**
 * It was being removed by somebody who is dead, and nobody who lives is about to: who has it open can do nothing else with it. Or it was
 * never handed over by somebody who is dead, and nobody who lives has it.
 */
function isAbandoned({ kept }: Collection, record: NetworkRecord, intents: readonly Intent[]): boolean {
  const own = intents.filter((intent) => isAbout(intent, record.layout));
  const isEnding = own.some((intent) => intent.action === 'delete' && isDead(intent));
  if (isEnding && !own.some((intent) => !HAVING.has(intent.action) && !isDead(intent))) return true;
  const isToGo = own.some((intent) => isAboutAll(intent) && isDead(intent));
  // Who makes it has it by another intent, unless it gave it up.
  const holder = own.find((intent) => !isDead(intent) && intent.action !== 'make');
  if (isToGo && holder)
    kept.push(`network ${record.layout.name}: process ${String(holder.owner.pid)} has it open`);
  return isToGo && holder === undefined;
}

// What a dead process had in mind about a network that stays, or is gone.
async function collectIntent(
  collection: Collection,
  intent: Intent,
  record: NetworkRecord | undefined,
  intents: readonly Intent[],
): Promise<void> {
  if (!isAboutAll(intent) && !['hold', 'make'].includes(intent.action))
    return collectChange(collection, intent, record);
  // That of a maker or deleter waits for the end of who has the network open meanwhile.
  const isHeld = intents.some((other) => isSame(other, intent) && !isDead(other));
  if (!collection.dryRun && !(isAboutAll(intent) && isHeld)) settle(intent);
}

const HAVING: ReadonlySet<Intent['action']> = new Set(['create', 'make', 'hold']);

/** The network itself was being made or removed, or was never handed over. */
function isAboutAll({ action }: Intent): boolean {
  return action === 'create' || action === 'delete';
}

function isSame({ id, of = id }: Intent, other: Intent): boolean {
  return of === (other.of ?? other.id);
}
