import fs from 'node:fs';
import { NetlinkError } from '../../errors/errors';
import { isUnsupported } from '../../firewall/nft/unsupported';
import { rulesOf } from '../../firewall/choose';
import type { FirewallTable } from '../../firewall/nft/ruleset';
import { deleteTable } from '../../firewall/network/create-table';
import { OWN_FAMILIES, tableName } from '../../firewall/network/network-table';
import type { NetworkNamespace } from '../../netns/namespace';
import { isAddition } from '../model/changes';
import type { Ending } from '../lifecycle/delete';
import type { Collection } from '../lifecycle/collection';
import { collectLeases, collectNetwork, guestLine } from './network';
import { declare, type Intent, isDead, livingHolder, locked, readIntents, settle } from '../journal/intents';
import { asideOf, hasRecord, readRecord, recordPath } from '../journal/records';
import { deleteAllIdle, openBehind } from '../lifecycle/leftover-names';
import { removeDevices } from '../host/remove-devices';
import { removeMarkedFiles } from '../dns/resolver-files';
import { readTagged } from '../host/tagged';
import { isLivingProcess, leftHolders } from '../leases/left-holders';
import { underWay, untilOver } from '../journal/under-way';
import { closeOpenedByRules } from '../leases/opened-by-rules';

const TABLE = tableName('');

/**
 * Removes a network of that name, whatever is left of it and whatever the journal says. Waits some time for changes by
 * others to end.
 */
export async function forceOut(collection: Collection, name: string): Promise<void> {
  const ending = collection.dryRun
    ? undefined
    : await locked(() => Promise.resolve(beginEnd(collection, name)));
  try {
    await untilOver(ending?.earlier ?? []);
    await locked(() => collectForced(collection, name));
  } finally {
    if (ending) settle(ending.intent);
  }
}

function beginEnd({ host }: Collection, name: string): Ending | undefined {
  const cookie = String(host.cookie);
  const id = readable(cookie, name)?.layout.id ?? toldId(intentsAbout(cookie, name));
  if (id === undefined) return undefined;
  const earlier = underWay(cookie, id);
  // Whoever has it open lets go of its namespaces, and restores no rules.
  return { intent: declare({ host: cookie, network: name, action: 'delete', of: id }), earlier };
}

// Call it under the lock.
async function collectForced(collection: Collection, name: string): Promise<void> {
  const { host, dryRun } = collection;
  const cookie = String(host.cookie);
  const intents = intentsAbout(cookie, name);
  const files = filesAbout(cookie, name);
  const record = readable(cookie, name);
  if (record) await collectNetwork(collection, record, intents, true);
  await collectTagged(collection, name);
  await collectIptables(collection, name);
  collection.removed.push(...files.map((file) => `file ${file}`));
  if (!dryRun) {
    // A living process that is still adding something undoes it, or leaves it to gc().
    intents.filter((intent) => isDead(intent) || !isAddition(intent)).forEach(settle);
    for (const file of files) fs.rmSync(file, { recursive: true, force: true });
  }
  await collectLeases(collection, name);
}

/**
 * Removes everything with the tag of a network without a record, if other files of this journal show that the network
 * was one of this journal's, and if no living process has it. If no file mentions the network, its existence is only
 * reported: it may belong to another journal. Call it under the lock.
 */
export async function collectUnclaimed(collection: Collection, told: ReadonlySet<string>): Promise<void> {
  const { host, kept } = collection;
  const cookie = String(host.cookie);
  for (const name of await taggedNames(collection)) {
    if (hasRecord(cookie, name)) continue;
    const holder = livingHolder(cookie, name);
    const isLeft = told.has(name) && holder === undefined && asideOf(cookie, name).length === 0;
    if (isLeft) await collectTagged(collection, name);
    else kept.push(`network ${name}: ${whyUnclaimed(holder)}; gc({ force: '${name}' }) removes it`);
  }
}

function whyUnclaimed(holder: Intent | undefined): string {
  const why = 'has no record in this journal';
  return holder ? `${why}, and process ${String(holder.owner.pid)} has it open` : why;
}

/** The networks without a record that other files of this journal mention. */
export function toldNames(cookie: string): ReadonlySet<string> {
  const dead = readIntents(cookie).filter(isDead);
  const names = dead.filter(({ action }) => action === 'create' || action === 'delete');
  return new Set([...leftHolders(cookie), ...names.map(({ network }) => network)]);
}

function intentsAbout(cookie: string, name: string): Intent[] {
  return readIntents(cookie).filter(({ network }) => network === name);
}

/** The id of a network by its creator's or opener's intent, for a network without a record. */
function toldId(intents: readonly Intent[]): string | undefined {
  const found = intents.find(({ action }) => action === 'create' || action === 'hold');
  return found && (found.of ?? found.id);
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

// None where the kernel has no nf_tables.
async function tablesOf(host: NetworkNamespace): Promise<FirewallTable[]> {
  try {
    return await host.firewall.tables();
  } catch (error) {
    if (isUnsupported(error)) return [];
    throw error;
  }
}

// The bridge, the ports with the namespaces behind them, and the tables of a network, by their tags. The kernel keeps
// the table of a network that lives with a process for its owner.
async function collectTagged(collection: Collection, name: string): Promise<void> {
  const { host, dryRun, removed, kept } = collection;
  const { ports, bridges, strangers } = await readTagged(host, name);
  kept.push(...strangers.map(({ ifname }) => guestLine(ifname, name)));
  const devices = [...ports, ...(strangers.length > 0 ? [] : bridges)].map(({ ifname }) => ({ ifname }));
  const namespaces = await openBehind(collection, name, ports);
  if (!dryRun && devices.length > 0) await removeDevices(host, devices);
  removed.push(...devices.map(({ ifname }) => `link ${ifname}`));
  removed.push(...removeMarkedFiles(host, name, dryRun).map((file) => `file ${file}`));
  removed.push(...namespaces.map((netns) => `netns ${netns.name ?? ''}`));
  if (dryRun) await Promise.all(namespaces.map((netns) => netns.close()));
  else await deleteAllIdle(namespaces);
  await collectTables(collection, name);
}

async function collectTables({ host, dryRun, removed, kept }: Collection, name: string): Promise<void> {
  const ours = (await tablesOf(host)).filter((table) => table.name === tableName(name));
  for (const family of OWN_FAMILIES) {
    const table = ours.find((one) => one.family === family);
    if (table === undefined) continue;
    if (table.flags?.includes('owner') === true) {
      kept.push(`table ${tableName(name)}: lives with the process that owns it`);
      continue;
    }
    if (!dryRun) await host.firewall.transaction(deleteTable(name, family));
    removed.push(`table ${tableName(name)}`);
  }
}

async function collectIptables(collection: Collection, name: string): Promise<void> {
  const { host, dryRun, removed, kept } = collection;
  for (const firewall of ['iptables-nft', 'iptables-legacy'] as const) {
    const rules = rulesOf(host, { name, firewall });
    // Where the tool is not installed, nobody can have used it.
    if (!(await rules.exist().catch(() => false))) continue;
    if (isLivingProcess(String(host.cookie), name)) {
      kept.push(`${firewall} rules of ${name}: live with their process`);
      continue;
    }
    removed.push(...(await closeOpenedByRules(host, { name, firewall }, dryRun)));
    if (!dryRun) await rules.remove();
    removed.push(`${firewall} rules of ${name}`);
  }
}
