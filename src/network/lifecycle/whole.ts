import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import { ignoringGone } from '../../errors/not-found';
import type { LinkInfo } from '../../rtnl/types';
import { devicesOf } from './delete';
import { readIndex, readLink } from '../host/links';
import type { Device, Layout } from '../model/layout';
import type { Standing } from './setup';
import { readTagged } from '../host/tagged';

/** The device of a persistent network in its host, and what proves it the one meant. */
export function hostDevice(layout: Layout): Device {
  const [device = { ifname: layout.device }] = devicesOf(layout, []);
  return device;
}

/** What has become of a network's device, and the way out; undefined if it is as it was. */
export async function missingDevice(standing: Standing): Promise<string | undefined> {
  if (await isWhole(standing)) return undefined;
  const { layout, host, hub } = standing;
  const device = `its ${hub === host ? 'bridge' : 'device'} ${layout.device}`;
  const found = await ownDevice(standing);
  if (found === undefined)
    return `${device} was removed by somebody else: delete the network, and make it anew`;
  return found.ifname === layout.device
    ? `${device} has come back since this object was opened: open the network again`
    : `${device} was renamed to ${found.ifname} by somebody else, and the rules know it by its name: ` +
        `ip link set ${found.ifname} name ${layout.device}`;
}

// The index tells it from others, and stays when somebody renames it. The device of a LAN has no rules that would know its name.
async function isWhole({ layout, host, device }: Standing): Promise<boolean> {
  const name = layout.macvlan ? device : layout.device;
  return device !== 0 && (await ignoringGone(readIndex(host, name))) === device;
}

// One that had another name already when the network was opened is known by its tag.
async function ownDevice({ layout, host, device }: Standing): Promise<LinkInfo | undefined> {
  if (device === 0) return (await readTagged(host, layout.name)).bridges[0];
  return ignoringGone(readLink(host, device));
}

/** Rejects with ENODEV where the device is missing: ports without it would lead nowhere, and nobody would say so. */
export async function checkWhole(standing: Standing, operation: string): Promise<void> {
  const detail = await missingDevice(standing);
  if (detail === undefined) return;
  const errno = os.constants.errno.ENODEV;
  throw new NetlinkError({ errno, operation, object: standing.layout.name, detail });
}
