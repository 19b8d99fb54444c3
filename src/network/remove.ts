import { randomInt } from 'node:crypto';
import { NetlinkError } from '../errors';
import { type PublishedPort, portKey, publishedPortOf, withdrawPorts } from '../firewall/published';
import { deleteTable, tableName } from '../firewall/network-table';
import type { NetworkNamespace } from '../netns/namespace';
import type { SocketHandle } from '../native';
import type { Device } from './layout';

/**
 * Removes devices in one go: one by one, each would cost the kernel's grace periods of 15 to 30 ms. What is gone already,
 * or has another MAC address and so is someone else's, is passed over. Returns the names of those removed.
 */
export async function removeDevices(netns: NetworkNamespace, devices: readonly Device[]): Promise<string[]> {
  const ours = devices.every(({ mac }) => mac === undefined) ? devices : await existing(netns, devices);
  if (ours.length === 0) return [];
  // A group that nobody uses, for the time of two requests.
  const group = randomInt(0x1000_0000, 0x7fff_ffff);
  const moved = await netns.rtnl.batch((batch) => {
    for (const { ifname } of ours) batch.link.set({ ifname, group });
  });
  const refusal = moved.find((result) => !result.ok && !isGone(result.error));
  if (refusal && !refusal.ok) throw refusal.error;
  await ignoringGone(netns.rtnl.link.delete({ group }));
  return ours.map(({ ifname }) => ifname);
}

/** Those devices that exist and are the ones meant. */
export async function existing(netns: NetworkNamespace, devices: readonly Device[]): Promise<Device[]> {
  const found = await netns.rtnl.batch((batch) => {
    for (const { ifname } of devices) batch.link.get({ ifname });
  });
  return devices.filter(({ mac }, index) => {
    const result = found[index];
    if (result?.ok) return mac === undefined || (result.reply as { address?: string }).address === mac;
    if (result && !isGone(result.error)) throw result.error;
    return false;
  });
}

/** The ports that are published, as the kernel has them; none if the table is gone. */
export async function publishedPorts(host: NetworkNamespace, network: string): Promise<PublishedPort[]> {
  const set = { family: 'ip', table: tableName(network), set: 'published' };
  const elements = (await ignoringGone(host.firewall.elements(set))) ?? [];
  return elements.flatMap(({ key, data }) =>
    key?.value && data?.value ? [publishedPortOf(key.value, data.value)] : [],
  );
}

/** Those of the ports that are published as they say. */
export async function matchingPorts(
  host: NetworkNamespace,
  network: string,
  ports: readonly PublishedPort[],
): Promise<PublishedPort[]> {
  if (ports.length === 0) return [];
  const wanted = new Set(ports.map(wholeKey));
  return (await publishedPorts(host, network)).filter((port) => wanted.has(wholeKey(port)));
}

/** Withdraws those of the ports that are published as they say. Returns what was withdrawn. */
export async function removePorts(
  host: NetworkNamespace,
  network: string,
  ports: readonly PublishedPort[],
  owner?: SocketHandle,
): Promise<PublishedPort[]> {
  const found = await matchingPorts(host, network, ports);
  if (found.length === 0) return [];
  await host.firewall.transaction(withdrawPorts(network, found), owner && { owner });
  return found;
}

/** Whether the network's table is there, whoever owns it. */
export async function hasTable(host: NetworkNamespace, network: string): Promise<boolean> {
  const tables = await host.firewall.tables();
  return tables.some(({ family, name }) => family === 'ip' && name === tableName(network));
}

/** Removes a network's table; one that is gone already is well. */
export async function removeTable(
  host: NetworkNamespace,
  network: string,
  owner?: SocketHandle,
): Promise<void> {
  await ignoringGone(host.firewall.transaction(deleteTable(network), owner && { owner }));
}

function wholeKey(port: PublishedPort): string {
  return `${portKey(port)} ${port.address}:${String(port.port)}`;
}

async function ignoringGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether an error says that the object is not there. */
export function isGone(error: unknown): boolean {
  return error instanceof NetlinkError && ['ENODEV', 'ENOENT', 'ESRCH'].includes(error.code);
}
