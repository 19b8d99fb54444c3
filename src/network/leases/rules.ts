import { hostId } from '../host/identity';
import path from 'node:path';
import { rulesOf } from '../../firewall/choose';
import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { NetworkNamespace } from '../../netns/namespace';
import { type LeaseHolder, holderExists } from './lease-holder';
import { removeFile } from '../journal/files/files';
import { locked } from '../journal/intents';
import { nameTaken } from '../model/name-taken';
import { closeOpenedByRules } from './opened-by-rules';
import { currentOwner } from '../journal/liveness';
import { readRecord } from '../journal/records';
import type { Leased } from '../journal/files/shapes';
import { placeOf } from '../journal/files/paths';
import { readLease, readLeasesOf, writeStored } from '../journal/files/stored';

/**
 * iptables rules have no owner whose end would remove them, unlike tables of nf_tables. For a network that lives with
 * its process they are on disk, so that {@link pruneRules} finds the rules of a killed process.
 */
interface Lease extends Leased {
  readonly firewall: FirewallKind;
  readonly holder: LeaseHolder;
}

/**
 * Records that this process is about to create rules for a network. The tool adds to existing rules: so the lease also
 * reserves the name, and of concurrent callers only one creates rules. Rejects with NetlinkError EEXIST for the others.
 */
export function leaseRules(host: NetworkNamespace, network: string, firewall: FirewallKind): Promise<void> {
  const cookie = String(host.cookie);
  return locked(() => {
    if (readRecord(cookie, network) ?? livingRules(cookie, network)) throw nameTaken(network);
    const holder = { network, owner: currentOwner() };
    const lease = { ...hostId(host), firewall, holder } satisfies Omit<Lease, 'boot'>;
    writeStored(leasePath(cookie, network), lease);
    return Promise.resolve();
  });
}

/** The lease on the rules of a network that lives with a living process, until that deletes the network. */
export function livingRules(host: string, network: string): Lease | undefined {
  const found = readLease('rules', leasePath(host, network)) as Lease | undefined;
  return found && holderExists(host)(found.holder) ? found : undefined;
}

/** The networks whose rules this and other processes have recorded here. */
export function leasedRules(host: string): { name: string; firewall: FirewallKind }[] {
  const leases = readLeasesOf('rules', host) as Lease[];
  return leases.map(({ holder, firewall }) => ({ name: holder.network, firewall }));
}

/** Forgets the removed rules of a network. */
export function releaseRules(host: NetworkNamespace, network: string): void {
  removeFile(leasePath(String(host.cookie), network));
}

/**
 * Removes the rules of networks whose process is gone. Call it under the lock. Returns a line for each action, also
 * with `dryRun`. `leaving`: networks that go as well.
 */
export async function pruneRules(
  host: NetworkNamespace,
  { leaving, dryRun }: { leaving: ReadonlySet<string>; dryRun: boolean },
): Promise<string[]> {
  const cookie = String(host.cookie);
  const left = (readLeasesOf('rules', cookie) as Lease[]).filter(
    ({ holder }) => !holderExists(cookie)(holder),
  );
  const done: string[] = [];
  for (const { firewall, holder } of left) {
    const network = { name: holder.network, firewall };
    done.push(
      ...(await closeOpenedByRules(host, network, { leaving, dryRun })),
      rulesLine(network.name, firewall),
    );
    if (dryRun) continue;
    await rulesOf(host, network).remove();
    releaseRules(host, network.name);
  }
  return done;
}

/** The report line for a network's iptables rules. */
export function rulesLine(network: string, firewall: FirewallKind): string {
  return `${firewall} rules of ${network}`;
}

function leasePath(host: string, network: string): string {
  return path.join(placeOf('rules'), `${host}.${network}.json`);
}
