import os from 'node:os';
import { NetlinkError, ValidationError } from '../../errors/errors';
import { ignoringNotFound } from '../../errors/not-found';
import { chooseFirewall, rulesOf } from '../../firewall/choose';
import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { NetworkNamespace } from '../../netns/namespace';
import { overlaps } from '../addressing/subnet';
import { parseSubnet6, overlaps6 } from '../addressing/subnet6';
import { driverOf } from '../drivers';
import { readIndex } from '../host/links';
import { mayRead, stateDirectory } from '../journal/files/paths';
import { readRecord, readRecords } from '../journal/records';
import { livingRules } from '../leases/rules';
import type { Layout } from '../model/layout';
import { nameTaken } from '../model/name-taken';
import type { ResolvedSpec } from '../spec/resolved-spec';

/** Chooses the firewall back end of a new network, and checks that it has no rules of that name yet. */
export async function chooseFirewallFor(host: NetworkNamespace, spec: ResolvedSpec): Promise<FirewallKind> {
  const { name, firewall } = spec;
  // Both back ends are checked: a network of this name may use the other.
  const possible = await chooseFirewall(() => checkNameFree(host, name, 'nftables'));
  const chosen = firewall ?? possible;
  if (chosen !== 'nftables' || possible !== 'nftables')
    await checkNameFree(host, name, chosen, driverOf(spec).hasRules);
  return chosen;
}

// The kernel is asked first: it knows whether the caller has the privileges. For a table that a process owns it would
// later answer EPERM, which explains nothing. A journal that this user cannot read is ignored here; calls that need it
// report that.
async function checkNameFree(
  host: NetworkNamespace,
  name: string,
  firewall: FirewallKind,
  isNeeded = true,
): Promise<void> {
  const exist = rulesOf(host, { name, firewall }).exist();
  // A network without rules does not need the tool. Where it is not installed, nobody can have used it.
  const isThere = await (isNeeded ? exist : exist.catch(() => false));
  if (isThere || isInJournal(String(host.cookie), name)) throw nameTaken(name);
}

function isInJournal(cookie: string, name: string): boolean {
  if (!mayRead(stateDirectory())) return false;
  return (readRecord(cookie, name) ?? livingRules(cookie, name)) !== undefined;
}

// The kernel still carries out the messages behind a refused one: they would change a foreign device.
export async function checkDeviceFree(host: NetworkNamespace, spec: ResolvedSpec): Promise<void> {
  const { device, name } = spec;
  if (driverOf(spec).hostDevices(spec, []).length === 0) return;
  if ((await ignoringNotFound(readIndex(host, device))) === undefined) return;
  throw new NetlinkError({
    errno: os.constants.errno.EEXIST,
    operation: 'network.create',
    object: name,
    detail: `the host has a device ${device} already: choose another name by bridge, or remove that device (a network's by gc({ force }))`,
  });
}

// Other networks may be under creation, with nothing in the kernel yet.
export function checkRecordedSubnets(host: string, { subnet, spec6 }: ResolvedSpec): void {
  const subnet6 = spec6 && parseSubnet6(spec6.subnet);
  for (const { layout } of readRecords(host)) {
    const other6 = layout.inet6 && parseSubnet6(layout.inet6.subnet);
    if (overlaps(layout.subnet, subnet)) throw overlapping('subnet', subnet.text, layout.subnet.text, layout);
    if (subnet6 && other6 && overlaps6(other6, subnet6))
      throw overlapping('subnet6', subnet6.text, other6.text, layout);
  }
}

function overlapping(path: string, value: string, other: string, { name }: Layout): ValidationError {
  const problem = `overlaps ${other} of the network '${name}': choose another subnet`;
  return new ValidationError({ operation: 'network.create', path, value, problem });
}
