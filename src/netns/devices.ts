import os from 'node:os';
import { ClosedError, NetlinkError } from '../errors/errors';
import type { Inet6 } from '../rtnl/types';
import { describe } from '../nsfs/handle';
import type { NetworkNamespace } from './namespace';

/** How a device is taken into a namespace. */
export interface TakeOptions {
  /** The namespace that it is in. Default: the caller's. To be kept open, for the way back. */
  readonly from?: NetworkNamespace;
  /** Its name inside; default: the same. */
  readonly as?: string;
}

/** A device that is away from home. */
interface Taken {
  /** Its index inside, which outlives a change of its name. */
  readonly index: number;
  readonly home: NetworkNamespace;
  /** `home` was opened for the device alone. */
  readonly ownsHome: boolean;
  readonly ifname: string;
  readonly wasUp: boolean;
  /** How it makes IPv6 addresses of its own, which is forgotten on the way. */
  readonly addrGenMode?: Inet6['addrGenMode'];
}

const taken = new WeakMap<NetworkNamespace, Set<Taken>>();

/** Moves a device from its home into a namespace, and remembers the way back. */
export async function takeDevice(
  netns: NetworkNamespace,
  ifname: string,
  home: NetworkNamespace,
  { from, as = ifname }: TakeOptions,
): Promise<void> {
  const { index, up, inet6 } = await home.rtnl.link.get({ ifname });
  await home.rtnl.link.set({ index, netns, ...(as !== ifname && { ifname: as }) });
  // The kernel gives it another index where its own is taken.
  const inside = await netns.rtnl.link.get({ ifname: as });
  const addrGenMode = inet6?.addrGenMode;
  const device = {
    index: inside.index,
    home,
    ownsHome: from === undefined,
    ifname,
    wasUp: up,
    ...(addrGenMode !== undefined && { addrGenMode }),
  };
  taken.set(netns, (taken.get(netns) ?? new Set()).add(device));
}

/** Moves one device home, by its name inside. Rejects with NetlinkError ENODEV for one that was not taken. */
export async function giveBackDevice(netns: NetworkNamespace, ifname: string): Promise<void> {
  const { index } = await netns.rtnl.link.get({ ifname });
  const device = [...(taken.get(netns) ?? [])].find((one) => one.index === index);
  if (device) return sendHome(netns, device);
  const operation = 'netns.giveBack';
  const detail = `was not taken by this object of the ${describe(netns)}`;
  throw new NetlinkError({ errno: os.constants.errno.ENODEV, operation, object: ifname, detail });
}

/**
 * Moves all devices home before their namespace ends: of real ones the kernel would make a present to the machine's first
 * namespace, virtual ones it would destroy.
 */
export async function giveBackDevices(netns: NetworkNamespace): Promise<void> {
  for (const device of taken.get(netns) ?? []) await sendHome(netns, device);
}

/** Leaves devices where they are, and gives up what was kept for their way back. */
export async function forgetDevices(netns: NetworkNamespace): Promise<void> {
  const devices = [...(taken.get(netns) ?? [])];
  taken.delete(netns);
  await Promise.all(devices.map(async ({ home, ownsHome }) => (ownsHome ? home.close() : undefined)));
}

async function sendHome(netns: NetworkNamespace, device: Taken): Promise<void> {
  const { index, home, ownsHome } = device;
  try {
    // One that is gone has no way to go, nor has one whose home was closed or deleted.
    if ((await isThere(netns, index)) && home.fd >= 0) await travel(netns, device);
  } catch (error) {
    if (!(error instanceof ClosedError && home.fd < 0)) throw error;
  }
  taken.get(netns)?.delete(device);
  if (ownsHome) await home.close();
}

async function travel(netns: NetworkNamespace, device: Taken): Promise<void> {
  const { index, home, ifname, wasUp, addrGenMode } = device;
  await netns.rtnl.link.set({ index, netns: home, ifname });
  if (addrGenMode !== undefined) await home.rtnl.link.set({ ifname, inet6: { addrGenMode } });
  if (wasUp) await home.rtnl.link.set({ ifname, up: true });
}

async function isThere(netns: NetworkNamespace, index: number): Promise<boolean> {
  const [result] = await netns.rtnl.batch((batch) => {
    batch.link.get({ index });
  });
  if (result && !result.ok && result.error.code !== 'ENODEV') throw result.error;
  return result?.ok === true;
}
