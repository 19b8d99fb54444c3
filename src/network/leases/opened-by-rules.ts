import type { Firewalled } from '../../firewall/choose';
import { IptablesRules } from '../../firewall/iptables/iptables-rules';
import { ignoringGone } from '../../errors/not-found';
import { FAMILIES, type Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { forwardingPath } from '../host/forwards';
import { leasesOf } from './forwarding';
import { forwardsAll, withoutForwarding, writeForwarding } from '../host/forwards';
import { readIndex } from '../host/links';
import { mayHaveRecords } from '../journal/records';

/**
 * Closes the devices that the iptables rules of a network name as forwarding for networks alone, and of which no lease tells: its file
 * was lost. Before the rules go, which keep strangers out. While the host may have other persistent networks, which may need them with
 * nobody who would open them again, they stay open. Under the lock. Returns a line for each, also with `dryRun`.
 */
export async function closeOpenedByRules(
  host: NetworkNamespace,
  { name, firewall = 'nftables' }: Firewalled,
  dryRun: boolean,
): Promise<string[]> {
  if (firewall === 'nftables' || mayHaveRecords(String(host.cookie), name)) return [];
  const rules = new IptablesRules(host, name, firewall);
  const closed: string[] = [];
  for (const family of FAMILIES) {
    const open = await stillOpen(host, family, await rules.opened(family));
    closed.push(...open.map((ifname) => `sysctl ${forwardingPath(ifname, family)}`));
    if (!dryRun) await writeForwarding(host, family, open, '0');
  }
  return closed;
}

// Where all devices are to forward, that is what others want.
async function stillOpen(
  host: NetworkNamespace,
  family: Family,
  named: readonly string[],
): Promise<string[]> {
  if (named.length === 0 || forwardsAll(host, family)) return [];
  const leased = new Set(leasesOf(host, family).map(({ ifname }) => ifname));
  const indexes = await Promise.all(named.map((ifname) => ignoringGone(readIndex(host, ifname))));
  const there = named.filter((ifname, index) => !leased.has(ifname) && indexes[index] !== undefined);
  const shut = new Set(withoutForwarding(host, there, family));
  return there.filter((ifname) => !shut.has(ifname));
}
