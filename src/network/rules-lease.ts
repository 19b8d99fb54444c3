import fs from 'node:fs';
import path from 'node:path';
import { rulesOf } from '../firewall/choose';
import type { FirewallKind } from '../firewall/iptables/flavour';
import type { NetworkNamespace } from '../netns/namespace';
import { type Holder, isHolding } from './holder';
import { locked, readAll, RULES, writeJson } from './journal';
import { currentOwner } from './owner';

/**
 * Rules of iptables have no owner whose end would remove them, as tables of nf_tables have. Of a network that lives with
 * its process they are on disk, so that {@link pruneRules} finds what a killed one left.
 */
interface Lease {
  readonly host: string;
  readonly firewall: FirewallKind;
  readonly holder: Holder;
}

/** Notes that this process is about to make rules for a network. */
export function leaseRules(host: NetworkNamespace, network: string, firewall: FirewallKind): Promise<void> {
  const cookie = String(host.cookie);
  const holder = { network, owner: currentOwner() };
  return locked(() => {
    writeJson(leasePath(cookie, network), { host: cookie, firewall, holder } satisfies Lease);
    return Promise.resolve();
  });
}

/** Forgets the rules of a network, which are gone. */
export function releaseRules(host: NetworkNamespace, network: string): void {
  fs.rmSync(leasePath(String(host.cookie), network), { force: true });
}

/** Removes the rules of networks whose process is gone. Under the lock. Returns their names, also with `dryRun`. */
export async function pruneRules(host: NetworkNamespace, dryRun: boolean): Promise<string[]> {
  const cookie = String(host.cookie);
  const left = (readAll(RULES) as Lease[]).filter(
    (lease) => lease.host === cookie && !isHolding(cookie)(lease.holder),
  );
  for (const { firewall, holder } of dryRun ? [] : left) {
    await rulesOf(host, { name: holder.network, firewall }).remove();
    releaseRules(host, holder.network);
  }
  return left.map(({ firewall, holder }) => `${firewall} rules of ${holder.network}`);
}

function leasePath(host: string, network: string): string {
  return path.join(RULES, `${host}.${network}.json`);
}
