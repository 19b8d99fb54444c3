import { NetlinkError } from '../../errors/errors';
import { ignoringNotFound, isNotFound } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import { Plan } from '../../plan/plan';
import type { Step } from '../../plan/spec/step';
import { driverOf } from '../drivers';
import { isRoutedToNetwork } from './routed-to-network';
import { readLink } from '../host/links';
import { type Layout } from '../model/layout';
import { HOST } from '../model/labels';
import { familiesOf } from '../model/families';

interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
  /** The index of the host's device: 0 for a missing one. */
  readonly device: number;
}

/** Whether the host lacks its address on the network, or the route there, while its device is up. */
export async function isGatewayLost(place: Place): Promise<boolean> {
  const { host, layout, device } = place;
  if (device === 0 || ((await hasAddresses(place)) && (await hasRoutes(place)))) return false;
  const link = await ignoringNotFound(readLink(host, device));
  return link?.up === true && link.ifname === layout.device;
}

/**
 * Restores these on the host: others removed them, or the device was down meanwhile, and the kernel then drops routes,
 * neighbours and IPv6 addresses. Existing ones stay.
 */
export async function restoreGateway({ host, layout }: Place): Promise<void> {
  const driver = driverOf(layout);
  const kernelRoutes = driver
    .kernelRoutes(layout)
    .map((body): Step => ({ op: 'route.add', netns: HOST, body }));
  for (const step of [...driver.gatewaySteps(layout), ...kernelRoutes]) await applyUnlessThere(host, step);
}

async function applyUnlessThere(host: NetworkNamespace, step: Step): Promise<void> {
  try {
    await new Plan({ namespaces: { [HOST]: host }, steps: [step] }).apply();
  } catch (error) {
    // A device removed meanwhile is reported elsewhere.
    if (!isNotFound(error) && !(error instanceof NetlinkError && error.code === 'EEXIST')) throw error;
  }
}

async function hasAddresses({ host, layout, device }: Place): Promise<boolean> {
  const found = (await ignoringNotFound(host.rtnl.addr.list({ dev: device }))) ?? [];
  const addresses = new Set(found.map(({ address }) => bare(address)));
  return driverOf(layout)
    .gatewaySteps(layout)
    .every((step) => step.op !== 'addr.add' || addresses.has(bare(step.body.address)));
}

async function hasRoutes(place: Place): Promise<boolean> {
  const found = await Promise.all(familiesOf(place.layout).map((family) => isRoutedToNetwork(place, family)));
  return found.every(Boolean);
}

function bare(address: string): string {
  return address.split('/')[0] ?? '';
}
