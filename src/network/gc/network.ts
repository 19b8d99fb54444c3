import { applyChange, isAddition } from '../model/changes';
import type { Member } from '../model/member';
import type { NetworkState } from '../model/network-state';
import { type Intent, isAbout, clearIntent } from '../journal/intents';
import { type NetworkRecord, writeRecord } from '../journal/records';
import { removeFromJournal } from '../journal/remove-from-journal';
import { pruneLeases } from '../leases/forwarding';
import { concerns, LOCKED, removalOf, RESOURCES, type Stage } from '../resources/list';
import { throwRefused } from '../resources/members/namespaces';
import type { Removal } from '../resources/definition/resource';
import type { Collection } from './collection';

/**
 * Reports the resources of a removal, and removes them unless this is a dry run. False if some are out of reach: then the
 * rest stays for the next time, except in a forced removal. Call it under the lock.
 */
export async function collectAll(
  { dryRun, removed, kept }: Collection,
  given: Parameters<typeof removalOf>[0],
  stages: readonly Stage[] = RESOURCES,
): Promise<boolean> {
  const removal: Removal = removalOf({ ...given, ...LOCKED, kept });
  for (const resource of stages.flat()) {
    if (!concerns(removal, resource)) continue;
    try {
      removed.push(...(await resource.find(removal)));
      if (!dryRun) await resource.remove(removal);
    } catch (error) {
      const line = resource.outOfReach?.(removal, error);
      if (line === undefined) throw error;
      kept.push(line);
      if (!removal.isForced) return false;
    }
  }
  throwRefused(removal);
  return true;
}

/**
 * Removes a network with everything that was attached to it, or was about to be, by its record and these intents. While
 * its switch cannot be reached the network stays in the journal, except if forced.
 */
export async function collectNetwork(
  collection: Collection,
  record: NetworkRecord,
  intents: readonly Intent[],
  isForced = false,
): Promise<void> {
  const { host, dryRun } = collection;
  const { layout, ports } = record;
  const { name } = layout;
  const members = new Map<string, Member>();
  for (const member of intents.flatMap((intent) => intent.members ?? [])) members.set(member.port, member);
  // The record has more data of a member than the intent.
  for (const member of record.members) members.set(member.port, member);
  const state = {
    members: [...members.values()],
    ports,
    peers: [...(record.peers ?? []), ...intents.flatMap((intent) => intent.peers ?? [])],
    // A change under way has more data of a device than the record.
    adopted: [...intents.flatMap((intent) => intent.adopted ?? []), ...(record.adopted ?? [])],
  };
  const isDone = await collectAll(collection, {
    host,
    name,
    layout,
    state,
    intents,
    isForced,
    isWhole: true,
  });
  if (isDone && !dryRun) removeFromJournal(host, layout);
}

/** Completes or undoes one change of a network that otherwise stays. */
export async function collectChange(
  collection: Collection,
  intent: Intent,
  record: NetworkRecord | undefined,
): Promise<void> {
  const { host, dryRun } = collection;
  const state = unfinishedPart(intent, record);
  const part = { host, name: intent.network, layout: record?.layout, state, intents: [intent] };
  if (!(await collectAll(collection, part)) || dryRun) return;
  if (record) writeRecord({ ...record, ...without(record, state) });
  clearIntent(intent);
}

// For an addition, the part that is not in the network's record yet; for a removal, all of it, unless a later network
// has the name by now.
function unfinishedPart(intent: Intent, record: NetworkRecord | undefined): NetworkState {
  const { members = [], ports = [], peers = [], adopted = [] } = intent;
  const part = { members, ports, peers, adopted };
  return record && (isAddition(intent) || !isAbout(intent, record.layout)) ? without(part, record) : part;
}

function without(
  state: NetworkState,
  { members, ports, peers = [], adopted = [] }: NetworkState,
): NetworkState {
  const rest = applyChange(applyChange(state, { action: 'detach', members, ports }), {
    action: 'unpeer',
    peers,
  });
  return applyChange(rest, { action: 'release', adopted });
}

/** Leases of holders that are gone, and of a network that is being removed. */
export async function collectLeases({ host, dryRun, removed }: Collection, network?: string): Promise<void> {
  removed.push(...(await pruneLeases(host, network, dryRun)));
}
