import { randomInt } from 'node:crypto';
import { isNotFound, throwRefusal } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import type { LinkInfo } from '../../rtnl/types';
import type { Device } from '../model/devices';

/**
 * Removes devices in one request, together with those of a group of ours: one by one, each would cost the kernel's
 * grace periods of 15 to 30 ms. Missing devices are ignored, and so are foreign ones with another MAC address. Returns
 * the names of the removed devices, without the group's.
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
  throwRefusal(results);
  return ours.map(({ ifname }) => ifname);
}

/** A random group number, very likely unused. */
export function unusedGroup(): number {
  return randomInt(0x1000_0000, 0x7fff_ffff);
}

/** The existing devices that match their identification. */
export async function existing(netns: NetworkNamespace, devices: readonly Device[]): Promise<Device[]> {
  const found = await netns.rtnl.batch((batch) => {
    for (const { ifname } of devices) batch.link.get({ ifname });
  });
  return devices.filter((device, index) => {
    const result = found[index];
    if (result?.ok) return isDevice(device, result.reply as Partial<LinkInfo>);
    if (result && !isNotFound(result.error)) throw result.error;
    return false;
  });
}

/** Whether the device of that name is the intended one. */
export function isDevice({ mac, tag }: Device, { address, ifalias }: Partial<LinkInfo>): boolean {
  return mac === undefined || address === mac || (tag !== undefined && ifalias === tag);
}
