import { randomInt } from 'node:crypto';
import { isNotFound, throwRefusal } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import type { LinkInfo } from '../../rtnl/types';
import type { Device } from '../model/devices';

/**
 * Removes devices in one request, together with those of a group of ours: one by one, each would cost the kernel's
 * grace periods of 15 to 30 ms. Missing devices are ignored, and so are foreign ones with another MAC address. Those
 * that were found go by their indexes: another device of the name may come meanwhile. `confirm` is asked after that, and
 * throws if the found ones are no longer ours to remove. Returns the names of the removed devices, without the group's.
 */
export async function removeDevices(
  netns: NetworkNamespace,
  devices: readonly Device[],
  {
    group,
    confirm,
  }: { readonly group?: number | undefined; readonly confirm?: (() => void) | undefined } = {},
): Promise<string[]> {
  const isSure = devices.every(({ mac }) => mac === undefined);
  const found = isSure ? [] : await find(netns, devices);
  const targets = isSure ? devices.map(({ ifname }) => ({ ifname })) : found.map(({ index }) => ({ index }));
  if (targets.length === 0 && group === undefined) return [];
  confirm?.();
  const together = group ?? unusedGroup();
  const results = await netns.rtnl.batch((batch) => {
    for (const target of targets) batch.link.set({ ...target, group: together });
    batch.link.delete({ group: together });
  });
  throwRefusal(results);
  return (isSure ? devices : found.map(({ device }) => device)).map(({ ifname }) => ifname);
}

/** A random group number, very likely unused. */
export function unusedGroup(): number {
  return randomInt(0x1000_0000, 0x7fff_ffff);
}

/** The existing devices that match their identification. */
export async function existing(netns: NetworkNamespace, devices: readonly Device[]): Promise<Device[]> {
  return (await find(netns, devices)).map(({ device }) => device);
}

async function find(
  netns: NetworkNamespace,
  devices: readonly Device[],
): Promise<{ readonly device: Device; readonly index: number }[]> {
  const results = await netns.rtnl.batch((batch) => {
    for (const { ifname } of devices) batch.link.get({ ifname });
  });
  return devices.flatMap((device, position) => {
    const result = results[position];
    if (result && !result.ok && !isNotFound(result.error)) throw result.error;
    if (!result?.ok) return [];
    const link = result.reply as LinkInfo;
    return isDevice(device, link) ? [{ device, index: link.index }] : [];
  });
}

/** Whether the device of that name is the intended one. */
export function isDevice({ mac, tag }: Device, { address, ifalias }: Partial<LinkInfo>): boolean {
  return mac === undefined || address === mac || (tag !== undefined && ifalias === tag);
}
