import os from 'node:os';
import { ClosedError, NetlinkError } from '../errors/errors';
import { rtnlOf } from '../rtnl/rtnl-of';
import type { Inet6 } from '../rtnl/types';
import { describe, fdOf, type OpenNamespace } from '../nsfs/handle';

/** How a device is taken into a namespace. */
export interface TakeOptions {
  /** The namespace that it is in. Default: the caller's. To be kept open, for the way back. */
  readonly from?: OpenNamespace;
  /** Its name inside; default: the same. */
  readonly as?: string;
}

/** Where a device comes from. */
export interface Home {
  readonly netns: OpenNamespace;
  /** Closes it when the device has no further use of it; absent: it is the caller's. */
  readonly close?: () => Promise<void>;
}

/** A device that is away from home. */
interface Taken {
  /** Its index inside, which outlives a change of its name. */
  readonly index: number;
  readonly home: Home;
  readonly ifname: string;
  readonly wasUp: boolean;
  /** How it makes IPv6 addresses of its own, which is forgotten on the way. */
  readonly addrGenMode?: Inet6['addrGenMode'];
}

const taken = new WeakMap<OpenNamespace, Set<Taken>>();

/** Moves a device from its home into a namespace, and remembers the way back. A failure closes a home of its own. */
export async function takeDevice(
  netns: OpenNamespace,
  ifname: string,
  home: Home,
  as: string = ifname,
): Promise<void> {
  try {
    const device = await moveInto(netns, ifname, home, as);
    taken.set(netns, (taken.get(netns) ?? new Set()).add(device));
  } catch (error) {
    await home.close?.();
    throw error;
  }
}

async function moveInto(netns: OpenNamespace, ifname: string, home: Home, as: string): Promise<Taken> {
  const { index, up, inet6 } = await rtnlOf(home.netns).link.get({ ifname });
  await rtnlOf(home.netns).link.set({ index, netns, ...(as !== ifname && { ifname: as }) });
  // The kernel gives it another index where its own is taken.
  const inside = await rtnlOf(netns).link.get({ ifname: as });
  const addrGenMode = inet6?.addrGenMode;
  return {
    index: inside.index,
    home,
    ifname,
    wasUp: up,
    ...(addrGenMode !== undefined && { addrGenMode }),
  };
}

/** Moves one device home, by its name inside. Rejects with NetlinkError ENODEV for one that was not taken. */
export async function giveBackDevice(netns: OpenNamespace, ifname: string): Promise<void> {
  const { index } = await rtnlOf(netns).link.get({ ifname });
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
export async function giveBackDevices(netns: OpenNamespace): Promise<void> {
  for (const device of taken.get(netns) ?? []) await sendHome(netns, device);
}

/** Leaves devices where they are, and gives up what was kept for their way back. */
export async function forgetDevices(netns: OpenNamespace): Promise<void> {
  const devices = [...(taken.get(netns) ?? [])];
  taken.delete(netns);
  await Promise.all(devices.map(async ({ home }) => home.close?.()));
}

async function sendHome(netns: OpenNamespace, device: Taken): Promise<void> {
  const { index, home } = device;
  const isHomeOpen = (): boolean => fdOf(home.netns) >= 0;
  try {
    // One that is gone has no way to go, nor has one whose home was closed or deleted.
    if ((await isThere(netns, index)) && isHomeOpen()) await travel(netns, device);
  } catch (error) {
    if (!(error instanceof ClosedError && !isHomeOpen())) throw error;
  }
  taken.get(netns)?.delete(device);
  await home.close?.();
}

async function travel(netns: OpenNamespace, device: Taken): Promise<void> {
  const { index, ifname, wasUp, addrGenMode } = device;
  const home = device.home.netns;
  await rtnlOf(netns).link.set({ index, netns: home, ifname });
  if (addrGenMode !== undefined) await rtnlOf(home).link.set({ ifname, inet6: { addrGenMode } });
  if (wasUp) await rtnlOf(home).link.set({ ifname, up: true });
}

async function isThere(netns: OpenNamespace, index: number): Promise<boolean> {
  const [result] = await rtnlOf(netns).batch((batch) => {
    batch.link.get({ index });
  });
  if (result && !result.ok && result.error.code !== 'ENODEV') throw result.error;
  return result?.ok === true;
}
