import type { NetworkNamespace } from '../../../netns/namespace';
import { NetlinkError } from '../../../errors/errors';
import { ignoringNotFound } from '../../../errors/not-found';
import { Plan } from '../../../plan/plan';
import type { Step } from '../../../plan/spec/step';
import type { LinkInfo } from '../../../rtnl/types';
import { driverOf } from '../../drivers';
import { readLink } from '../../host/links';
import { abandon, clearIntent, writeIntent } from '../../journal/intents';
import { type Layout } from '../../model/layout';
import { HOST } from '../../model/labels';
import { type Adopted } from '../../model/network-state';
import { readConfiguration } from '../../host/read-configuration';
import type { Resource } from '../definition/resource';
import { addConfigurationSteps, removeConfigurationSteps } from '../../steps/host-configuration-steps';
import {
  type HostConfiguration,
  difference,
  EMPTY_CONFIGURATION,
  isEmpty,
  union,
} from '../../model/host-configuration';

/** The host's devices that are ports of the network's bridge: the host gets them back. */
export const adoptedDevices: Resource = {
  of: 'any',
  with: 'adopted',
  endsWithHost: true,

  async find({ host, name, layout, state: { adopted = [] } }) {
    const found: string[] = [];
    for (const one of adopted)
      if (await giveBack(host, name, layout, one, true)) found.push(`adoption ${one.ifname}`);
    return found;
  },

  async remove({ host, name, layout, locked, state: { adopted = [] } }) {
    await locked(async () => {
      for (const one of adopted) await giveBack(host, name, layout, one);
    });
  },
};

/**
 * Returns an adopted device to the host with its addresses and routes, wherever the end of the network, or of a
 * process, has left these: on the device, on the bridge, or with `configuration` on neither. A device that was taken
 * off the bridge, or renamed, gets them as well. If the device is gone, or is a foreign port, a warning lists the
 * addresses that go with the bridge. Call it under the lock; with `dryRun` only returns whether there is something to
 * do.
 */
async function giveBack(
  host: NetworkNamespace,
  network: string,
  layout: Layout | undefined,
  one: Adopted,
  dryRun = false,
): Promise<boolean> {
  const { ifname, configuration } = one;
  const operation = 'network.release';
  const bridge = layout && ((await ignoringNotFound(readLink(host, layout.device))) ? layout : undefined);
  const device = await findAdopted(host, bridge, one);
  const isOurs = bridge !== undefined && device !== undefined && (await isPort(host, bridge, device));
  const held = bridge ? await readBridge(host, bridge, operation) : EMPTY_CONFIGURATION;
  if (device === undefined || (!isOurs && device.master !== undefined)) {
    if (!dryRun) warn(network, whyLost(ifname, device), held);
    return false;
  }
  const wanted = union(held, configuration ?? EMPTY_CONFIGURATION);
  const missing = difference(wanted, await readConfiguration(host, device, operation));
  if (!isOurs && isEmpty(missing)) return false;
  if (dryRun) return true;
  // If this is interrupted, the next process continues.
  const adopted = [{ ifname: device.ifname, index: device.index, configuration: wanted }];
  const intent = writeIntent({ host: String(host.cookie), network, action: 'release', adopted });
  const steps: Step[] = [
    ...(bridge ? removeConfigurationSteps(held, bridge.device) : []),
    { op: 'link.set', netns: HOST, body: { ifname: device.ifname, master: null, up: true } },
    ...addConfigurationSteps(missing, device.ifname),
  ];
  try {
    await new Plan({ namespaces: { [HOST]: host }, steps }).apply();
  } catch (error) {
    // Nobody waits for a change that has ended. What the kernel did not take back is for whoever comes next.
    if (isPartlyUndone(error)) abandon(intent);
    else clearIntent(intent);
    throw error;
  }
  clearIntent(intent);
  return true;
}

/** Whether a plan failed, and the kernel refused to undo a part of it. */
export function isPartlyUndone(error: unknown): boolean {
  return error instanceof NetlinkError && (error.notUndone?.length ?? 0) > 0;
}

/**
 * Finds an adopted device by its index, since others may have renamed it, or by its name. Without an index a renamed one
 * is the port with the same MAC address as the bridge, for a network on a LAN.
 */
export async function findAdopted(
  host: NetworkNamespace,
  layout: Layout | undefined,
  { ifname, index: known }: Adopted,
): Promise<LinkInfo | undefined> {
  const same = known === undefined ? undefined : await ignoringNotFound(readLink(host, known));
  const found = same ?? (await ignoringNotFound(readLink(host, ifname)));
  if (found !== undefined || layout === undefined || !driverOf(layout).movesConfiguration) return found;
  const { index, address } = await readLink(host, layout.device);
  const ports = await host.rtnl.link.list({ master: index });
  return ports.find((port) => port.address === address);
}

/** Why an adopted device cannot get back the host's addresses and routes from the bridge. */
export function whyLost(ifname: string, device: LinkInfo | undefined): string {
  return device === undefined
    ? `the adopted device ${ifname} does not exist any more`
    : `the adopted device ${ifname} is now a port of another device`;
}

// Routes go with their addresses.
function warn(network: string, why: string, { addresses }: HostConfiguration): void {
  if (addresses.length === 0) return;
  const lost = addresses.map(({ address }) => address).join(', ');
  process.emitWarning(
    `network '${network}': ${why}: the host loses its addresses ${lost} with the bridge`,
    'NetloomWarning',
  );
}

/**
 * The host's configuration on a network's bridge: all of the bridge's where the network is part of a LAN; otherwise
 * none.
 */
export async function readBridge(
  host: NetworkNamespace,
  layout: Layout,
  operation: string,
): Promise<HostConfiguration> {
  if (!driverOf(layout).movesConfiguration) return EMPTY_CONFIGURATION;
  return readConfiguration(host, await readLink(host, layout.device), operation);
}

/** Whether a device of the host is a port of the network's bridge. */
export async function isPort(
  host: NetworkNamespace,
  { device }: Layout,
  { master }: Pick<LinkInfo, 'master'>,
): Promise<boolean> {
  const bridge = await ignoringNotFound(readLink(host, device));
  return bridge !== undefined && master === bridge.index;
}
