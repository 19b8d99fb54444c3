import type { Peer } from '../model/network-state';
import { forgetLeases } from '../leases/forget-leases';
import { removeLostRoutes } from '../leases/routes';
import { binding } from '../../executor/run-program';
import { rulesOf } from '../../firewall/choose';
import type { NetworkNamespace } from '../../netns/namespace';
import { unclaim } from '../journal/claims';
import { UPLINK_PORT } from '../model/labels';
import type { Attached } from '../model/attached-member';
import { deleteAll, endConnections, type Held } from '../members/detach';
import { pruneLeases, releaseForwarding } from '../leases/forwarding';
import { giveBack } from '../lan/restore-device';
import { removeInside } from '../members/remove-inside';
import { abandon, declare, type Intent, isDead, locked, readIntents, settle } from '../journal/intents';
import { collectNames, removeEmptyNames } from './leftover-names';
import { findRecord, type NetworkRecord, removeRecord } from '../journal/records';
import { type Layout } from '../model/layout';
import { type Device, devicesOf } from '../model/devices';
import { type Member } from '../model/member';
import { removeSwitch } from '../drivers/parts/switch';
import { type Remains, remainsOf } from '../runtime/own-record';
import { unleadTables } from '../way-out/own-route';
import { existing, removeDevices, removeRules } from '../host/remove-devices';
import { removeResolverFiles } from '../dns/resolver-files';
import { releaseRules } from '../leases/rules';
import { flavourOf } from '../model/firewall';
import type { NetworkRuntime } from '../runtime/runtime';
import { underWay, untilOver } from '../journal/under-way';
import { vxlanDevice } from '../model/devices';
import { openAttached } from '../members/open-attached';

/**
 * Removes a network with everything that it created; already removed parts are ignored. Rejects if something was
 * refused, and may then be repeated. Resolves with the namespaces that were given up but still exist.
 */
export async function dismantle(runtime: NetworkRuntime, attached: readonly Attached[]): Promise<Held> {
  endConnections(attached);
  // The guard must not restore rules that are removed here.
  await runtime.guard?.stop();
  await runtime.wayOut?.stop();
  return runtime.layout.lifetime === 'process'
    ? dismantleOwn(runtime, attached)
    : dismantlePersistent(runtime, attached);
}

// Without the uplink nothing needs the firewall any more. Parts that an earlier attempt removed are ignored.
async function dismantleOwn(runtime: NetworkRuntime, attached: readonly Attached[]): Promise<Held> {
  const { layout, host, hub, segments, ledger, owner, rules } = runtime;
  const { ports, peers = [] } = await ledger.read();
  const tunnel = layout.vxlan ? [{ ifname: vxlanDevice(layout).ifname }] : [];
  if (!layout.macvlan && hub.fd >= 0) await removeDevices(hub, [{ ifname: UPLINK_PORT }, ...tunnel]);
  await releaseForwarding(host, layout.name);
  if (peers.length > 0 && !isHostGone(host)) await locked(() => removeLostRoutes(host, layout.name, peers));
  const held = await bothOf(
    isHostGone(host) ? undefined : removeRules(host, rules, ports),
    deleteNamespaces(attached, layout.macvlan ? [] : [hub, ...((await segments?.standing()) ?? [])]),
  );
  if (flavourOf(layout) !== undefined) releaseRules(host, layout.name);
  if (owner) binding.close(owner);
  return held;
}

async function dismantlePersistent(runtime: NetworkRuntime, attached: readonly Attached[]): Promise<Held> {
  const ending = await locked(() => beginEnd(runtime, attached));
  // Another process or gc() has deleted it.
  if (ending === undefined) {
    letGo(runtime);
    return deleteNamespaces(attached);
  }
  try {
    const { earlier } = ending;
    // The first process to delete the network waits until its namespaces are let go of.
    const isSecond = earlier.some((one) => one.action === 'delete' && !isDead(one));
    const ownHeld = isSecond ? await deleteNamespaces(attached) : new Map<NetworkNamespace, unknown>();
    await untilOver(earlier);
    const held = await removeRemains(runtime, isSecond ? [] : attached);
    letGo(runtime);
    return new Map([...ownHeld, ...held]);
  } catch (error) {
    leaveToOthers(ending.intent);
    throw error;
  }
}

/** The announced end of a network. */
export interface Ending {
  readonly intent: Intent;
  /** Changes that others began before, and end themselves. */
  readonly earlier: readonly Intent[];
}

/**
 * Announces the end of a network: from here on nothing is added, nobody restores the rules, and every process that has
 * it open lets go of its namespaces. Undefined if the network has ended already. Call it under the lock.
 */
async function beginEnd(runtime: NetworkRuntime, attached: readonly Attached[]): Promise<Ending | undefined> {
  const { host } = runtime;
  const found = await remainsOf(runtime, attached);
  if (found === undefined) return undefined;
  const { layout, adopted = [] } = found.record;
  if (!isHostGone(host)) for (const one of adopted) await giveBack(host, layout.name, layout, one);
  const cookie = String(host.cookie);
  const earlier = underWay(cookie, layout.id);
  const of = layout.id === undefined ? {} : { of: layout.id };
  return { intent: declare({ host: cookie, network: layout.name, ...of, action: 'delete' }), earlier };
}

// The next attempt does not wait for this one, and gc() removes the rest once nobody has the network open.
function leaveToOthers(intent: Intent): void {
  try {
    abandon(intent);
  } catch {
    // Then others see that this process has ended.
  }
}

/** Removes the rest once nothing is added to the network any more. The record goes last. */
async function removeRemains(runtime: NetworkRuntime, attached: readonly Attached[]): Promise<Held> {
  const { host, rules } = runtime;
  const remains = await locked(() => takeStock(runtime, attached));
  if (remains === undefined) return deleteNamespaces(attached);
  const { announced } = remains;
  const { layout, members, ports, peers = [] } = remains.record;
  const toldPeers = [...peers, ...announced.flatMap((one) => one.peers ?? [])];
  await removeSwitch(layout);
  await removeFromHost(host, remains, toldPeers);
  const held = new Set(attached.map(({ member }) => member.port));
  const others = await openAttached(members.filter((member) => !held.has(member.port)));
  const stillHeld = await bothOf(
    isHostGone(host) ? undefined : removeRules(host, rules, ports),
    deleteNamespaces([...attached, ...others]),
  );
  await locked(async () => {
    await collectNames(
      { host, dryRun: false, removed: [], kept: [] },
      announced.flatMap(membersOf),
      announced,
    );
    await removeEmptyNames(members);
    removeResolverFiles(host, layout.name, members);
    strike(host, layout);
  });
  return stillHeld;
}

/** Removes devices, routes and leases. A deleted host took all but the leases along. */
async function removeFromHost(
  host: NetworkNamespace,
  { record, more }: Remains,
  peers: readonly Peer[],
): Promise<void> {
  const { layout, members } = record;
  if (isHostGone(host)) {
    await locked(async () => {
      forgetLeases(host, layout.name, 'persistent');
      return Promise.resolve();
    });
    return;
  }
  // The ports of namespaces that were passed in may have another group by now; the others' ports go with their
  // namespaces in any case.
  const given = members.filter(({ created }) => !created);
  const named = layout.group === undefined ? members : given;
  await removeDevices(host, devicesOf(layout, named), layout.group);
  if (more.length > 0) await removeDevices(host, await existing(host, more.map(toDevice)));
  await unleadTables(host, layout);
  await locked(async () => {
    await pruneLeases(host, layout.name);
    await removeLostRoutes(host, layout.name, peers);
  });
}

/** Whether this process has deleted the namespace that played the host. */
function isHostGone({ fd }: NetworkNamespace): boolean {
  return fd < 0;
}

/** Includes the rest of changes that nobody finished: these are to be removed as well. Call it under the lock. */
async function takeStock(
  runtime: NetworkRuntime,
  attached: readonly Attached[],
): Promise<(Remains & { readonly announced: readonly Intent[] }) | undefined> {
  const { host } = runtime;
  const remains = await remainsOf(runtime, attached);
  if (remains === undefined) return undefined;
  const { record, more } = remains;
  const announced = underWay(String(host.cookie), record.layout.id);
  for (const one of announced.flatMap(({ adopted = [] }) => (isHostGone(host) ? [] : adopted)))
    await giveBack(host, record.layout.name, record.layout, one);
  const known = new Set(record.members.map(({ port }) => port));
  const members = announced.flatMap(membersOf).filter(({ port }) => !known.has(port));
  return { record: { ...record, members: [...record.members, ...members] }, more, announced };
}

function membersOf({ members = [] }: Intent): readonly Member[] {
  return members;
}

function toDevice(ifname: string): Device {
  return { ifname };
}

function letGo({ claim, hold }: NetworkRuntime): void {
  if (claim) unclaim(claim);
  if (hold) unclaim(hold);
}

/** Removes from the host what a failed creation left there. Nobody has had that network yet. */
export async function dismantleFailed(host: NetworkNamespace, layout: Layout): Promise<void> {
  await removeSwitch(layout);
  await removeDevices(host, devicesOf(layout, []), layout.group);
  await unleadTables(host, layout);
  await removeRules(host, rulesOf(host, layout), []);
}

/** Removes the rest of a persistent network whose devices are gone, and its journal. Call it under the lock. */
export async function forget(host: NetworkNamespace, { layout, ports }: NetworkRecord): Promise<void> {
  await unleadTables(host, layout);
  await removeRules(host, rulesOf(host, layout), ports);
  strike(host, layout);
  await pruneLeases(host, layout.name);
}

/**
 * Removes a network from the journal once nothing of it is left. Intents that living processes have not ended yet stay
 * there, for them or for gc(). Call it under the lock.
 */
function strike(host: NetworkNamespace, { name, id }: Layout): void {
  const cookie = String(host.cookie);
  // Another network may have the name by now, if others deleted this one at the same time.
  const found = findRecord(cookie, name);
  if (found === undefined || 'odd' in found || found.layout.id === id) removeRecord(cookie, name);
  const isOver = (intent: Intent): boolean =>
    ['create', 'make', 'hold', 'delete'].includes(intent.action) || isDead(intent);
  for (const intent of readIntents(cookie)) {
    if ((intent.of ?? intent.id) === id && isOver(intent)) settle(intent);
  }
}

/**
 * Deletes namespaces that the network created, removes its traces inside the others, and closes those that it opened.
 * Rejects if the kernel refused some of it, once all is done. Resolves with the namespaces that were given up but still
 * exist.
 */
async function deleteNamespaces(
  attached: readonly Attached[],
  more: readonly NetworkNamespace[] = [],
): Promise<Held> {
  await removeInside(attached);
  const created = attached.filter(({ member }) => member.created).map(({ netns }) => netns);
  const opened = attached.filter(({ member, ours }) => ours && !member.created);
  const [{ refused, failures, held }] = await Promise.all([
    deleteAll([...created, ...more]),
    ...opened.map(({ netns }) => netns.close()),
  ]);
  if (refused.size > 0) throw failures[0];
  return held;
}

/** The second result, once both have settled. Rejects with the first failure. */
async function bothOf<T>(first: Promise<unknown> | undefined, second: Promise<T>): Promise<T> {
  await Promise.allSettled([first, second]);
  await first;
  return second;
}
