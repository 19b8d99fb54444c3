import { rewordingErrors } from '../runtime/reworded';
import { NetworkNamespace } from '../../netns/namespace';
import { validate } from '../../errors/validate-options';
import { fateOf } from './abandoned';
import { collectUnclaimed, forceRemove, mentionedNames } from './force';
import { collectJournal } from './journal';
import { collectChange, collectLeases, collectNetwork } from './network';
import { gcSchema } from './options';
import {
  factsOf,
  type Intent,
  isAbout,
  isDead,
  journalExists,
  locked,
  networkIdOf,
  readIntents,
  clearIntent,
  removeDrafts,
} from '../journal/intents';
import { isOtherBoot } from '../host/identity';
import { type NetworkRecord, readRecords } from '../journal/records';
import { removeFromJournal } from '../journal/remove-from-journal';
import { livingUnusable, mayBeAbout, type UnusableIntent } from '../journal/unusable-intents';
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
   * files: as far as its record shows, or its tags, where the record is lost or unreadable; `kept` says what may be
   * left. Nothing else is collected. A network that lives with a process is left to that process, and namespaces with
   * running processes go when these end. The report is empty for a name unknown to the host and to the journal.
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
  const collection: Collection = { host, dryRun, removed: [], kept: [], gone: new Set() };
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
  const { host, dryRun, removed } = collection;
  await collectJournal(collection);
  const cookie = String(host.cookie);
  // Of an earlier boot nothing is left but the files, which a dry run does not remove.
  const intents = readIntents(cookie).filter(({ owner }) => !isOtherBoot(owner.bootId));
  const unusable = livingUnusable().filter((intent) => intent.host === cookie);
  const told = mentionedNames(cookie, intents);
  const going = collectRecords(collection, intents, unusable);
  for (const record of going) await collectAbandoned(collection, record, intents);
  const goneIds = new Set(going.map(({ layout }) => layout.id));
  const held = new Set(intents.filter((intent) => !isDead(intent)).map(networkIdOf));
  for (const intent of intents.filter(isDead)) {
    const id = networkIdOf(intent);
    if (goneIds.has(id)) continue;
    const isHeld = held.has(id) || unusable.some((one) => mayBeAbout(one, { id, name: intent.network }));
    await collectIntent(collection, intent, intents, isHeld);
  }
  await collectUnclaimed(collection, told);
  await collectLeases(collection);
  removed.push(...(await pruneRules(host, { leaving: collection.gone, dryRun })));
  if (!dryRun) removeDrafts();
}

/** The records of the networks that go. Reports those that would go if no living process had them. */
function collectRecords(
  { host, kept }: Collection,
  intents: readonly Intent[],
  unusable: readonly UnusableIntent[],
): NetworkRecord[] {
  return readRecords(String(host.cookie)).filter((record) => {
    const fate = fateOf(record, intents, unusable);
    if (typeof fate === 'object')
      kept.push(
        `network ${record.layout.name}: process ${String(fate.holder.owner.pid)} has the network open`,
      );
    return fate === 'goes';
  });
}

async function collectAbandoned(
  collection: Collection,
  record: NetworkRecord,
  intents: readonly Intent[],
): Promise<void> {
  const own = intents.filter((intent) => isAbout(intent, record.layout) && isDead(intent));
  const isDone = await collectNetwork(collection, record, own);
  if (isDone && !collection.dryRun) removeFromJournal(collection.host, record.layout);
}

// An unfinished change by a dead process, on a network that stays or is gone; `isHeld`: a living process has it.
async function collectIntent(
  collection: Collection,
  intent: Intent,
  intents: readonly Intent[],
  isHeld: boolean,
): Promise<void> {
  const { isWhole, condemns } = factsOf(intent);
  if (!isWhole) return collectChange(collection, intent, intents);
  // A creator's or deleter's intent stays until those who have the network open meanwhile are done.
  if (!collection.dryRun && !(condemns && isHeld)) clearIntent(intent);
}
