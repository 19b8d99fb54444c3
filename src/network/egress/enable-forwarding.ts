import type { Family } from '../../base/ip';
import { ignoringNotFound } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import { hasForceForwarding } from '../host/egress';
import { writeForwarding } from '../host/forwarding-settings';
import { readIndex } from '../host/links';
import { deviceChanges } from '../host/device-changes';
import {
  followRenames,
  leaseForwarding,
  dropVoidLeases,
  leasesOf,
  isHeldBy,
  isVoid,
  type Lease,
} from '../leases/forwarding';
import { holderOf } from '../leases/lease-holder';
import { flavourOf } from '../model/firewall';
import { isForwarded, readNetworkEgress } from './network-egress';
import { type Place, transitFilterOf } from './transit-filter';

/**
 * Enables forwarding on the devices that a network lacks, and on `more` in any case. The rules that block transit traffic on devices
 * that forward only because of networks come first. Call it under the lock.
 */
export async function enableForwarding(
  place: Place,
  family: Family,
  more: readonly string[] = [],
): Promise<void> {
  const { host, layout } = place;
  const { name } = layout;
  const filter = transitFilterOf(layout);
  // Before renames are followed: until then the lease of a renamed device has the name that the rules have.
  const lost = await filter.withoutLease(place, family);
  await followRenames(host);
  const { all, closed, wanted } = await readMissing(place, family, more);
  const found = await Promise.all(
    [...new Set([...wanted, ...lost])].map(async (ifname) => ({
      ifname,
      index: await ignoringNotFound(readIndex(host, ifname)),
    })),
  );
  const interfaces = found.filter(({ index }) => index !== undefined);
  leaseForwarding(host, holderOf(layout), family, { interfaces, all });
  dropVoidLeases(host, name, family, all);
  await filter.block(place, family, all);
  if (family === 'ip' || hasForceForwarding()) await writeForwarding(host, family, closed);
}

/** Missing forwarding of a network for one address family. */
interface MissingForwarding {
  readonly all: boolean;
  /** Devices whose forwarding is to be switched on, including its own. */
  readonly closed: readonly string[];
  /** Interfaces that are to forward, or that forward for networks alone without a valid lease of this network. */
  readonly wanted: readonly string[];
  /** Whether it has void leases, or leases of interfaces that were renamed or are gone. */
  readonly isStale: boolean;
}

async function readMissing(
  place: Place,
  family: Family,
  more: readonly string[] = [],
): Promise<MissingForwarding> {
  const { host, layout } = place;
  const { name, nat, interfaces } = layout;
  const leases = leasesOf(host, family);
  const held = leases.filter(isHeldBy(name));
  const own = held.map(({ ifname }) => ifname);
  const needed = [...own, ...more];
  const { all, closed, own: inner } = await readNetworkEgress(place, family, needed);
  const valid = leases.filter((one) => !isVoid(all)(one)).map(({ ifname }) => ifname);
  const isWanted = (ifname: string): boolean =>
    more.includes(ifname) || (nat && (interfaces?.includes(ifname) ?? true));
  // A name that iptables would take for a prefix cannot have a rule that blocks transit traffic.
  const found = closed.filter((ifname) => flavourOf(layout) === undefined || !ifname.endsWith('+'));
  const isLeased = new Set(held.filter((one) => !isVoid(all)(one)).map(({ ifname }) => ifname));
  const unleased = valid.filter((ifname) => isWanted(ifname) && !isLeased.has(ifname));
  return {
    all,
    closed: isForwarded(layout) || needed.length > 0 ? [...inner, ...found] : found,
    // A leased name may be another device's by now.
    wanted: [...new Set([...found, ...unleased])],
    isStale: own.some((ifname) => !isLeased.has(ifname)) || (await haveMoved(host, held)),
  };
}

async function haveMoved(host: NetworkNamespace, leases: readonly Lease[]): Promise<boolean> {
  const { renamed, gone } = await deviceChanges(host, leases);
  return renamed.size + gone.size > 0;
}

export async function lacksForwarding(place: Place, family: Family): Promise<boolean> {
  const { closed, wanted, isStale } = await readMissing(place, family);
  return closed.length > 0 || wanted.length > 0 || isStale;
}
