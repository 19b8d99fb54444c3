import { tableName } from '../firewall/network-table';
import { NetworkNamespace } from '../netns/namespace';
import { devicesOf, forget } from './dismantle';
import { pruneLeases } from './forwarding';
import {
  type Intent,
  journalExists,
  locked,
  readIntents,
  readRecord,
  settle,
  sweepJournal,
  writeRecord,
} from './journal';
import { portKey, type PublishedPort } from '../firewall/published';
import { type Device, type Member, portsOf } from './layout';
import { after, type NetworkState } from './ledger';
import { collectNames } from './leftover-names';
import { isAlive } from './owner';
import { existing, hasTable, matchingPorts, removeDevices, removePorts } from './remove';

/** What {@link gc} did, one line for each object: 'link nl-web', 'netns red', 'table netloom-web', 'sysctl net/…'. */
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
  const { removed, kept } = collection;
  return { removed, kept };
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
  await collectDevices(collection, record ? devicesOf(record.layout, all) : portsOf(PERSISTENT, all));
  await collectTable(collection, network);
  await collectNames(collection, all, dead);
  await collectLeases(collection, network);
  if (!dryRun) await forget(host, network);
}

// One change of a network that otherwise stays.
async function collectChange(collection: Collection, intent: Intent): Promise<void> {
  const record = readRecord(intent.host, intent.network);
  const { members, ports } = openPart(intent, record);
  await collectPorts(collection, intent.network, ports);
  await collectDevices(collection, portsOf(PERSISTENT, members));
  await collectNames(collection, members, [intent]);
  if (collection.dryRun) return;
  if (record) writeRecord({ ...record, ...after(record, { action: 'detach', members, ports }) });
  settle(intent);
}

// Of an addition, what the network's record does not hold yet; of a removal, all of it.
function openPart(
  { action, members = [], ports = [] }: Intent,
  record: NetworkState | undefined,
): NetworkState {
  if (!record || action === 'detach' || action === 'withdraw') return { members, ports };
  return after({ members, ports }, { action: 'detach', members: record.members, ports: record.ports });
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

// Removed with the journal's entry, by `forget`.
async function collectTable({ host, removed }: Collection, network: string): Promise<void> {
  if (await hasTable(host, network)) removed.push(`table ${tableName(network)}`);
}

// Of holders that are gone, and of a network that is going.
async function collectLeases({ host, dryRun, removed }: Collection, network?: string): Promise<void> {
  const restored = await pruneLeases(host, network, dryRun);
  removed.push(...restored.map((path) => `sysctl ${path}`));
}

async function collectPorts(
  { host, dryRun, removed }: Collection,
  network: string,
  ports: readonly PublishedPort[],
): Promise<void> {
  const find = dryRun ? matchingPorts : removePorts;
  const ours = await find(host, network, ports);
  removed.push(...ours.map((port) => `port ${portKey(port)}`));
}
