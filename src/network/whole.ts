import os from 'node:os';
import { NetlinkError } from '../errors';
import { ignoringGone } from '../gone';
import { readIndex } from './host';
import type { Standing } from './setup';

/** What is missing of a network, and the way out; undefined if its device is in the host. */
export async function missingDevice(standing: Standing): Promise<string | undefined> {
  const { layout, host, hub } = standing;
  if (await hasDevice(standing)) return undefined;
  const what = hub === host ? 'bridge' : 'device';
  return `its ${what} ${layout.device} was removed by somebody else: delete the network, and make it anew`;
}

// The index of a bridge in the host tells it from others, and stays when somebody renames it.
async function hasDevice({ layout, host, hub, bridge }: Standing): Promise<boolean> {
  if (bridge === 0) return false;
  const found = await ignoringGone(readIndex(host, hub === host ? bridge : layout.device));
  return found !== undefined;
}

/** Rejects with ENODEV where the device is missing: ports without it would lead nowhere, and nobody would say so. */
export async function checkWhole(standing: Standing, operation: string): Promise<void> {
  const detail = await missingDevice(standing);
  if (detail === undefined) return;
  const errno = os.constants.errno.ENODEV;
  throw new NetlinkError({ errno, operation, object: standing.layout.name, detail });
}
