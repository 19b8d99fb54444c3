import fs from 'node:fs';
import { decodeHeaders } from '../codec/decode';
import { NetlinkError, ValidationError } from '../errors';
import type { Family } from '../ip';
import { carryOut } from '../netns/carry-out';
import type { NetworkNamespace } from '../netns/namespace';
import type { LinkInfo } from '../rtnl/types';
import type { ResolvedSpec } from './spec';
import { overlaps, parseSubnet } from './subnet';
import { overlaps6, parseSubnet6 } from './subnet6';

/** One of the host's interfaces as far as networks care. */
export interface HostInterface {
  readonly ifname: string;
  /** Whose forwarding the rest is about. */
  readonly family: Family;
  readonly forwarding: boolean;
}

/** Whether the kernel has IPv6 at all: without, its attributes are refused. */
export function hasIpv6(): boolean {
  return fs.existsSync('/proc/net/if_inet6');
}

/**
 * Refuses a subnet that an address or a route of the host already covers: the host would lose the way to whatever is
 * there. Default routes cover everything and do not count.
 */
export async function checkOverlap(
  host: NetworkNamespace,
  { subnet, spec6, parent }: ResolvedSpec,
): Promise<void> {
  // What leads to the LAN is what a network on it is to be part of.
  const except = parent === undefined ? undefined : (await readLink(host, parent)).index;
  const isTaken = (text: string): boolean => isCovered(parseSubnet(text), overlaps, subnet);
  await refuseOverlap(host, 'inet', { path: 'subnet', value: subnet.text, isTaken, except });
  const subnet6 = spec6 && parseSubnet6(spec6.subnet);
  if (subnet6 === undefined) return;
  const isTaken6 = (text: string): boolean => isCovered(parseSubnet6(text), overlaps6, subnet6);
  await refuseOverlap(host, 'inet6', { path: 'subnet6', value: subnet6.text, isTaken: isTaken6 });
}

// Default routes cover everything.
function isCovered<T extends { prefix: number }>(
  other: T | undefined,
  overlap: (a: T, b: T) => boolean,
  subnet: T,
): boolean {
  return other !== undefined && other.prefix > 0 && overlap(subnet, other);
}

/** A subnet that is wanted, and the field that says so. */
interface Wanted {
  readonly path: string;
  readonly value: string;
  readonly isTaken: (network: string) => boolean;
  /** The index of a device whose addresses and routes do not count. */
  readonly except?: number | undefined;
}

async function refuseOverlap(
  host: NetworkNamespace,
  family: 'inet' | 'inet6',
  { path, value, isTaken, except }: Wanted,
): Promise<void> {
  const length = family === 'inet' ? 32 : 128;
  const [addresses, routes] = await Promise.all([
    host.rtnl.addr.list({ family }),
    host.rtnl.route.list({ family }),
  ]);
  const others = [
    ...addresses.map(({ address, dev }) => ({ network: address, dev, what: 'the address' })),
    ...routes.map(({ to, dev }) => ({ network: to, dev, what: 'the route to' })),
  ];
  // Of each device what comes first: the rest mostly follows from it.
  const found = new Map<unknown, string>();
  for (const { network, dev, what } of others) {
    if (network === undefined || found.has(dev) || (dev !== undefined && dev === except)) continue;
    if (!isTaken(network.includes('/') ? network : `${network}/${String(length)}`)) continue;
    const where = dev === undefined ? '' : ` on ${await nameOf(host, dev)}`;
    found.set(dev, `${what} ${network}${where}`);
  }
  if (found.size === 0) return;
  const problem = `overlaps ${[...found.values()].join(', and ')}: choose a subnet that the host does not use`;
  throw new ValidationError({ operation: 'network.create', path, value, problem });
}

/** The interfaces by which a network's traffic leaves the host, and whether they forward. */
export async function egressInterfaces(host: NetworkNamespace, spec: ResolvedSpec): Promise<HostInterface[]> {
  if (!spec.nat) return [];
  const devices = spec.interfaces ?? (await defaultRouteDevices(host, 'inet'));
  return Promise.all(devices.map((device) => readInterface(host, device)));
}

/** The devices of a family's default routes. */
export async function defaultRouteDevices(
  host: NetworkNamespace,
  family: 'inet' | 'inet6',
): Promise<number[]> {
  // Not narrowed to the table by the kernel: one that has never held a route does not exist there.
  const all = await host.rtnl.route.list({ family });
  const routes = all.filter(({ table, type }) => table === 'main' && type === 'unicast');
  const devices = routes
    .filter(({ to }) => to === undefined || to === 'default' || to === '0.0.0.0/0' || to === '::/0')
    .flatMap(({ dev, multipath = [] }) => [dev, ...multipath.map((hop) => hop.dev)]);
  return [...new Set(devices.filter((device) => device !== undefined))].map(Number);
}

async function readInterface(host: NetworkNamespace, device: number | string): Promise<HostInterface> {
  const link = await readLink(host, device);
  return { ifname: link.ifname, family: 'ip', forwarding: link.inet?.conf?.forwarding === 1 };
}

/** A device by its index or name. */
export async function readLink(host: NetworkNamespace, device: number | string): Promise<LinkInfo> {
  return host.rtnl.link.get(typeof device === 'number' ? { index: device } : { ifname: device });
}

/** A device's index alone, without all that the kernel tells of a link, which a new process takes 2 ms to read. */
export async function readIndex(host: NetworkNamespace, ifname: string): Promise<number> {
  const step = {
    op: 'request',
    slot: 0,
    family: 'link',
    verb: 'get',
    body: { ifname },
    reply: true,
  } as const;
  const [{ failure, reply = new Uint8Array() } = {}] = await carryOut(host, [step]);
  if (failure) throw NetlinkError.of(failure, { operation: 'link.get', object: ifname });
  const [{ index }] = decodeHeaders('link', reply) as [{ index: number }];
  return index;
}

async function nameOf(host: NetworkNamespace, device: number | string): Promise<string> {
  return typeof device === 'string' ? device : (await readLink(host, device)).ifname;
}
