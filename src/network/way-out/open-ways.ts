import type { Family } from '../../base/ip';
import { ignoringGone } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import { forwardsSingly, readEgress, isForwarded } from '../host/egress';
import { writeForwarding } from '../host/forwards';
import { readIndex } from '../host/links';
import { movesOf } from '../host/moves';
import { followInterfaces, lease, forgo, leasesOf, holds, isVoid, type Lease } from '../leases/forwarding';
import { holderOf } from '../leases/lease-holder';
import { type Place, keeperOf } from './keeper';

/**
 * Opens the devices that a network lacks, and `more` in any case. The rules that keep strangers from devices that
 * forward only because of networks come first. Call it under the lock.
 */
export async function openWays(place: Place, family: Family, more: readonly string[] = []): Promise<void> {
  const { host, layout } = place;
  const { name } = layout;
  await followInterfaces(host);
  const { all, closed, wanted } = await readLack(place, family, more);
  const found = await Promise.all(
    wanted.map(async (ifname) => ({ ifname, index: await ignoringGone(readIndex(host, ifname)) })),
  );
  const interfaces = found.filter(({ index }) => index !== undefined);
  lease(host, holderOf(layout), family, { interfaces, all });
  forgo(host, name, family, all);
  await keeperOf(layout).keep(place, family, all);
  if (family === 'ip' || forwardsSingly()) await writeForwarding(host, family, closed);
}

/** Missing forwarding of a network for one address family. */
interface Lack {
  readonly all: boolean;
  /** Devices whose forwarding is to be switched on, including its own. */
  readonly closed: readonly string[];
  /** Interfaces that are to forward, or that forward for networks alone without a valid lease of this network. */
  readonly wanted: readonly string[];
  /** Whether it has void leases, or leases of interfaces that were renamed or are gone. */
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
  // A name that iptables would take for a prefix cannot have a rule that keeps strangers out.
  const found = closed.filter((ifname) => firewall === 'nftables' || !ifname.endsWith('+'));
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
  const { renamed, gone } = await movesOf(host, leases);
  return renamed.size + gone.size > 0;
}

export async function isLacking(place: Place, family: Family): Promise<boolean> {
  const { closed, wanted, isStale } = await readLack(place, family);
  return closed.length > 0 || wanted.length > 0 || isStale;
}
