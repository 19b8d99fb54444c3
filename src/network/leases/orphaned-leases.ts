import type { LeaseHolder } from './lease-holder';
import { isAlive } from '../journal/liveness';
import { hasRecord } from '../journal/records';
import type { Leased } from '../journal/files/shapes';
import { readLeasesOf } from '../journal/files/stored';

interface Lease extends Leased {
  readonly holder?: LeaseHolder;
  readonly holders?: readonly LeaseHolder[];
}

/** The persistent networks of a host that have leases but no record. */
export function orphanedNetworks(host: string): string[] {
  return holdersOf(host)
    .filter(({ network, owner }) => owner === undefined && !hasRecord(host, network))
    .map(({ network }) => network);
}

/** Whether a network of that name that lives with a living process has leases. */
export function hasLivingProcess(host: string, name: string): boolean {
  return holdersOf(host).some(({ network, owner }) => network === name && owner && isAlive(owner));
}

function holdersOf(host: string): LeaseHolder[] {
  return (['forwarding', 'routes', 'rules'] as const)
    .flatMap((place) => readLeasesOf(place, host) as Lease[])
    .flatMap(({ holder, holders = [] }) => [...holders, ...(holder ? [holder] : [])]);
}
