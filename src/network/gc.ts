import { type Firewalled, rulesOf } from '../firewall/choose';
import { tableName } from '../firewall/network-table';
import { NetworkNamespace } from '../netns/namespace';
import { devicesOf, forget, openAttached } from './dismantle';
import { pruneLeases } from './forwarding';
import { collectSwitch, collectSwitchPorts } from './gc-switch';
import { removeInside } from './inside';
import { type Intent, journalExists, locked, readIntents, settle, sweepJournal } from './journal';
import { readRecord, writeRecord } from './records';
import { portKey, type PublishedPort } from '../firewall/published';
import { giveBack } from './give-back';
import { type Adopted, type Device, type Layout, type Member, type Peer, portsOf } from './layout';
import { after, isAddition, type NetworkState } from './changes';
import { collectNames } from './leftover-names';
import { removeNeighbours } from './neighbours';
import { isAlive } from './owner';
import { disconnect } from './peer';
import { pruneRoutes } from './peer-routes';
import { removeResolverFiles, resolverFiles } from './resolver-files';
import { existing, matchingPorts, removeDevices, removePorts } from './remove';
import { pruneRules } from './rules-lease';

/**
 * What {@link gc} did, one line for each object: 'link nl-web', 'netns red', 'sysctl net/…', 'file /etc/…', 'adoption eth0'.
 */
export interface GcReport {
  /** Removed; with `dryRun`, what would be. */
  readonly removed: readonly string[];
  /** Left alone: it has a name that a dead process had in mind, but is not what that process made. */
  readonly kept: readonly string[];
}

export interface GcOptions {
  /** The namespace that plays the host; default the caller's. */
  readonly host?: NetworkNamespace;
  /** Only report. */
  readonly dryRun?: boolean;
}

/** A collection under way, on one host. */
export interface Collection {
  readonly host: NetworkNamespace;
  readonly dryRun: boolean;
  readonly removed: string[];
  readonly kept: string[];
}

// Only persistent networks keep a journal of what they make.
const PERSISTENT = { lifetime: 'persistent' } as const;

/**
 * Removes what killed processes left on a host: networks that were not handed over, changes that were under way, and
 * settings that nobody needs any more. Everything is checked to be what the journal says before it is removed; what
 * lives, was handed over, or is someone else's stays.
 */
export async function gc(options: GcOptions = {}): Promise<GcReport> {
  const host = options.host ?? (await NetworkNamespace.current());
  const collection: Collection = { host, dryRun: options.dryRun ?? false, removed: [], kept: [] };
  try {
    if (journalExists()) await locked(() => collect(collection));
  } finally {
    if (options.host === undefined) await host.close();
  }
  // What is only previewed is met again: a lease with its network, and once more with its holder.
  return { removed: [...new Set(collection.removed)], kept: [...new Set(collection.kept)] };
}

async function collect(collection: Collection): Promise<void> {
  const { host, dryRun } = collection;
  const dead = readIntents(String(host.cookie)).filter(({ owner }) => !isAlive(owner));
  const abandoned = new Set(dead.filter(isAboutAll).map(({ network }) => network));
  for (const network of abandoned) {
    await collectNetwork(
      collection,
      network,
      dead.filter((intent) => intent.network === network),
    );
  }
  for (const intent of dead) {
    if (!abandoned.has(intent.network)) await collectChange(collection, intent);
  }
  await collectLeases(collection);
  collection.removed.push(...(await pruneRules(host, dryRun)));
  if (!dryRun) sweepJournal();
}

/** The network itself was being made or removed, or was never handed over. */
function isAboutAll({ action }: Intent): boolean {
  return action === 'create' || action === 'delete';
}

// A network with all that was attached to it, or was about to be.
async function collectNetwork(
  collection: Collection,
  network: string,
  dead: readonly Intent[],
): Promise<void> {
  const { host, dryRun } = collection;
  const record = readRecord(String(host.cookie), network);
  const members = new Map<string, Member>();
  for (const member of dead.flatMap((intent) => intent.members ?? [])) members.set(member.port, member);
  // What is recorded tells more of a member than what was announced.
  for (const member of record?.members ?? []) members.set(member.port, member);
  const all = [...members.values()];
  if (!(await collectSwitch(collection, record?.layout))) return;
  // What was under way tells more of a device than the record.
  const adopted = [...dead.flatMap((intent) => intent.adopted ?? []), ...(record?.adopted ?? [])];
  await collectAdopted(collection, network, record?.layout, adopted);
  await collectDevices(collection, record ? devicesOf(record.layout, all) : portsOf(PERSISTENT, all));
  await collectTable(collection, { ...record?.layout, name: network });
  collectFiles(collection, network, all);
  await collectInside(collection, all);
  await collectNames(collection, all, dead);
  await collectLeases(collection, network);
  if (!dryRun) await forget(host, network);
}

// One change of a network that otherwise stays.
async function collectChange(collection: Collection, intent: Intent): Promise<void> {
  const record = readRecord(intent.host, intent.network);
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

// Of an addition, what the network's record does not hold yet; of a removal, all of it.
function openPart(intent: Intent, record: NetworkState | undefined): NetworkState {
  const { members = [], ports = [], peers = [], adopted = [] } = intent;
  const part = { members, ports, peers, adopted };
  return record && isAddition(intent) ? without(part, record) : part;
}

function without(
  state: NetworkState,
  { members, ports, peers = [], adopted = [] }: NetworkState,
): NetworkState {
  const rest = after(after(state, { action: 'detach', members, ports }), { action: 'unpeer', peers });
  return after(rest, { action: 'release', adopted });
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

// Those that lead namespaces of members to the network's resolver.
function collectFiles(
  { host, dryRun, removed }: Collection,
  network: string,
  members: readonly Member[],
): void {
  const find = dryRun ? resolverFiles : removeResolverFiles;
  removed.push(...find(host, network, members).map((file) => `file ${file}`));
}

// Removed with the journal's entry, by `forget`.
async function collectTable({ host, removed }: Collection, network: Firewalled): Promise<void> {
  if (await rulesOf(host, network).exist()) removed.push(`table ${tableName(network.name)}`);
}

// Of holders that are gone, and of a network that is going.
async function collectLeases({ host, dryRun, removed }: Collection, network?: string): Promise<void> {
  const restored = await pruneLeases(host, network, dryRun);
  removed.push(...restored);
}

// In namespaces that members were given, as far as their names still lead there.
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
    removed.push(...(await pruneRoutes(host, network.name, { dryRun: true, subnet })));
    if (!dryRun) await disconnect(host, rulesOf(host, network), network.name, peer);
  }
}

// The host gets them back before the bridge goes that has their addresses.
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
