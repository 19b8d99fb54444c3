import type { Family } from '../../base/ip';
import { ignoringGone } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import { forwardsSingly, readEgress, isForwarded } from '../host/egress';
import { writeForwarding } from '../host/forwards';
import { readIndex } from '../host/links';
import { movesOf } from '../host/moves';
import { currentOwner } from '../journal/owner';
import { followInterfaces, lease, forgo, leasesOf, holds, isVoid, type Lease } from '../leases/forwarding';
import type { Holder } from '../leases/lease-holder';
import { type Place, keeperOf } from './keeper';

/**
 * Opens what a network lacks, and `more` devices in any case. Rules come first that keep strangers from what forwards only
 * because of networks. Under the lock.
 */
export async function openWays(place: Place, family: Family, more: readonly string[] = []): Promise<void> {
  const { host, layout } = place;
  const { name, lifetime } = layout;
  await followInterfaces(host);
  const { all, closed, wanted } = await readLack(place, family, more);
  const holder: Holder = { network: name, ...(lifetime === 'process' && { owner: currentOwner() }) };
  const found = await Promise.all(
    wanted.map(async (ifname) => ({ ifname, index: await ignoringGone(readIndex(host, ifname)) })),
  );
  const interfaces = found.filter(({ index }) => index !== undefined);
  lease(host, holder, family, { interfaces, all });
  forgo(host, name, family, all);
  await keeperOf(layout).keep(place, family, all);
  if (family === 'ip' || forwardsSingly()) await writeForwarding(host, family, closed);
}

/** What a network lacks for one family of addresses. */
interface Lack {
  readonly all: boolean;
  /** Devices whose forwarding is to be switched on, its own among them. */
  readonly closed: readonly string[];
  /** Interfaces that are to forward, or do so for networks alone and without a lease of its own that holds. */
  readonly wanted: readonly string[];
  /** Whether it has leases that are void, or of interfaces that have another name by now or are gone. */
  readonly isStale: boolean;
}

async function readLack(
  { host, layout }: Place,
  family: Family,
  more: readonly string[] = [],
): Promise<Lack> {
  const { name, nat, interfaces, firewall } = layout;
  const leases = leasesOf(host, family);
  const held = leases.filter(holds(name));
  const own = held.map(({ ifname }) => ifname);
  const needed = [...own, ...more];
  const { all, closed, own: inner } = await readEgress(host, layout, family, needed);
  const valid = leases.filter((one) => !isVoid(all)(one)).map(({ ifname }) => ifname);
  const isWanted = (ifname: string): boolean =>
    more.includes(ifname) || (nat && (interfaces?.includes(ifname) ?? true));
  // Of a name that iptables would take for a prefix there is no rule that keeps strangers out.
  const found = closed.filter((ifname) => firewall === 'nftables' || !ifname.endsWith('+'));
  const isLeased = new Set(held.filter((one) => !isVoid(all)(one)).map(({ ifname }) => ifname));
  const unleased = valid.filter((ifname) => isWanted(ifname) && !isLeased.has(ifname));
  return {
    all,
    closed: isForwarded(layout) || needed.length > 0 ? [...inner, ...found] : found,
    // Under a name that has a lease there may be another device by now.
    wanted: [...new Set([...found, ...unleased])],
    isStale: own.some((ifname) => !isLeased.has(ifname)) || (await haveMoved(host, held)),
  };
}

async function haveMoved(host: NetworkNamespace, leases: readonly Lease[]): Promise<boolean> {
  const { renamed, gone } = await movesOf(host, leases);
  return renamed.size + gone.size > 0;
}

export async function isLacking(place: Place, family: Family): Promise<boolean> {
  const { closed, wanted, isStale } = await readLack(place, family);
  return closed.length > 0 || wanted.length > 0 || isStale;
}
