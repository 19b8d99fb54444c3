import { tag } from '../model/tags';
import { readLink } from '../host/links';
import { type Firewalled, rulesOf } from '../../firewall/choose';
import { tableName } from '../../firewall/network/network-table';
import { portKey, type PublishedPort } from '../../firewall/network/published-port';
import { after, isAddition } from '../model/changes';
import { type NetworkState } from '../model/network-state';
import { forget } from '../lifecycle/delete';
import { openAttached } from '../members/open-attached';
import { devicesOf } from '../model/devices';
import { pruneLeases } from '../leases/forwarding';
import type { Collection } from '../lifecycle/collection';
import { collectSwitch, collectSwitchPorts } from './openvswitch';
import { giveBack } from '../lan/restore-device';
import { isNamed } from '../leases/lease-holder';
import { removeInside } from '../members/remove-inside';
import { type Intent, isAbout, settle } from '../journal/intents';
import { type Layout } from '../model/layout';
import { type Device, portsOf } from '../model/devices';
import { type Member } from '../model/member';
import { type Adopted, type Peer } from '../model/network-state';
import { collectNames } from '../lifecycle/leftover-names';
import { removeNeighbours } from '../drivers/parts/neighbours';
import { closeOpenedByRules } from '../leases/opened-by-rules';
import { disconnect } from '../peers/peer';
import { pruneRoutes, removeLostRoutes } from '../leases/routes';
import { type NetworkRecord, writeRecord } from '../journal/records';
import { existing, matchingPorts, removeDevices, removePorts } from '../host/remove-devices';
import { removeResolverFiles, resolverFiles } from '../dns/resolver-files';

// Only persistent networks keep a journal of their objects.
const PERSISTENT = { lifetime: 'persistent' } as const;

/**
 * Removes a network with everything that was attached to it, or was about to be, by its record and these intents. While
 * its switch cannot be reached the network stays in the journal, except with `insist`.
 */
export async function collectNetwork(
  collection: Collection,
  record: NetworkRecord,
  intents: readonly Intent[],
  insist = false,
): Promise<void> {
  const { host, dryRun } = collection;
  const { layout } = record;
  const members = new Map<string, Member>();
  for (const member of intents.flatMap((intent) => intent.members ?? [])) members.set(member.port, member);
  // The record has more data of a member than the announcement.
  for (const member of record.members) members.set(member.port, member);
  const all = [...members.values()];
  if (!(await collectSwitch(collection, layout)) && !insist) return;
  // A change under way has more data of a device than the record.
  const adopted = [...intents.flatMap((intent) => intent.adopted ?? []), ...(record.adopted ?? [])];
  await collectAdopted(collection, layout.name, layout, adopted);
  await collectDevices(
    collection,
    insist ? await withoutGuests(collection, layout, all, adopted) : devicesOf(layout, all),
  );
  await collectTable(collection, layout);
  collectFiles(collection, layout.name, all);
  await collectInside(collection, all);
  await collectNames(collection, all, intents);
  await collectLeases(collection, layout.name);
  const peers = [...(record.peers ?? []), ...intents.flatMap((intent) => intent.peers ?? [])];
  collection.removed.push(...(await removeLostRoutes(host, layout.name, peers, dryRun)));
  collection.removed.push(...(await closeOpenedByRules(host, layout, dryRun)));
  if (!dryRun) await forget(host, record);
}

/** Completes or undoes one change of a network that otherwise stays. */
export async function collectChange(
  collection: Collection,
  intent: Intent,
  record: NetworkRecord | undefined,
): Promise<void> {
  const { members, ports, peers = [], adopted = [] } = openPart(intent, record);
  if (!(await collectSwitchPorts(collection, record?.layout, members))) return;
  await collectAdopted(collection, intent.network, record?.layout, adopted);
  await collectPorts(collection, { ...record?.layout, name: intent.network }, ports);
  await collectDevices(collection, portsOf(PERSISTENT, members));
  collectFiles(collection, intent.network, members);
  await collectInside(collection, members);
  await collectNames(collection, members, [intent]);
  await collectPeers(collection, { ...record?.layout, name: intent.network }, peers);
  if (collection.dryRun) return;
  if (record) await removeNeighbours(collection.host, record.layout, members);
  if (record) writeRecord({ ...record, ...without(record, { members, ports, peers, adopted }) });
  settle(intent);
}

// For an addition, the part that is not in the network's record yet; for a removal, all of it, unless a later network
// has the name by now.
function openPart(intent: Intent, record: NetworkRecord | undefined): NetworkState {
  const { members = [], ports = [], peers = [], adopted = [] } = intent;
  const part = { members, ports, peers, adopted };
  return record && (isAddition(intent) || !isAbout(intent, record.layout)) ? without(part, record) : part;
}

function without(
  state: NetworkState,
  { members, ports, peers = [], adopted = [] }: NetworkState,
): NetworkState {
  const rest = after(after(state, { action: 'detach', members, ports }), { action: 'unpeer', peers });
  return after(rest, { action: 'release', adopted });
}

// The bridge stays as long as it has foreign ports.
async function withoutGuests(
  { host, kept }: Collection,
  layout: Layout,
  members: readonly Member[],
  adopted: readonly Adopted[],
): Promise<Device[]> {
  const devices = devicesOf(layout, members);
  const [bridge] = await existing(
    host,
    devices.filter(({ ifname }) => ifname === layout.device),
  );
  if (bridge === undefined) return devices;
  const { index } = await readLink(host, bridge.ifname);
  const own = new Set([...devices, ...adopted].map(({ ifname }) => ifname));
  const guests = (await host.rtnl.link.list({ master: index })).filter(
    ({ ifname, ifalias = '' }) => !own.has(ifname) && !ifalias.startsWith(`${tag(layout.name)}:`),
  );
  kept.push(...guests.map(({ ifname }) => guestLine(ifname, layout.name)));
  return guests.length === 0 ? devices : devices.filter((device) => device !== bridge);
}

/** The report line for a foreign port, because of which a bridge stays. */
export function guestLine(ifname: string, network: string): string {
  return `link ${ifname}: is a port of the bridge of network ${network}; take it out first`;
}

async function collectDevices(
  { host, dryRun, removed, kept }: Collection,
  devices: readonly Device[],
): Promise<void> {
  const ours = dryRun
    ? (await existing(host, devices)).map(({ ifname }) => ifname)
    : await removeDevices(host, devices);
  removed.push(...ours.map((ifname) => `link ${ifname}`));
  const others = await existing(
    host,
    devices.filter(({ ifname }) => !ours.includes(ifname)).map(({ ifname }) => ({ ifname })),
  );
  kept.push(...others.map(({ ifname }) => `link ${ifname}`));
}

/** The files that point members' namespaces to the network's resolver. */
export function collectFiles(
  { host: own, dryRun, removed }: Collection,
  network: string,
  members: readonly Member[],
  host: { readonly cookie: bigint } = own,
): void {
  const find = dryRun ? resolverFiles : removeResolverFiles;
  removed.push(...find(host, network, members).map((file) => `file ${file}`));
}

// Removed with the journal's entry, by `forget`.
async function collectTable({ host, removed }: Collection, network: Firewalled): Promise<void> {
  if (await rulesOf(host, network).exist()) removed.push(`table ${tableName(network.name)}`);
}

/** Leases of holders that are gone, and of a network that is being removed. */
export async function collectLeases({ host, dryRun, removed }: Collection, network?: string): Promise<void> {
  const restored = await pruneLeases(host, network, dryRun);
  removed.push(...restored);
}

// In members' namespaces that were passed in, if their names still refer to them.
async function collectInside({ dryRun, removed }: Collection, members: readonly Member[]): Promise<void> {
  const opened = await openAttached(
    members.filter(({ created, table, child }) => !created && (child ?? table !== undefined)),
  );
  try {
    removed.push(...(await removeInside(opened, dryRun)));
  } finally {
    await Promise.all(opened.map(({ netns }) => netns.close()));
  }
}

async function collectPeers(
  { host, dryRun, removed }: Collection,
  network: Firewalled,
  peers: readonly Peer[],
): Promise<void> {
  for (const peer of peers) {
    const { subnet } = peer;
    removed.push(...(await pruneRoutes(host, isNamed(network.name), { dryRun: true, subnet })));
    removed.push(...(await removeLostRoutes(host, network.name, [peer], true)));
    if (!dryRun) await disconnect(host, rulesOf(host, network), network.name, peer);
  }
}

// The host gets the devices back before the bridge with their addresses goes.
async function collectAdopted(
  { host, dryRun, removed }: Collection,
  network: string,
  layout: Layout | undefined,
  adopted: readonly Adopted[],
): Promise<void> {
  for (const one of adopted) {
    if (await giveBack(host, network, layout, one, dryRun)) removed.push(`adoption ${one.ifname}`);
  }
}

async function collectPorts(
  { host, dryRun, removed }: Collection,
  network: Firewalled,
  ports: readonly PublishedPort[],
): Promise<void> {
  const rules = rulesOf(host, network);
  const ours = dryRun ? await matchingPorts(rules, ports) : await removePorts(host, rules, ports);
  removed.push(...ours.map((port) => `port ${portKey(port)}`));
}
