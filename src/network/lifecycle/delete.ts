import { binding } from '../../executor/run-program';
import type { Held } from '../../netns/delete-all';
import { driverOf } from '../drivers';
import type { NetworkNamespace } from '../../netns/namespace';
import { releaseClaim } from '../journal/claims';
import { beginDeletion, type Ending, leaveToOthers } from '../journal/ending';
import { type Intent, isDead, locked, stateWith } from '../journal/intents';
import { removeFromJournal } from '../journal/remove-from-journal';
import { underWay, untilOver } from '../journal/under-way';
import { endConnections } from '../members/detach';
import type { AttachedMember } from '../model/attached-member';
import type { Layout } from '../model/layout';
import { lifetimeOf } from '../model/lifetime';
import {
  ADOPTED,
  LOCKED,
  NAMESPACES,
  removalFrom,
  removalOf,
  removeAll,
  type Stage,
} from '../resources/list';
import { throwRefused } from '../resources/members/namespaces';
import type { Removal } from '../resources/definition/resource';
import { remainsOf } from '../runtime/remains';
import type { NetworkRuntime } from '../runtime/runtime';

/**
 * Removes a network with everything that it created; already removed parts are ignored. Rejects if something was
 * refused, and may then be repeated. Resolves with the namespaces that were given up but still exist.
 */
export async function deleteNetwork(
  runtime: NetworkRuntime,
  attached: readonly AttachedMember[],
): Promise<Held> {
  endConnections(attached);
  // The guard must not restore rules that are removed here.
  await runtime.guard?.stop();
  await runtime.egress?.stop();
  return lifetimeOf(runtime.layout).hasRecord
    ? deletePersistent(runtime, attached)
    : deleteOwn(runtime, attached);
}

async function deleteOwn(runtime: NetworkRuntime, attached: readonly AttachedMember[]): Promise<Held> {
  const { layout, ledger, owner } = runtime;
  const own = await driverOf(layout).ownNamespaces(runtime);
  const state = { ...(await ledger.read()), members: attached.map(({ member }) => member) };
  const removal = removalFrom(runtime, { isWhole: true, state, attached, namespaces: own });
  const held = await finish(removal);
  if (owner) binding.close(owner);
  return held;
}

async function deletePersistent(runtime: NetworkRuntime, attached: readonly AttachedMember[]): Promise<Held> {
  const ending = await locked(() => beginEnd(runtime, attached));
  // Another process or gc() has deleted it.
  if (ending === undefined) {
    letGo(runtime);
    return deleteNamespaces(runtime, attached);
  }
  try {
    const { earlier } = ending;
    // The first process to delete the network waits until its namespaces are let go of.
    const isSecond = earlier.some((one) => one.action === 'delete' && !isDead(one));
    const ownHeld = isSecond
      ? await deleteNamespaces(runtime, attached)
      : new Map<NetworkNamespace, unknown>();
    await untilOver(earlier);
    const held = await removeRemains(runtime, isSecond ? [] : attached, earlier);
    letGo(runtime);
    return new Map([...ownHeld, ...held]);
  } catch (error) {
    leaveToOthers(ending);
    throw error;
  }
}

/**
 * Writes the intent to delete a network, unless it is gone. The host gets its devices back first: if that is refused, the
 * network stays as it is. Call it under the lock.
 */
async function beginEnd(
  runtime: NetworkRuntime,
  attached: readonly AttachedMember[],
): Promise<Ending | undefined> {
  const { host } = runtime;
  const found = await remainsOf(runtime, attached);
  if (found === undefined) return undefined;
  const { layout, adopted = [] } = found.record;
  await removeAll(removalFrom(runtime, { ...LOCKED, layout, isWhole: true, state: { adopted } }), ADOPTED);
  return beginDeletion(String(host.cookie), layout.name, layout.id);
}

/** Removes the rest once nothing is added to the network any more. The record goes last. */
async function removeRemains(
  runtime: NetworkRuntime,
  attached: readonly AttachedMember[],
  earlier: readonly Intent[],
): Promise<Held> {
  const removal = await locked(() => remainingParts(runtime, attached, earlier));
  if (removal === undefined) return deleteNamespaces(runtime, attached);
  const held = await finish(removal);
  await locked(() => {
    removeFromJournal(removal.host, removal.layout);
    return Promise.resolve();
  });
  return held;
}

/** Includes the rest of changes that nobody finished: these are to be removed as well. Call it under the lock. */
async function remainingParts(
  runtime: NetworkRuntime,
  attached: readonly AttachedMember[],
  earlier: readonly Intent[],
) {
  const remains = await remainsOf(runtime, attached);
  if (remains === undefined) return undefined;
  const { record, more } = remains;
  const { layout } = record;
  const intents = underWay(String(runtime.host.cookie), layout.id);
  // The adopted devices on record were returned before the deletion began. A release that was under way then, and was
  // undone meanwhile, has made its devices ports again.
  const moved = new Set(earlier.flatMap(({ adopted = [] }) => adopted.map(({ ifname }) => ifname)));
  const adopted = (record.adopted ?? []).filter(({ ifname }) => moved.has(ifname));
  const state = stateWith({ ...record, adopted }, intents);
  const tagged = more.map((ifname) => ({ ifname }));
  return { ...removalFrom(runtime, { isWhole: true, state, attached, tagged, intents }), layout };
}

function letGo({ claim, hold }: NetworkRuntime): void {
  if (claim) releaseClaim(claim);
  if (hold) releaseClaim(hold);
}

/** Removes from the host what a failed creation left there. Nobody has had that network yet. */
export async function deleteFailedNetwork(
  host: NetworkNamespace,
  layout: Layout,
  lock?: typeof LOCKED,
): Promise<void> {
  await removeAll(removalOf({ host, name: layout.name, layout, isWhole: true, ...lock }));
}

/** Deletes the namespaces of members, or removes the network's traces there. */
function deleteNamespaces(runtime: NetworkRuntime, attached: readonly AttachedMember[]): Promise<Held> {
  const members = attached.map(({ member }) => member);
  const removal = removalFrom(runtime, { state: { members }, attached });
  return finish(removal, NAMESPACES);
}

/** Runs a removal, and closes the namespaces that were opened for members and stay. Rejects for refused ones. */
async function finish(removal: Removal, stages?: readonly Stage[]): Promise<Held> {
  await removeAll(removal, stages);
  // Not earlier: a repeated removal needs them.
  const opened = removal.attached.filter(({ member, ours }) => ours && !member.created);
  await Promise.all(opened.map(({ netns }) => netns.close()));
  throwRefused(removal);
  return removal.held;
}
