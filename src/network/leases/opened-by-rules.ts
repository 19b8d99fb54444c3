import type { Firewalled } from '../../firewall/choose';
import type { Flavour } from '../../firewall/iptables/flavour';
import { IptablesRules } from '../../firewall/iptables/iptables-rules';
import { ignoringNotFound } from '../../errors/not-found';
import { FAMILIES, type Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { forwardingPath, forwardsAll, withoutForwarding, writeForwarding } from '../host/forwarding-settings';
import { leasesOf } from './forwarding';
import { readIndex } from '../host/links';
import { mayHaveOthers } from './other-networks';

/**
 * Closes the devices that a network's iptables rules name as forwarding for networks alone, and that have no lease: its
 * file was lost. Runs before the rules are removed, which block transit traffic. While the host may have other
 * networks, the devices stay open: these may need them, and nobody would open them again. Call it under the lock.
 * Returns a line for each, also with `dryRun`. `leaving`: networks that go with it.
 */
export async function closeOpenedByRules(
  host: NetworkNamespace,
  { name, firewall = 'nftables' }: Firewalled,
  { leaving, dryRun }: { leaving: ReadonlySet<string>; dryRun: boolean },
): Promise<string[]> {
  if (firewall === 'nftables' || (await mayHaveOthers(host, new Set([...leaving, name])))) return [];
  const closed: string[] = [];
  for (const family of FAMILIES) {
    const open = await openedWithoutLease(host, { name, firewall }, family);
    closed.push(...open.map((ifname) => `sysctl ${forwardingPath(ifname, family)}`));
    if (!dryRun) await writeForwarding(host, family, open, '0');
  }
  return closed;
}

/**
 * The devices that forward, and that a network's iptables rules name as forwarding for networks alone, but without a
 * lease.
 */
export async function openedWithoutLease(
  host: NetworkNamespace,
  { name, firewall }: { readonly name: string; readonly firewall: Flavour },
  family: Family,
): Promise<string[]> {
  const named = await new IptablesRules(host, name, firewall).opened(family);
  // If all devices forward, others want that.
  if (named.length === 0 || forwardsAll(host, family)) return [];
  const leased = new Set(leasesOf(host, family).map(({ ifname }) => ifname));
  const indexes = await Promise.all(named.map((ifname) => ignoringNotFound(readIndex(host, ifname))));
  const there = named.filter((ifname, index) => !leased.has(ifname) && indexes[index] !== undefined);
  const shut = new Set(withoutForwarding(host, there, family));
  return there.filter((ifname) => !shut.has(ifname));
}
