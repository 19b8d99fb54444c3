import fs from 'node:fs';
import { NetlinkError } from '../../errors/errors';
import { tableName } from '../../firewall/network/table/network-table';
import { readTagged, type Tagged, tablesOf } from '../host/tagged';
import { beginDeletion, type Ending, leaveToOthers } from '../journal/ending';
import {
  factsOf,
  type Intent,
  isDead,
  livingHolder,
  locked,
  networkIdOf,
  readIntents,
  clearIntent,
} from '../journal/intents';
import {
  asideOf,
  hasRecord,
  isAside,
  isReplaced,
  readRecord,
  recordPath,
  recordsAside,
} from '../journal/records';
import { untilOver } from '../journal/under-way';
import { orphanedNetworks } from '../leases/orphaned-leases';
import { isAddition } from '../model/changes';
import { foreignPortLine } from '../resources/host/devices';
import type { Collection } from './collection';
import { collectAll, collectLeases, collectNetwork } from './network';
import { openCreated } from './tagged';
import { unknownRest } from './unknown-members';

const TABLE = tableName('');

/**
 * Removes a network of that name, whatever is left of it and whatever the journal says. Waits some time for changes by
 * others to end. After a failure nobody uses the network any more, and a later gc() removes the rest.
 */
export async function forceRemove(collection: Collection, name: string): Promise<void> {
  const ending = collection.dryRun
    ? undefined
    : await locked(() => Promise.resolve(beginEnd(collection, name)));
  try {
    await untilOver(ending?.earlier ?? []);
    await locked(async () => {
      // Others deleted the network meanwhile, and one of them made it anew.
      if (ending && isReplaced(String(collection.host.cookie), { name, id: ending.intent.of }))
        clearIntent(ending.intent);
      else await collectForced(collection, name);
    });
  } catch (error) {
    if (ending) leaveToOthers(ending);
    throw error;
  }
}

function beginEnd({ host }: Collection, name: string): Ending | undefined {
  const cookie = String(host.cookie);
  const id = readable(cookie, name)?.layout.id ?? mentionedId(intentsAbout(cookie, name));
  // Whoever has it open lets go of its namespaces, and restores no rules.
  return id === undefined ? undefined : beginDeletion(cookie, name, id);
}

// Call it under the lock.
async function collectForced(collection: Collection, name: string): Promise<void> {
  const { host, dryRun, kept } = collection;
  const cookie = String(host.cookie);
  const intents = intentsAbout(cookie, name);
  const files = filesAbout(cookie, name);
  const record = readable(cookie, name);
  if (record) await collectNetwork(collection, record, intents, true);
  else {
    const tagged = await collectTagged(collection, name);
    if (files.length > 0) kept.push(...(await unknownRest(host, name, tagged)));
  }
  collection.removed.push(...files.map((file) => `file ${file}`));
  if (!dryRun) for (const file of files) fs.rmSync(file, { recursive: true, force: true });
  await collectLeases(collection);
  // Last, so that gc() finishes what failed. A living process that is still adding something undoes it, or leaves it to
  // gc().
  if (!dryRun) intents.filter((intent) => isDead(intent) || !isAddition(intent)).forEach(clearIntent);
}

/**
 * Removes everything with the tag of a network without a record, if other files of this journal show that the network
 * was one of this journal's, and if no living process has it. If no file mentions the network, its existence is only
 * reported: it may belong to another journal. Call it under the lock.
 */
export async function collectUnclaimed(collection: Collection, told: ReadonlySet<string>): Promise<void> {
  const { host, kept, gone } = collection;
  const cookie = String(host.cookie);
  for (const name of await taggedNames(collection)) {
    const isUnreadable = isAside(cookie, name) && recordsAside().length === 0;
    if (gone.has(name) || (hasRecord(cookie, name) && !isUnreadable)) continue;
    const holder = livingHolder(cookie, name);
    const isLeft = told.has(name) && holder === undefined && !isUnreadable;
    if (isLeft) await collectTagged(collection, name);
    else kept.push(`network ${name}: ${whyUnclaimed(holder)}; gc({ force: '${name}' }) removes it`);
  }
}

function whyUnclaimed(holder: ReturnType<typeof livingHolder>): string {
  const why = 'has no record in this journal';
  return holder ? `${why}, and process ${String(holder.owner.pid)} has the network open` : why;
}

/** The networks without a record that other files of this journal mention. */
export function mentionedNames(cookie: string, intents: readonly Intent[]): ReadonlySet<string> {
  const dead = intents.filter(isDead);
  const names = dead.filter((intent) => factsOf(intent).condemns);
  return new Set([...orphanedNetworks(cookie), ...names.map(({ network }) => network)]);
}

function intentsAbout(cookie: string, name: string): Intent[] {
  return readIntents(cookie).filter(({ network }) => network === name);
}

/** The id of a network by its creator's or opener's intent, for a network without a record. */
function mentionedId(intents: readonly Intent[]): string | undefined {
  const found = intents.find((intent) => factsOf(intent).isHold);
  return found && networkIdOf(found);
}

function readable(cookie: string, name: string): ReturnType<typeof readRecord> {
  try {
    return readRecord(cookie, name);
  } catch (error) {
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}

function filesAbout(cookie: string, name: string): string[] {
  const record = recordPath(cookie, name);
  return [...(isThere(record) ? [record] : []), ...asideOf(cookie, name)];
}

// Also true for a dangling link.
function isThere(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** The names of persistent networks whose bridges or tables are on the host. */
async function taggedNames({ host }: Collection): Promise<Set<string>> {
  const names = new Set<string>();
  for (const { ifalias = '', kind } of await host.rtnl.link.list()) {
    const [, name] = /^netloom:([^:]+)$/.exec(ifalias) ?? [];
    if (name !== undefined && kind === 'bridge') names.add(name);
  }
  for (const { name, flags = [] } of await tablesOf(host)) {
    if (name.startsWith(TABLE) && !flags.includes('owner')) names.add(name.slice(TABLE.length));
  }
  return names;
}

/**
 * Removes the network by its name, and by the tags of its bridge, its ports and the namespaces behind them. Resolves with
 * the devices that had these tags.
 */
async function collectTagged(collection: Collection, name: string): Promise<Tagged> {
  const { host, kept } = collection;
  const found = await readTagged(host, name);
  const { ports, bridges, untagged } = found;
  kept.push(...untagged.map(({ ifname }) => foreignPortLine(ifname, name)));
  const tagged = [...ports, ...(untagged.length > 0 ? [] : bridges)].map(({ ifname }) => ({ ifname }));
  const namespaces = await openCreated(collection, name, ports);
  try {
    await collectAll(collection, { host, name, tagged, namespaces, isWhole: true });
  } finally {
    await Promise.all(namespaces.map((netns) => netns.close()));
  }
  return found;
}
