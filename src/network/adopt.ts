import os from 'node:os';
import { z } from 'zod';
import { NetlinkError } from '../errors';
import { ignoringGone } from '../gone';
import { NetworkNamespace } from '../netns/namespace';
import type { ConfirmOptions } from '../plan/confirmation';
import { Plan } from '../plan/plan';
import type { Step } from '../plan/step';
import type { LinkInfo } from '../rtnl/types';
import { readLink } from './host';
import { HOST } from './layout';
import { readConfiguration, transferSteps } from './transfer';
import { ifname as ifnameSchema, validate } from './validate';

/** How a device comes off a bridge. */
export interface ReleaseDeviceOptions extends ConfirmOptions {
  /** The namespace that plays the host. Default: the caller's. */
  readonly host?: NetworkNamespace;
}

/** How a device becomes a bridge's port. */
export interface AdoptDeviceOptions extends ReleaseDeviceOptions {
  /** The bridge; made if there is none of that name, with the device's MAC address, by which the neighbours know the host. */
  readonly bridge: string;
  /**
   * Called when all is moved: whether the host is still reached. Everything goes back if it answers false or rejects, or
   * does not answer in time, even if JavaScript hangs.
   */
  readonly confirm: () => Promise<boolean> | boolean;
}

const common = {
  host: z.instanceof(NetworkNamespace, { error: 'must be an open NetworkNamespace' }).optional(),
  timeoutMs: z.number('must be a number of milliseconds').optional(),
};
const confirm = z.custom<() => boolean>(
  (value) => typeof value === 'function',
  'must be a function that answers whether the host is still reached',
);
const adoptSchema = z.strictObject({ ...common, confirm, bridge: ifnameSchema });
const releaseSchema = z.strictObject({ ...common, confirm: confirm.optional() });

/**
 * Makes a device that the host is reached by a port of a bridge: namespaces on the bridge are then on the same LAN. The
 * device's addresses and routes, without which the host would be cut off, move to the bridge in the same plan, which is
 * undone unless `confirm` answers true in time.
 *
 * Rejects with NetlinkError ENODEV if there is no such device, EBUSY if it is a port already, ETIMEDOUT and ECANCELED if
 * nobody confirms.
 */
export async function adoptDevice(ifname: string, options: AdoptDeviceOptions): Promise<void> {
  const operation = 'adoptDevice';
  validate(ifnameSchema, ifname, operation);
  const { bridge } = validate(adoptSchema, options, operation);
  await onHost(options.host, async (host) => {
    const device = await readLink(host, ifname);
    if (device.master !== undefined) {
      const detail = 'is a port of another device already: release it first';
      throw new NetlinkError({ errno: os.constants.errno.EBUSY, operation, object: ifname, detail });
    }
    const configuration = await readConfiguration(host, device, operation);
    const enslaved: Step = { op: 'link.set', netns: HOST, body: { ifname, master: bridge, up: true } };
    await applyConfirmed(host, options, [
      ...((await ignoringGone(readLink(host, bridge))) ? [] : [bridgeStep(bridge, device)]),
      { op: 'link.set', netns: HOST, body: { ifname: bridge, up: true } },
      ...transferSteps(configuration, ifname, bridge, [enslaved]),
    ]);
  });
}

/**
 * Takes a device off its bridge and gives it the bridge's addresses and routes: undoes {@link adoptDevice}. The bridge
 * stays. Rejects with NetlinkError ENODEV if there is no such device, or if it is no port.
 */
export async function releaseDevice(ifname: string, options: ReleaseDeviceOptions = {}): Promise<void> {
  const operation = 'releaseDevice';
  validate(ifnameSchema, ifname, operation);
  validate(releaseSchema, options, operation);
  await onHost(options.host, async (host) => {
    const { master } = await readLink(host, ifname);
    if (master === undefined) {
      const detail = 'is not a port of any bridge';
      throw new NetlinkError({ errno: os.constants.errno.ENODEV, operation, object: ifname, detail });
    }
    const bridge = await readLink(host, master);
    const configuration = await readConfiguration(host, bridge, operation);
    const freed: Step = { op: 'link.set', netns: HOST, body: { ifname, master: null } };
    await applyConfirmed(host, options, transferSteps(configuration, bridge.ifname, ifname, [freed]));
  });
}

async function applyConfirmed(
  host: NetworkNamespace,
  { confirm: ask, timeoutMs }: ConfirmOptions,
  steps: readonly Step[],
): Promise<void> {
  const options = { ...(ask && { confirm: ask }), ...(timeoutMs !== undefined && { timeoutMs }) };
  await new Plan({ namespaces: { [HOST]: host }, steps }).apply(options);
}

function bridgeStep(ifname: string, { address, mtu }: LinkInfo): Step {
  const known = { ...(address !== undefined && { address }), ...(mtu !== undefined && { mtu }) };
  return { op: 'link.add', netns: HOST, body: { ifname, kind: 'bridge', ...known } };
}

async function onHost(
  given: NetworkNamespace | undefined,
  work: (host: NetworkNamespace) => Promise<void>,
): Promise<void> {
  const host = given ?? (await NetworkNamespace.current());
  try {
    await work(host);
  } finally {
    if (given === undefined) await host.close();
  }
}
