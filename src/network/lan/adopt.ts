import os from 'node:os';
import { custom, type InferOutput, optional } from 'valibot';
import { NetlinkError, ValidationError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import type { ConfirmOptions } from '../../plan/spec/spec';
import { Plan } from '../../plan/plan';
import type { Step } from '../../plan/spec/step';
import type { LinkInfo } from '../../rtnl/types';
import { removalFrom, removeAll } from '../resources/list';
import { findAdopted, isPartlyUndone, isPort, readBridge, whyLost } from '../resources/host/adopted-devices';
import { driverOf } from '../drivers';
import { readLink } from '../host/links';
import { type Layout } from '../model/layout';
import type { Adopted } from '../model/network-state';
import { HOST } from '../model/labels';
import type { NetworkRuntime } from '../runtime/runtime';
import { runTransaction } from '../journal/transaction';
import { unfinished, unfinishedDetail } from '../journal/unfinished';
import { readConfiguration } from '../host/read-configuration';
import { type HostConfiguration, difference, isEmpty } from '../model/host-configuration';
import { finiteNumber, ifname as ifnameSchema, options, validate } from '../../errors/validate-options';
import { adoptSteps, releaseSteps } from '../steps/adopt-steps';

/** Options for adopting a device. */
export interface AdoptOptions extends ConfirmOptions {
  /**
   * Called after the move: whether the host can still be reached. Everything is undone if it answers false, rejects, or
   * does not answer in time, even if JavaScript hangs.
   */
  readonly confirm: () => Promise<boolean> | boolean;
}

const confirm = custom<() => boolean>(
  (value) => typeof value === 'function',
  'must be a function that returns whether the host is still reachable',
);
const timeoutMs = optional(finiteNumber('must be a number of milliseconds'));
const adoptSchema = options({ confirm, timeoutMs });
const releaseSchema = options({ confirm: optional(confirm), timeoutMs });

/** Makes a device a port of the network's bridge, which gets the device's addresses and routes. */
export async function adopt(runtime: NetworkRuntime, ifname: string, given: AdoptOptions): Promise<void> {
  const operation = 'network.adopt';
  validate(ifnameSchema, ifname, operation, 'ifname');
  const options = validate(adoptSchema, given, operation);
  const { layout, host, ledger } = runtime;
  checkKind(layout, ifname);
  const device = await readLink(host, ifname);
  if (device.master !== undefined) {
    const left = unfinished(String(host.cookie), layout).filter(({ adopted = [] }) =>
      adopted.some((one) => one.ifname === ifname),
    );
    const detail =
      unfinishedDetail(left) ?? 'the device is a port of another device already: release the device first';
    throw new NetlinkError({ errno: os.constants.errno.EBUSY, operation, object: ifname, detail });
  }
  const configuration = await readConfiguration(host, device, operation);
  checkConfiguration(layout, ifname, configuration);
  const moving = { ifname, index: device.index, configuration };
  await runTransaction(ledger, {
    choose: ({ adopted = [] }) => {
      if (!adopted.some((other) => other.ifname === ifname)) return { action: 'adopt', adopted: [moving] };
      const detail =
        'the device is adopted, or is being adopted by another process: release the device first';
      throw new NetlinkError({ errno: os.constants.errno.EBUSY, operation, object: ifname, detail });
    },
    make: (enter) => apply(host, adoptSteps(layout, device, configuration), options, enter),
    undo: async (_, error) => {
      if (!isPartlyUndone(error)) return;
      await removeAll(removalFrom(runtime, { state: { adopted: [moving] } }));
    },
  });
}

/** Undoes {@link adopt}: the device leaves the bridge and gets the addresses and routes that the bridge has by now. */
export async function release(runtime: NetworkRuntime, ifname: string, given: ConfirmOptions): Promise<void> {
  const operation = 'network.release';
  validate(ifnameSchema, ifname, operation, 'ifname');
  const options = validate(releaseSchema, given, operation);
  const { layout, host, ledger } = runtime;
  const { adopted = [] } = await ledger.read();
  const known = adopted.find((other) => other.ifname === ifname);
  if (known === undefined) {
    const detail = 'the device was not adopted by this network';
    throw new NetlinkError({ errno: os.constants.errno.ENODEV, operation, object: ifname, detail });
  }
  const configuration = await readBridge(host, layout, operation);
  const device = await checkReleasable(runtime, known);
  const moving = { ...known, configuration };
  const missing = difference(configuration, await readConfiguration(host, device, operation));
  await runTransaction(ledger, {
    choose: () => ({ action: 'release', adopted: [moving] }),
    make: async (enter) => {
      await apply(host, releaseSteps(layout, device.ifname, configuration, missing), options, enter);
    },
    // Where the bridge could not get all of it back, the device gets it.
    undo: async (_, error) => {
      if (!isPartlyUndone(error)) return;
      await removeAll(removalFrom(runtime, { state: { adopted: [moving] } }));
    },
  });
}

/** The device, if it can get the bridge's addresses and routes back; otherwise they stay on the bridge for the host. */
async function checkReleasable({ host, layout }: NetworkRuntime, known: Adopted): Promise<LinkInfo> {
  const { ifname } = known;
  const device = await findAdopted(host, layout, known);
  if (device && (device.master === undefined || (await isPort(host, layout, device)))) return device;
  const { ENODEV, EBUSY } = os.constants.errno;
  throw new NetlinkError({
    errno: device === undefined ? ENODEV : EBUSY,
    operation: 'network.release',
    object: ifname,
    detail: `${whyLost(ifname, device)}: the bridge ${layout.device} keeps the host's addresses`,
  });
}

// The entry in the record is made while the plan waits: if the entry fails, the plan undoes everything, without needing
// a new descriptor.
async function apply(
  host: NetworkNamespace,
  steps: readonly Step[],
  { confirm: ask, timeoutMs: time }: InferOutput<typeof releaseSchema>,
  enter: () => Promise<void>,
): Promise<void> {
  const confirm = async (): Promise<boolean> => {
    const answer: unknown = ask ? await (ask as () => unknown)() : true;
    if (answer !== true) return false;
    await enter();
    return true;
  };
  const options = { confirm, ...(time !== undefined && { timeoutMs: time }) };
  await new Plan({ namespaces: { [HOST]: host }, steps }).apply(options);
}

function checkKind(layout: Layout, ifname: string): void {
  const refusal = driverOf(layout).refuseAdoption(layout, ifname);
  if (refusal) throw new ValidationError({ operation: 'network.adopt', ...refusal });
}

function checkConfiguration(layout: Layout, ifname: string, configuration: HostConfiguration): void {
  if (driverOf(layout).movesConfiguration || isEmpty(configuration)) return;
  const { addresses, routes } = configuration;
  const [address] = addresses;
  const has = address
    ? `the address ${address.address}`
    : routes.length > 0
      ? 'routes'
      : 'permanent neighbours';
  const problem =
    `has ${has}, which the bridge of the network '${layout.name}' does not take over: create a network on the device's LAN, ` +
    `with parent: '${ifname}'`;
  throw new ValidationError({ operation: 'network.adopt', path: 'ifname', value: ifname, problem });
}
