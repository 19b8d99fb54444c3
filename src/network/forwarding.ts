import path from 'node:path';
import { NetlinkError } from '../errors';
import type { Family } from '../ip';
import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import { forwardingPath } from './create-steps';
import { type Holder, isHolding } from './holder';
import type { HostInterface } from './host';
import { removeFile } from './files';
import { locked } from './journal';
import { currentOwner } from './owner';
import { holdsRoutes, pruneRoutes } from './peer-routes';
import type { Leased } from './shapes';
import { placeOf } from './state';
import { readLease, readLeasesOf, writeStored } from './stored';

/**
 * A lease on the forwarding of one of the host's own interfaces, which was off before the first network needed it. It is
 * the one change to a host that no kernel takes back when a process dies, hence it is on disk for both lifetimes. The
 * last network to go restores the old value.
 */
interface Lease extends Leased {
  readonly ifname: string;
  readonly family: Family;
  readonly previous: string;
  readonly holders: readonly Holder[];
}

/** What a new network has to do about the host's interfaces, for one family of addresses. */
export interface Forwarding {
  /** Interfaces that forward only because of networks of this library. */
  readonly opened: string[];
  /** Those whose forwarding the network has to switch on itself. */
  readonly enable: string[];
}

export type ForwardingOf = Readonly<Record<Family, Forwarding>>;

/** Takes leases for a network that lives with this process. `read` tells how the host's interfaces stand. */
export async function leaseForProcess(
  host: NetworkNamespace,
  network: string,
  read: () => Promise<readonly HostInterface[]>,
): Promise<ForwardingOf> {
  // Most hosts forward by themselves; then such a network touches no disk at all. Forwarding that another network had
  // switched on meanwhile would show in its lease, which is written first and removed last.
  if (!isLeased(host)) {
    const interfaces = await read();
    const isForwarding = interfaces.every(({ forwarding }) => forwarding);
    if (isForwarding && !isLeased(host)) return nothing();
  }
  return locked(async () => lease(host, { network, owner: currentOwner() }, await read()));
}

/** Takes leases on the interfaces that do not forward by themselves. To be called under the lock. */
export function lease(
  host: NetworkNamespace,
  holder: Holder,
  interfaces: readonly HostInterface[],
): ForwardingOf {
  const cookie = String(host.cookie);
  const result = nothing();
  for (const { ifname, family, forwarding } of interfaces) {
    const file = leasePath(cookie, ifname, family);
    const found = readLease('forwarding', file) as Lease | undefined;
    if (found === undefined && forwarding) continue;
    const holders = [...(found?.holders.filter(isHolding(cookie)) ?? []), holder];
    writeStored(file, { host: cookie, ifname, family, previous: '0', holders } satisfies Omit<Lease, 'boot'>);
    result[family].opened.push(ifname);
    if (!forwarding) result[family].enable.push(ifname);
  }
  return result;
}

/** What a network has to do whose traffic others forward. */
export function nothing(): ForwardingOf {
  return { ip: { opened: [], enable: [] }, ip6: { opened: [], enable: [] } };
}

/** Gives a network's leases back. */
export async function releaseForwarding(host: NetworkNamespace, network: string): Promise<void> {
  if (!isLeased(host) && !holdsRoutes(host)) return;
  await locked(() => pruneLeases(host, network));
}

/**
 * Drops the holders that are gone, and `network`; restores the interfaces that nobody holds any more, and removes the
 * routes. To be called under the lock. Returns a line for each thing that was restored or removed, or with `dryRun` would
 * be.
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
    if (holders.length === 0) restored.push(`sysctl ${forwardingPath(found.ifname, found.family)}`);
    if (dryRun) continue;
    const file = leasePath(cookie, found.ifname, found.family);
    if (holders.length > 0) {
      writeStored(file, { ...found, holders });
    } else {
      await restore(host, found);
      removeFile(file);
    }
  }
  return [...restored, ...(await pruneRoutes(host, network, { dryRun }))];
}

async function restore(host: NetworkNamespace, { ifname, family, previous }: Lease): Promise<void> {
  const setting = forwardingPath(ifname, family);
  const step = { op: 'sysctl', netns: 'host', path: setting, value: previous } as const;
  try {
    await new Plan({ namespaces: { host }, steps: [step] }).apply();
  } catch (error) {
    // The interface is gone, and its setting with it.
    if (!(error instanceof NetlinkError && error.code === 'ENOENT')) throw error;
  }
}

function isLeased(host: NetworkNamespace): boolean {
  return readLeases(String(host.cookie)).length > 0;
}

function readLeases(host: string): Lease[] {
  return readLeasesOf('forwarding', host) as Lease[];
}

// No device's name has a colon in it.
function leasePath(host: string, ifname: string, family: Family): string {
  return path.join(placeOf('forwarding'), `${host}.${family}:${ifname}.json`);
}
