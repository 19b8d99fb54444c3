import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {
  deleteOpened,
  type Opened,
  type OpenedTable,
  readOpened,
  renewOpened,
} from '../../firewall/network/table/opened-table';
import { ignoringNotFound } from '../../errors/not-found';
import { FAMILIES, type Family } from '../../base/ip';
import type { SocketHandle } from '../../native/handles';
import type { NetworkNamespace } from '../../netns/namespace';
import { lookAt } from '../journal/files/aside';
import { forwardingPath, forwardsAll, withoutForwarding, writeForwarding } from '../host/forwarding-settings';
import { linksOf } from '../host/egress';
import { stateDirectory } from '../journal/files/paths';

/** Devices by their index, of one address family. */
export interface LeasedDevices {
  /** All devices with leases. */
  readonly known: readonly number[];
  /** Those of them that forward for networks alone. */
  readonly held: readonly number[];
}

/** The table of this state directory: users of another directory have leases of their own, unknown to this one. */
export function openedTable(): OpenedTable {
  const directory = stateDirectory();
  const place = `${String(deviceOf(directory))}:${directory}`;
  const hash = createHash('sha256').update(place).digest('hex').slice(0, 12);
  return { name: `netloom_opened_${hash}`, comment: `netloom: ${directory}` };
}

// Containers that share the host's network may each have a directory of that path.
function deviceOf(directory: string): number {
  const found = lookAt(directory, fs.statSync);
  return found ? found.dev : deviceOf(path.dirname(directory));
}

/** Whether a host has the table. */
export async function hasTransitTable(host: NetworkNamespace): Promise<boolean> {
  return (await readOpened(host, openedTable())).size > 0;
}

/** Whether transit traffic is blocked on these devices. */
export async function isTransitBlocked(
  host: NetworkNamespace,
  family: Family,
  held: readonly number[],
  owner?: SocketHandle,
): Promise<boolean> {
  if (held.length === 0) return true;
  return blocks((await readOpened(host, openedTable(), { families: [family], owner })).get(family), held);
}

function blocks(found: Opened | undefined, held: readonly number[]): boolean {
  return found?.isWhole === true && held.every((device) => found.devices.includes(device));
}

/** Restores removed parts of the table: one request, one transaction. Call it under the lock. */
export async function restoreTransitTable(
  host: NetworkNamespace,
  leasedNow: (family: Family) => readonly number[],
  owner?: SocketHandle,
): Promise<void> {
  const table = openedTable();
  const opened = await readOpened(host, table, { owner });
  const requests = FAMILIES.flatMap((family) => {
    const [found, held] = [opened.get(family), leasedNow(family)];
    if (held.length === 0 || blocks(found, held)) return [];
    return renewOpened(table, family, [...new Set([...held, ...(found?.devices ?? [])])]);
  });
  if (requests.length > 0) await host.firewall.transaction(requests, owner ? { owner } : {});
}

/** Blocks transit traffic on devices that forward for networks alone, and only on these. Call it under the lock. */
export async function blockTransit(
  host: NetworkNamespace,
  family: Family,
  devices: LeasedDevices & { readonly all: boolean },
  owner?: SocketHandle,
): Promise<void> {
  const found = (await readOpened(host, openedTable(), { families: [family], owner })).get(family);
  const lost = devices.all ? [] : await lostOf(host, found, devices);
  const wanted = [...devices.held, ...lost.map(({ index }) => index)];
  await writeTable(host, family, found, wanted, owner);
}

/**
 * Removes devices whose leases have ended from the table. With the last lease, unless networks `mayStand`, the table is
 * removed, and devices that it still names, whose lease was lost, are closed. Call it under the lock. Returns a line
 * for each thing that was restored or removed, or with `dryRun` would be.
 */
export async function unblockTransit(
  host: NetworkNamespace,
  leased: ReadonlyMap<Family, LeasedDevices>,
  { mayStand, dryRun }: { mayStand: () => Promise<boolean>; dryRun: boolean },
): Promise<string[]> {
  const table = openedTable();
  const isUnheld = [...leased.values()].every(({ held }) => held.length === 0);
  const done: string[] = [];
  for (const [family, found] of await readOpened(host, table)) {
    const devices = leased.get(family) ?? { known: [], held: [] };
    const lost = forwardsAll(host, family) ? [] : await lostOf(host, found, devices);
    const isLast = isUnheld && lost.length > 0 && !(await mayStand());
    const names = lost.map(({ ifname }) => ifname);
    const closed = new Set(withoutForwarding(host, names, family));
    const closing = isLast ? names.filter((name) => !closed.has(name)) : [];
    const wanted = isLast ? [] : [...devices.held, ...lost.map(({ index }) => index)];
    done.push(...closing.map((name) => `sysctl ${forwardingPath(name, family)}`));
    if (wanted.length === 0) done.push(`table ${table.name}`);
    if (dryRun) continue;
    await writeForwarding(host, family, closing, '0');
    await writeTable(host, family, found, wanted);
  }
  return done;
}

/** Devices in the table without a lease: its file was lost. */
async function lostOf(host: NetworkNamespace, found: Opened | undefined, { known }: LeasedDevices) {
  const lost = found?.devices.filter((device) => !known.includes(device)) ?? [];
  return lost.length === 0 ? [] : linksOf(host, new Set(lost));
}

async function writeTable(
  host: NetworkNamespace,
  family: Family,
  found: Opened | undefined,
  wanted: readonly number[],
  owner?: SocketHandle,
): Promise<void> {
  const through = owner ? { owner } : {};
  const table = openedTable();
  if (wanted.length === 0) {
    if (found) await ignoringNotFound(host.firewall.transaction(deleteOpened(table, family), through));
    return;
  }
  const isSame =
    found?.devices.length === wanted.length && wanted.every((device) => found.devices.includes(device));
  if (isSame && found.isWhole) return;
  await host.firewall.transaction(renewOpened(table, family, wanted), through);
}
