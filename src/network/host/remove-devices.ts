import { randomInt } from 'node:crypto';
import { forgetUdp } from '../../firewall/network/forget-udp';
import type { NetworkRules } from '../../firewall/network/network-rules';
import { portTarget, type PublishedPort } from '../../firewall/network/published-port';
import { ignoringGone, isGone } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import type { LinkInfo } from '../../rtnl/types';
import type { Device } from '../model/devices';

/**
 * Removes devices in one go, with those of a group that is ours: one by one, each would cost the kernel's grace periods of
 * 15 to 30 ms. What is gone already, or has another MAC address and so is someone else's, is passed over. Returns the names
 * of those removed, but for the group's.
 */
export async function removeDevices(
  netns: NetworkNamespace,
  devices: readonly Device[],
  group?: number,
): Promise<string[]> {
  const ours = devices.every(({ mac }) => mac === undefined) ? devices : await existing(netns, devices);
  if (ours.length === 0 && group === undefined) return [];
  const together = group ?? unusedGroup();
  const results = await netns.rtnl.batch((batch) => {
    for (const { ifname } of ours) batch.link.set({ ifname, group: together });
    batch.link.delete({ group: together });
  });
  const refusal = results.find((result) => !result.ok && !isGone(result.error));
  if (refusal && !refusal.ok) throw refusal.error;
  return ours.map(({ ifname }) => ifname);
}

/** A group of devices that nobody uses, as far as chance is to be trusted. */
export function unusedGroup(): number {
  return randomInt(0x1000_0000, 0x7fff_ffff);
}

/** Those devices that exist and are the ones meant. */
export async function existing(netns: NetworkNamespace, devices: readonly Device[]): Promise<Device[]> {
  const found = await netns.rtnl.batch((batch) => {
    for (const { ifname } of devices) batch.link.get({ ifname });
  });
  return devices.filter((device, index) => {
    const result = found[index];
    if (result?.ok) return isDevice(device, result.reply as Partial<LinkInfo>);
    if (result && !isGone(result.error)) throw result.error;
    return false;
  });
}

/** Whether a device that has the name is the one meant. */
export function isDevice({ mac, tag }: Device, { address, ifalias }: Partial<LinkInfo>): boolean {
  return mac === undefined || address === mac || (tag !== undefined && ifalias === tag);
}

/** Those of the ports that are published as they say. */
export async function matchingPorts(
  rules: NetworkRules,
  ports: readonly PublishedPort[],
): Promise<PublishedPort[]> {
  if (ports.length === 0) return [];
  const wanted = new Set(ports.map(portTarget));
  return (await rules.published(ports)).filter((port) => wanted.has(portTarget(port)));
}

/** Withdraws those of the ports that are published as they say. Returns what was withdrawn. */
export async function removePorts(
  host: NetworkNamespace,
  rules: NetworkRules,
  ports: readonly PublishedPort[],
): Promise<PublishedPort[]> {
  let found: PublishedPort[];
  let done: true | undefined;
  // Refused if one of them went in the meantime: each time there are fewer.
  do {
    found = await matchingPorts(rules, ports);
    if (found.length === 0) return [];
    done = await ignoringGone(rules.withdraw(found).then(() => true));
  } while (done === undefined);
  await forgetUdp(host, found);
  return found;
}

/** Removes a network's rules, by which these ports were published. */
export async function removeRules(
  host: NetworkNamespace,
  rules: NetworkRules,
  ports: readonly PublishedPort[],
): Promise<void> {
  await rules.remove();
  await forgetUdp(host, ports);
}
