import fs from 'node:fs';
import path from 'node:path';
import { NetlinkError } from '../errors';
import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import { forwardingPath } from './create-steps';
import type { HostInterface } from './host';
import { FORWARDING, locked, readAll, readJson, readRecord, writeJson } from './journal';
import { currentOwner, isAlive, type Owner } from './owner';

/**
 * A lease on the forwarding of one of the host's own interfaces, which was off before the first network needed it. It is
 * the one change to a host that no kernel takes back when a process dies, hence it is on disk for both lifetimes. The
 * last network to go restores the old value.
 */
interface Lease {
  readonly host: string;
  readonly ifname: string;
  readonly previous: string;
  readonly holders: readonly Holder[];
}

export interface Holder {
  readonly network: string;
  /** The process that the network lives with; absent for persistent ones, whose record counts. */
  readonly owner?: Owner;
}

/** What a new network has to do about the host's interfaces. */
export interface Forwarding {
  /** Interfaces that forward only because of networks of this library. */
  readonly opened: string[];
  /** Those whose forwarding the network has to switch on itself. */
  readonly enable: string[];
}

/** Takes leases for a network that lives with this process. `read` tells how the host's interfaces stand. */
export async function leaseForProcess(
  host: NetworkNamespace,
  network: string,
  read: () => Promise<readonly HostInterface[]>,
): Promise<Forwarding> {
  // Most hosts forward by themselves; then such a network touches no disk at all. Forwarding that another network had
  // switched on meanwhile would show in its lease, which is written first and removed last.
  if (!isLeased(host)) {
    const interfaces = await read();
    const isForwarding = interfaces.every(({ forwarding }) => forwarding);
    if (isForwarding && !isLeased(host)) return { opened: [], enable: [] };
  }
  return locked(async () => lease(host, { network, owner: currentOwner() }, await read()));
}

/** Takes leases on the interfaces that do not forward by themselves. To be called under the lock. */
export function lease(
  host: NetworkNamespace,
  holder: Holder,
  interfaces: readonly HostInterface[],
): Forwarding {
  const cookie = String(host.cookie);
  const result: Forwarding = { opened: [], enable: [] };
  for (const { ifname, forwarding } of interfaces) {
    const found = readJson(leasePath(cookie, ifname)) as Lease | undefined;
    if (found === undefined && forwarding) continue;
    const holders = [...(found?.holders.filter(isHolding(cookie)) ?? []), holder];
    writeJson(leasePath(cookie, ifname), { host: cookie, ifname, previous: '0', holders } satisfies Lease);
    result.opened.push(ifname);
    if (!forwarding) result.enable.push(ifname);
  }
  return result;
}

/** Gives a network's leases back. */
export async function releaseForwarding(host: NetworkNamespace, network: string): Promise<void> {
  if (!isLeased(host)) return;
  await locked(() => pruneLeases(host, network));
}

/**
 * Drops the holders that are gone, and `network`; restores the interfaces that nobody holds any more. To be called under
 * the lock. Returns the paths of the settings that were restored, or with `dryRun` would be.
 */
export async function pruneLeases(
  host: NetworkNamespace,
  network?: string,
  dryRun = false,
): Promise<string[]> {
  const cookie = String(host.cookie);
  const restored: string[] = [];
  for (const found of readLeases(cookie)) {
    const holders = found.holders.filter((holder) => holder.network !== network && isHolding(cookie)(holder));
    if (holders.length === found.holders.length) continue;
    if (holders.length === 0) restored.push(forwardingPath(found.ifname));
    if (dryRun) continue;
    if (holders.length > 0) {
      writeJson(leasePath(cookie, found.ifname), { ...found, holders });
    } else {
      await restore(host, found);
      fs.rmSync(leasePath(cookie, found.ifname), { force: true });
    }
  }
  return restored;
}

async function restore(host: NetworkNamespace, { ifname, previous }: Lease): Promise<void> {
  const step = { op: 'sysctl', netns: 'host', path: forwardingPath(ifname), value: previous } as const;
  try {
    await new Plan({ namespaces: { host }, steps: [step] }).apply();
  } catch (error) {
    // The interface is gone, and its setting with it.
    if (!(error instanceof NetlinkError && error.code === 'ENOENT')) throw error;
  }
}

function isHolding(host: string): (holder: Holder) => boolean {
  return ({ network, owner }) => (owner ? isAlive(owner) : readRecord(host, network) !== undefined);
}

function isLeased(host: NetworkNamespace): boolean {
  return readLeases(String(host.cookie)).length > 0;
}

function readLeases(host: string): Lease[] {
  return (readAll(FORWARDING) as Lease[]).filter((found) => found.host === host);
}

function leasePath(host: string, ifname: string): string {
  return path.join(FORWARDING, `${host}.${ifname}.json`);
}
