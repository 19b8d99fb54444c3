import { NetlinkError } from '../../errors/errors';
import { ignoringGone, isGone } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import { Plan } from '../../plan/plan';
import type { Step } from '../../plan/spec/step';
import type { RouteAdd } from '../../rtnl/types';
import { gatewaySteps } from '../steps/create-steps';
import { leadsInside } from '../host/leads-inside';
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
  if (device === 0 || ((await hasAddresses(place)) && (await hasWays(place)))) return false;
  const link = await ignoringGone(readLink(host, device));
  return link?.up === true && link.ifname === layout.device;
}

/**
 * Restores these on the host: others removed them, or the device was down meanwhile, and the kernel then drops routes,
 * neighbours and IPv6 addresses. Existing ones stay.
 */
export async function restoreGateway({ host, layout }: Place): Promise<void> {
  for (const step of [...gatewaySteps(layout), ...kernelRoutes(layout)]) await orFind(host, step);
}

// Routes that the kernel itself adds with an address, and that may have been removed alone.
function kernelRoutes({ device: dev, routed, subnet, gateway, inet6 }: Layout): Step[] {
  if (routed) return [];
  const common = { dev, protocol: 'kernel' } as const;
  const routes: RouteAdd[] = [
    { ...common, to: subnet.text, scope: 'link', src: gateway },
    ...(inet6 ? [{ ...common, to: inet6.subnet, priority: 256 }] : []),
  ];
  return routes.map((body): Step => ({ op: 'route.add', netns: HOST, body }));
}

async function orFind(host: NetworkNamespace, step: Step): Promise<void> {
  try {
    await new Plan({ namespaces: { [HOST]: host }, steps: [step] }).apply();
  } catch (error) {
    // A device removed meanwhile is reported elsewhere.
    if (!isGone(error) && !(error instanceof NetlinkError && error.code === 'EEXIST')) throw error;
  }
}

async function hasAddresses({ host, layout, device }: Place): Promise<boolean> {
  const found = (await ignoringGone(host.rtnl.addr.list({ dev: device }))) ?? [];
  const addresses = new Set(found.map(({ address }) => bare(address)));
  return gatewaySteps(layout).every(
    (step) => step.op !== 'addr.add' || addresses.has(bare(step.body.address)),
  );
}

async function hasWays(place: Place): Promise<boolean> {
  const found = await Promise.all(familiesOf(place.layout).map((family) => leadsInside(place, family)));
  return found.every(Boolean);
}

function bare(address: string): string {
  return address.split('/')[0] ?? '';
}
