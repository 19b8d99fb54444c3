import { readRecords } from '../journal/records';
import { hostId } from '../host/identity';
import os from 'node:os';
import path from 'node:path';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import type { RouteInfo } from '../../rtnl/types';
import { type LeaseHolder, holderExists, isOneOf } from './lease-holder';
import { removeFile } from '../journal/files/files';
import type { Peer } from '../model/network-state';
import { isNotFound } from '../../errors/not-found';
import { overlappingRoutes, ROUTE_PROTOCOL } from '../host/routes';
import type { Leased } from '../journal/files/shapes';
import { placeOf } from '../journal/files/paths';
import { readLease, readLeasesOf, writeStored } from '../journal/files/stored';

/**
 * A lease on a route of the host. No kernel removes the route when a process dies, so the lease is on disk for both
 * lifetimes. The last network to go removes the route.
 */
interface RouteLease extends Leased {
  readonly route: Pick<Peer, 'subnet' | 'via' | 'device'>;
  readonly holders: readonly LeaseHolder[];
}

/**
 * Takes a lease on the route to a peer. Call it under the lock. Returns whether the route is still to be added; a route
 * that the host had before is used and left alone. Rejects with NetlinkError EEXIST for a different route.
 */
export async function leaseRoute(host: NetworkNamespace, holder: LeaseHolder, peer: Peer): Promise<boolean> {
  const { subnet, via, device } = peer;
  const cookie = String(host.cookie);
  const existing = await findRoute(host, subnet);
  if (existing !== undefined && existing.via !== via) throw leadsElsewhere(subnet, existing.via);
  if (existing !== undefined && existing.protocol !== ROUTE_PROTOCOL) return false;
  const file = leasePath(cookie, subnet);
  const found = readLease('routes', file) as RouteLease | undefined;
  const holders = [...(found?.holders.filter(holderExists(cookie)) ?? []), holder];
  const route = { subnet, via, device };
  writeStored(file, { ...hostId(host), route, holders } satisfies Omit<RouteLease, 'boot'>);
  return existing === undefined;
}

/**
 * Drops the holders that are gone, and those that leave, for all subnets or for one; removes routes without holders.
 * Call it under the lock. Returns the routes that were removed, or with `dryRun` would be.
 */
export async function pruneRoutes(
  host: NetworkNamespace,
  leaves: (holder: LeaseHolder) => boolean,
  options: { dryRun?: boolean; subnet?: string } = {},
): Promise<string[]> {
  const cookie = String(host.cookie);
  const removed: string[] = [];
  // A lease may be lost.
  const recorded = recordedSubnets(cookie, leaves);
  for (const found of readRouteLeases(cookie)) {
    const { subnet, via } = found.route;
    const isMeant = (options.subnet ?? subnet) === subnet;
    const holders = found.holders.filter(
      (holder) => !(isMeant && leaves(holder)) && holderExists(cookie)(holder),
    );
    if (holders.length === found.holders.length) continue;
    const isToGo = holders.length === 0 && !recorded.has(subnet);
    if (isToGo) removed.push(`route ${subnet} via ${via}`);
    if (options.dryRun) continue;
    const file = leasePath(cookie, subnet);
    if (holders.length > 0) {
      writeStored(file, { ...found, holders });
    } else {
      if (isToGo) await removeRoute(host, found.route);
      removeFile(file);
    }
  }
  return removed;
}

/**
 * Removes the routes to a network's peers that have no lease any more, because its file was lost or set aside: the
 * network itself knows them. Routes that the lease or record of a network needs which is not leaving stay. Call it under
 * the lock, after the network's own leases were given back. Returns the routes that were removed, or with `dryRun` would be.
 */
export async function removeLostRoutes(
  host: NetworkNamespace,
  leaving: ReadonlySet<string>,
  peers: readonly Peer[],
  dryRun = false,
): Promise<string[]> {
  if (peers.length === 0) return [];
  const cookie = String(host.cookie);
  const leased = readRouteLeases(cookie).map(({ route }) => route.subnet);
  const needed = new Set([...leased, ...recordedSubnets(cookie, isOneOf(leaving))]);
  const removed: string[] = [];
  for (const peer of peers) {
    const { subnet, via } = peer;
    if (needed.has(subnet)) continue;
    const found = await findRoute(host, subnet);
    if (found?.via !== via || found.protocol !== ROUTE_PROTOCOL) continue;
    if (!dryRun) await removeRoute(host, peer);
    removed.push(`route ${subnet} via ${via}`);
  }
  return removed;
}

/** Whether any network of the host holds a route. */
export function holdsRoutes(host: NetworkNamespace): boolean {
  return readRouteLeases(String(host.cookie)).length > 0;
}

/** The subnets of peers in the records of a host's persistent networks, except those that leave. */
function recordedSubnets(host: string, leaves: (holder: LeaseHolder) => boolean): Set<string> {
  const staying = readRecords(host).filter(({ layout }) => !leaves({ network: layout.name }));
  return new Set(staying.flatMap(({ peers = [] }) => peers.map(({ subnet }) => subnet)));
}

async function findRoute(host: NetworkNamespace, subnet: string): Promise<RouteInfo | undefined> {
  const routes = await overlappingRoutes(host, subnet);
  return routes.find(({ to, table }) => to === subnet && table === 'main');
}

// By any device: it may have been renamed.
async function removeRoute(
  host: NetworkNamespace,
  { subnet: to, via }: Pick<Peer, 'subnet' | 'via'>,
): Promise<void> {
  try {
    await host.rtnl.route.delete({ to, via, protocol: ROUTE_PROTOCOL });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function leadsElsewhere(subnet: string, via: string | undefined): NetlinkError {
  const where = via === undefined ? 'without a gateway' : `via ${via}`;
  return new NetlinkError({
    errno: os.constants.errno.EEXIST,
    operation: 'network.peer',
    object: subnet,
    detail: `the host has a route to this subnet already, ${where}: remove that route, or use the same gateway`,
  });
}

function readRouteLeases(host: string): RouteLease[] {
  return readLeasesOf('routes', host) as RouteLease[];
}

function leasePath(host: string, subnet: string): string {
  return path.join(placeOf('routes'), `${host}.${subnet.replace('/', ':')}.json`);
}
