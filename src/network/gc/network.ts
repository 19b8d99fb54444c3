import { rulesOf } from '../../firewall/choose';
import { applyChange, isAddition } from '../model/changes';
import type { NetworkState } from '../model/network-state';
import { type Intent, isAbout, isDead, stateWith, clearIntent } from '../journal/intents';
import { findRecord, type NetworkRecord, writeRecord } from '../journal/records';
import { pruneLeases } from '../leases/forwarding';
import { concerns, LOCKED, removalOf, RESOURCES, type Stage } from '../resources/list';
import { throwRefused } from '../resources/members/namespaces';
import type { Removal } from '../resources/definition/resource';
import type { Collection } from './collection';
import { openCreated, withTagged } from './tagged';
import { createdName } from '../model/tags';

/**
 * Reports the resources of a removal, and removes them unless this is a dry run. False if some are out of reach: then the
 * rest stays for the next time, except in a forced removal. Call it under the lock.
 */
export async function collectAll(
  { dryRun, removed, kept, gone }: Collection,
  given: Parameters<typeof removalOf>[0],
  stages: readonly Stage[] = RESOURCES,
): Promise<boolean> {
  const removal: Removal = removalOf({
    ...given,
    ...LOCKED,
    leaving: new Set([...gone, given.name]),
    kept,
  });
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
  if (removal.isWhole) gone.add(given.name);
  return true;
}

/**
 * Removes a network with everything that was attached to it, or was about to be, by its record and these intents, and by
 * its tags. False while its switch cannot be reached, except if forced: then the network stays in the journal.
 */
export async function collectNetwork(
  collection: Collection,
  record: NetworkRecord,
  intents: readonly Intent[],
  isForced = false,
): Promise<boolean> {
  const { host } = collection;
  const { name } = record.layout;
  const state = stateWith(record, intents);
  const { layout, ports } = await withTagged(host, record.layout, state.members);
  const recorded = new Set(state.members.map(({ pinned }) => pinned));
  const unknown = ports.filter(({ ifalias = '' }) => !recorded.has(createdName(name, ifalias)));
  const namespaces = await openCreated(collection, name, unknown);
  try {
    const network = { host, name, layout, state, intents, tagged: ports, namespaces };
    return await collectAll(collection, { ...network, isForced, isWhole: true });
  } finally {
    await Promise.all(namespaces.map((netns) => netns.close()));
  }
}

/** Completes or undoes one change of a network that otherwise stays, or that is gone. */
export async function collectChange(
  collection: Collection,
  intent: Intent,
  intents: readonly Intent[],
): Promise<void> {
  const { host, dryRun } = collection;
  const networks = networksOf(intent, intents);
  const { record, later } = networks;
  const state = unfinishedPart(intent, networks);
  const part = { host, name: intent.network, layout: record?.layout, state, intents: [intent] };
  // The rules of a network go with it: what was published after that is among those of the later one.
  const rules = later && { rules: rulesOf(host, later.layout) };
  if (!(await collectAll(collection, { ...part, ...rules })) || dryRun) return;
  if (record && !isAddition(intent)) writeRecord({ ...record, ...without(record, state) });
  clearIntent(intent);
}

/** The network of an intent, and a later one that has its name, with what living processes are adding to it. */
interface Networks {
  readonly record?: NetworkRecord;
  readonly later?: NetworkRecord;
}

function networksOf(intent: Intent, intents: readonly Intent[]): Networks {
  const found = findRecord(intent.host, intent.network);
  if (found === undefined || 'invalid' in found) return {};
  if (isAbout(intent, found.layout)) return { record: found };
  const changes = intents.filter((one) => isAbout(one, found.layout) && !isDead(one));
  const ports = [...found.ports, ...changes.flatMap((one) => one.ports ?? [])];
  return { later: { ...found, ...stateWith(found, changes), ports } };
}

// For an addition, the part that is not in the network's record yet; for a removal, all of it. Never what a later
// network of the name has: devices and published ports of both may be named alike.
function unfinishedPart(intent: Intent, { record, later }: Networks): NetworkState {
  const { members = [], ports = [], peers = [], adopted = [] } = intent;
  const part: NetworkState = { members, ports, peers, adopted };
  const others = later ?? (isAddition(intent) ? record : undefined);
  return others ? without(part, others) : part;
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

/** Leases of holders that are gone, and of the networks that were removed. */
export async function collectLeases({ host, dryRun, removed, gone }: Collection): Promise<void> {
  removed.push(...(await pruneLeases(host, gone, dryRun)));
}
