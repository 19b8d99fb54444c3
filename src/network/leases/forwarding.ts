import { forgetLeases } from './forget-leases';
import { hostId } from '../host/identity';
import fs from 'node:fs';
import path from 'node:path';
import { binding } from '../../executor/run-program';
import { FAMILIES, type Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { within } from '../../nsfs/within';
import { forwardingPath, forwardsAll, writeForwarding } from '../host/forwarding-settings';
import { type LeaseHolder, holderExists, isOneWithLifetime } from './lease-holder';
import { removeFile } from '../journal/files/files';
import { locked } from '../journal/intents';
import { deviceChanges } from '../host/device-changes';
import { mayHaveOthers } from './other-networks';
import { holdsRoutes, pruneRoutes } from './routes';
import type { Leased } from '../journal/files/shapes';
import { lockOf } from '../journal/files/lock';
import { placeOf, stateDirectory } from '../journal/files/paths';
import { readLease, readLeasesOf, writeStored } from '../journal/files/stored';
import { type LeasedDevices, unblockTransit } from './transit-table';
import { unblockTransitNow } from './transit-at-exit';

/**
 * A lease on the forwarding of one of the host's own interfaces, which was off before the first network needed it. This
 * is the one change to a host that no kernel undoes when a process dies, so it is on disk for both lifetimes. The last
 * network to go restores the old value.
 */
export interface Lease extends Leased {
  readonly ifname: string;
  /** The lease follows its device through renames. */
  readonly index?: number | undefined;
  readonly family: Family;
  readonly previous: string;
  /** Whether all interfaces of the host were set to forward while this one was not: then it is excluded on purpose. */
  readonly all: boolean;
  readonly holders: readonly LeaseHolder[];
}

/** Takes leases on interfaces. Call it under the lock, and before their forwarding is switched on. */
export function leaseForwarding(
  host: NetworkNamespace,
  holder: LeaseHolder,
  family: Family,
  wanted: { readonly interfaces: readonly Pick<Lease, 'ifname' | 'index'>[]; readonly all: boolean },
): void {
  const cookie = String(host.cookie);
  for (const { ifname, index } of wanted.interfaces) {
    const file = leasePath(cookie, ifname, family);
    const found = readLease('forwarding', file) as Lease | undefined;
    const others = found?.holders
      .filter(holderExists(cookie))
      .filter(({ network }) => network !== holder.network);
    const all = found && !isVoid(wanted.all)(found) ? found.all : wanted.all;
    const holders = [...(others ?? []), holder];
    const body = { ...hostId(host), ifname, index, family, previous: '0', all, holders };
    writeStored(file, body satisfies Omit<Lease, 'boot'>);
  }
  if (holder.owner && wanted.interfaces.length > 0) releaseAtExit(host, holder.network);
}

/**
 * Updates leases to the current names of their interfaces, and forgets those of interfaces that are gone: the setting
 * went with the interface. Call it under the lock.
 */
export async function followRenames(host: NetworkNamespace): Promise<void> {
  const leases = readLeases(String(host.cookie));
  const { renamed, gone } = await deviceChanges(host, leases);
  const moved = [...renamed].map(([from, ifname]): Lease => ({ ...from, ifname }));
  const kept = new Set(moved.map(fileOf));
  for (const one of moved) writeStored(fileOf(one), one);
  for (const from of [...renamed.keys(), ...gone]) if (!kept.has(fileOf(from))) removeFile(fileOf(from));
}

/** The leases on a host's interfaces, for one address family. */
export function leasesOf(host: NetworkNamespace, family: Family): Lease[] {
  return readLeases(String(host.cookie)).filter((found) => found.family === family);
}

/** Whether a network holds a lease. */
export function isHeldBy(network: string): (lease: Lease) => boolean {
  return ({ holders }) => holders.some((holder) => holder.network === network);
}

/**
 * Whether others now want all interfaces to forward, as Docker and libvirt do: the interface is theirs then. It stays
 * as it is, and lets transit traffic pass.
 */
export function isVoid(all: boolean): (lease: Pick<Lease, 'all'>) => boolean {
  return (found) => all && !found.all;
}

/** The interfaces that forward only because of this network, and perhaps of other networks. */
export function devicesOpenedFor(host: NetworkNamespace, network: string, family: Family): string[] {
  return leasesOf(host, family)
    .filter(isHeldBy(network))
    .map(({ ifname }) => ifname);
}

/** The leased devices, and those among them that forward for networks alone. */
export function leasedDevices(host: NetworkNamespace, family: Family, all: boolean): LeasedDevices {
  return devicesOf(leasesOf(host, family), all);
}

function devicesOf(leases: readonly Lease[], all: boolean): LeasedDevices {
  const indexes = (some: readonly Lease[]): number[] => some.flatMap(({ index }) => index ?? []);
  return { known: indexes(leases), held: indexes(leases.filter((one) => !isVoid(all)(one))) };
}

/** Forgets a network's void leases. Call it under the lock. */
export function dropVoidLeases(host: NetworkNamespace, network: string, family: Family, all: boolean): void {
  for (const found of leasesOf(host, family).filter(isHeldBy(network)).filter(isVoid(all)))
    drop(found, (holder) => holder.network !== network);
}

/** Gives back the leases of a network that lives with this process. On a deleted host they are forgotten. */
export async function releaseForwarding(host: NetworkNamespace, network: string): Promise<void> {
  const networks = needed.get(host);
  // Files that this process wrote may be lost.
  if (networks?.has(network) || readLeases(String(host.cookie)).length > 0 || holdsRoutes(host))
    await locked(async () => {
      if (host.fd < 0) forgetLeases(host, network, 'process');
      else await prune(host, { leaving: new Set([network]), lifetime: 'process' });
    });
  networks?.delete(network);
  if (networks?.size === 0) needed.delete(host);
}

/**
 * Drops the holders that are gone, and the persistent networks that leave; restores interfaces without holders, and
 * removes the routes. Call it under the lock. Returns a line for each thing that was restored or removed, or with
 * `dryRun` would be.
 */
export function pruneLeases(
  host: NetworkNamespace,
  leaving: ReadonlySet<string>,
  dryRun = false,
): Promise<string[]> {
  return prune(host, { leaving, lifetime: 'persistent', dryRun });
}

interface Pruning {
  readonly leaving: ReadonlySet<string>;
  readonly lifetime: 'process' | 'persistent';
  readonly dryRun?: boolean;
}

async function prune(
  host: NetworkNamespace,
  { leaving, lifetime, dryRun = false }: Pruning,
): Promise<string[]> {
  const leaves = isOneWithLifetime(leaving, lifetime);
  const cookie = String(host.cookie);
  const restored: string[] = [];
  const leases = readLeases(cookie);
  const staying: Lease[] = [];
  const { renamed, gone } = await deviceChanges(host, leases);
  for (const found of leases) {
    const stays = (holder: LeaseHolder): boolean => !leaves(holder) && holderExists(cookie)(holder);
    const left = found.holders.filter(stays);
    if (left.length > 0) staying.push(found);
    if (left.length === found.holders.length) continue;
    const { family, previous } = found;
    const ifname = renamed.get(found) ?? found.ifname;
    // A device of the same name may be another one by now.
    const isOurs = left.length === 0 && !gone.has(found) && !isVoid(forwardsAll(host, family))(found);
    if (isOurs) restored.push(`sysctl ${forwardingPath(ifname, family)}`);
    if (dryRun) continue;
    if (isOurs) await writeForwarding(host, family, [ifname], previous);
    drop(found, stays);
  }
  // After the closing, so that no transit traffic passes in between.
  if (leases.length === 0 || staying.length < leases.length)
    restored.push(...(await pruneTransitTable(host, leases, staying, { leaving, dryRun })));
  return [...restored, ...(await pruneRoutes(host, leaves, { dryRun }))];
}

function pruneTransitTable(
  host: NetworkNamespace,
  leases: readonly Lease[],
  staying: readonly Lease[],
  { leaving, dryRun }: { leaving: ReadonlySet<string>; dryRun: boolean },
): Promise<string[]> {
  const leased = FAMILIES.map((family) => {
    const [known = [], kept = []] = [leases, staying].map((some) =>
      some.filter((one) => one.family === family),
    );
    const all = kept.length > 0 && forwardsAll(host, family);
    return [family, { known: devicesOf(known, all).known, held: devicesOf(kept, all).held }] as const;
  });
  const mayStand = (): Promise<boolean> => mayHaveOthers(host, leaving);
  return unblockTransit(host, new Map(leased), { mayStand, dryRun });
}

// The needs of this process's networks on their hosts. Per environment: a worker thread has its own.
const needed = new Map<NetworkNamespace, Set<string>>();
let listening = false;

// Forwarding outlives the process. A process that exits normally closes it first; a killed one leaves it to gc().
function releaseAtExit(host: NetworkNamespace, network: string): void {
  if (!listening) process.once('exit', releaseAll);
  listening = true;
  needed.set(host, (needed.get(host) ?? new Set()).add(network));
}

// The exit does not wait. Where another process holds the lock, or a host cannot be entered, gc() does it later.
function releaseAll(): void {
  const lock = attempt(() => lockOf(stateDirectory()));
  if (lock === undefined) return;
  for (const [host, networks] of needed)
    attempt(() => {
      releaseNow(host, networks);
    });
  binding.close(lock);
}

// At exit nobody is left to report a failure to.
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function releaseNow(host: NetworkNamespace, networks: ReadonlySet<string>): void {
  const cookie = String(host.cookie);
  const closed: Lease[] = [];
  for (const found of readLeases(cookie)) {
    const stays = (holder: LeaseHolder): boolean =>
      !networks.has(holder.network) && holderExists(cookie)(holder);
    const left = found.holders.filter(stays);
    if (left.length === found.holders.length) continue;
    const { ifname, family, previous } = found;
    const isOurs = left.length === 0 && !isVoid(forwardsAll(host, family))(found);
    // A missing interface was renamed just now, or is gone: gc() can tell.
    const isClosed = isOurs && writeNow(host, forwardingPath(ifname, family), previous);
    if (isClosed) closed.push(found);
    if (!isOurs || isClosed) drop(found, stays);
  }
  for (const family of FAMILIES) {
    const its = closed.filter((one) => one.family === family);
    const isLast = leasesOf(host, family).length === 0;
    attempt(() => {
      unblockTransitNow(host, family, devicesOf(its, false).known, isLast);
    });
  }
}

function writeNow(host: NetworkNamespace, setting: string, value: string): boolean {
  return within(host, 'network.delete', () => {
    const file = `/proc/sys/${setting}`;
    if (!fs.existsSync(file)) return false;
    fs.writeFileSync(file, value);
    return true;
  });
}

function drop(found: Lease, stays: (holder: LeaseHolder) => boolean): void {
  const file = fileOf(found);
  const holders = found.holders.filter(stays);
  if (holders.length > 0) writeStored(file, { ...found, holders });
  else removeFile(file);
}

function readLeases(host: string): Lease[] {
  return readLeasesOf('forwarding', host) as Lease[];
}

function fileOf({ host, ifname, family }: Lease): string {
  return leasePath(host, ifname, family);
}

// No device's name contains a colon.
function leasePath(host: string, ifname: string, family: Family): string {
  return path.join(placeOf('forwarding'), `${host}.${family}:${ifname}.json`);
}
