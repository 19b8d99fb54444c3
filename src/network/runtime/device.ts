import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import { ignoringNotFound } from '../../errors/not-found';
import type { LinkInfo } from '../../rtnl/types';
import { driverOf } from '../drivers';
import { readIndex, readLink } from '../host/links';
import type { NetworkRuntime } from './runtime';
import { readTagged } from '../host/tagged';

/** What happened to a network's device, with the remedy; undefined if it is unchanged. */
export async function missingDevice(runtime: NetworkRuntime): Promise<string | undefined> {
  if (await isUnchanged(runtime)) return undefined;
  const { layout } = runtime;
  const device = `its ${driverOf(layout).deviceTerm} ${layout.device}`;
  const found = await ownDevice(runtime);
  if (found === undefined)
    return `${device} was removed by another program: delete the network and create it again`;
  return found.ifname === layout.device
    ? `${device} was created again after this object was opened: open the network again`
    : `${device} was renamed to ${found.ifname} by another program, but the network's rules match the old name: ` +
        `ip link set ${found.ifname} name ${layout.device}`;
}

// The index identifies the device and survives a rename. A LAN's device has no rules that match its name.
async function isUnchanged({ layout, host, device }: NetworkRuntime): Promise<boolean> {
  const name = driverOf(layout).isKnownByName ? layout.device : device;
  return device !== 0 && (await ignoringNotFound(readIndex(host, name))) === device;
}

// A device that was renamed before the network was opened is identified by its tag.
async function ownDevice({ layout, host, device }: NetworkRuntime): Promise<LinkInfo | undefined> {
  if (device === 0) return (await readTagged(host, layout.name)).bridges[0];
  return ignoringNotFound(readLink(host, device));
}

/** Rejects with ENODEV where the device is missing: ports without it would silently lead nowhere. */
export async function checkDevice(runtime: NetworkRuntime, operation: string): Promise<void> {
  const detail = await missingDevice(runtime);
  if (detail === undefined) return;
  const errno = os.constants.errno.ENODEV;
  throw new NetlinkError({ errno, operation, object: runtime.layout.name, detail });
}
