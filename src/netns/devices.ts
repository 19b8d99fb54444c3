import os from 'node:os';
import { custom, type InferOutput, optional } from 'valibot';
import { existingIfname, newIfname, options, validate, validateOptions } from '../errors/validate-options';
import { ClosedError, NetlinkError } from '../errors/errors';
import { rtnlOf } from '../rtnl/rtnl-of';
import type { Inet6 } from '../rtnl/types';
import { describe, fdOf, isNamespace, type OpenNamespace } from '../nsfs/handle';

/** How a device is taken into a namespace. */
export interface TakeOptions {
  /** The namespace that the device is in. Default: the caller's. Keep it open, so that the device can be moved back. */
  readonly from?: OpenNamespace;
  /** The device's name inside; default: unchanged. */
  readonly as?: string;
}

const takeOptions = options({
  from: optional(custom<OpenNamespace>(isNamespace, 'must be an open NetworkNamespace')),
  as: optional(newIfname),
});

/** Checks the arguments of `take`. Throws a ValidationError. */
export function checkTaking(ifname: unknown, given: unknown): InferOutput<typeof takeOptions> {
  validate(existingIfname, ifname, 'netns.take', 'ifname');
  return validateOptions(takeOptions, given, 'netns.take');
}

/** The namespace that a device comes from. */
export interface DeviceOrigin {
  readonly netns: OpenNamespace;
  /** Closes the namespace when no longer needed; absent: the caller closes it. */
  readonly close?: () => Promise<void>;
}

/** A device that was moved away from its original namespace. */
interface Taken {
  /** Its index inside, which survives a renaming. */
  readonly index: number;
  readonly origin: DeviceOrigin;
  readonly ifname: string;
  readonly wasUp: boolean;
  /** Its IPv6 address generation mode, which is lost by moving. */
  readonly addrGenMode?: Inet6['addrGenMode'];
}

const taken = new WeakMap<OpenNamespace, Set<Taken>>();

/**
 * Moves a device into a namespace and records how to move it back. A failure closes the original namespace, if
 * `origin.close` is set.
 */
export async function takeDevice(
  netns: OpenNamespace,
  ifname: string,
  origin: DeviceOrigin,
  as: string = ifname,
): Promise<void> {
  try {
    const device = await moveInto(netns, ifname, origin, as);
    taken.set(netns, (taken.get(netns) ?? new Set()).add(device));
  } catch (error) {
    await origin.close?.();
    throw error;
  }
}

async function moveInto(
  netns: OpenNamespace,
  ifname: string,
  origin: DeviceOrigin,
  as: string,
): Promise<Taken> {
  const { index, up, inet6 } = await rtnlOf(origin.netns).link.get({ ifname });
  await rtnlOf(origin.netns).link.set({ index, netns, ...(as !== ifname && { ifname: as }) });
  // The kernel assigns another index if the device's own is in use.
  const inside = await rtnlOf(netns).link.get({ ifname: as });
  const addrGenMode = inet6?.addrGenMode;
  return {
    index: inside.index,
    origin,
    ifname,
    wasUp: up,
    ...(addrGenMode !== undefined && { addrGenMode }),
  };
}

/** Moves one device back, by its name inside. Rejects with NetlinkError ENODEV for a device that was not taken. */
export async function giveBackDevice(netns: OpenNamespace, ifname: string): Promise<void> {
  const operation = 'netns.giveBack';
  validate(existingIfname, ifname, operation, 'ifname');
  const { index } = await rtnlOf(netns).link.get({ ifname });
  const device = [...(taken.get(netns) ?? [])].find((one) => one.index === index);
  if (device) return moveBack(netns, device);
  const detail = `the device was not taken by this object of the ${describe(netns)}`;
  throw new NetlinkError({ errno: os.constants.errno.ENODEV, operation, object: ifname, detail });
}

/**
 * Moves all devices back before their namespace ends: the kernel would move physical devices to the initial namespace
 * and delete virtual ones.
 */
export async function giveBackDevices(netns: OpenNamespace): Promise<void> {
  for (const device of taken.get(netns) ?? []) await moveBack(netns, device);
}

/** Whether an object has taken devices that are still to be moved back. */
export function hasTaken(netns: OpenNamespace): boolean {
  return (taken.get(netns)?.size ?? 0) > 0;
}

/** Leaves devices where they are, and closes their original namespaces. */
export async function forgetDevices(netns: OpenNamespace): Promise<void> {
  const devices = [...(taken.get(netns) ?? [])];
  taken.delete(netns);
  await Promise.all(devices.map(async ({ origin }) => origin.close?.()));
}

async function moveBack(netns: OpenNamespace, device: Taken): Promise<void> {
  const { index, origin } = device;
  const isOriginOpen = (): boolean => fdOf(origin.netns) >= 0;
  try {
    // A device that is gone cannot be moved, nor can one whose original namespace was closed or deleted.
    if ((await isThere(netns, index)) && isOriginOpen()) await moveDevice(netns, device);
  } catch (error) {
    if (!(error instanceof ClosedError && !isOriginOpen())) throw error;
  }
  taken.get(netns)?.delete(device);
  await origin.close?.();
}

async function moveDevice(netns: OpenNamespace, device: Taken): Promise<void> {
  const { index, ifname, wasUp, addrGenMode } = device;
  const { netns: target } = device.origin;
  await rtnlOf(netns).link.set({ index, netns: target, ifname });
  if (addrGenMode !== undefined) await rtnlOf(target).link.set({ ifname, inet6: { addrGenMode } });
  if (wasUp) await rtnlOf(target).link.set({ ifname, up: true });
}

async function isThere(netns: OpenNamespace, index: number): Promise<boolean> {
  const [result] = await rtnlOf(netns).batch((batch) => {
    batch.link.get({ index });
  });
  if (result && !result.ok && result.error.code !== 'ENODEV') throw result.error;
  return result?.ok === true;
}
