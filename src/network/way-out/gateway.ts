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
  /** The index of the host's device: 0 for one that is gone. */
  readonly device: number;
}

/** Whether the host lacks its address on the network, or the way there, and its device is up. */
export async function isGatewayLost(place: Place): Promise<boolean> {
  const { host, layout, device } = place;
  if (device === 0 || ((await hasAddresses(place)) && (await hasWays(place)))) return false;
  const link = await ignoringGone(readLink(host, device));
  return link?.up === true && link.ifname === layout.device;
}

/**
 * Gives them back to the host: others removed them, or the device was down meanwhile, with which the kernel drops routes, neighbours and
 * addresses of IPv6. What is there stays.
 */
export async function restoreGateway({ host, layout }: Place): Promise<void> {
  for (const step of [...gatewaySteps(layout), ...kernelRoutes(layout)]) await orFind(host, step);
}

// Those that the kernel itself adds with an address, and somebody may have removed alone.
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
    // Whoever takes the device away meanwhile is told of elsewhere.
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
