import fs from 'node:fs';
import { ValidationError } from '../errors';
import type { NetworkNamespace } from '../netns/namespace';
import type { ResolvedSpec } from './spec';
import { overlaps, parseSubnet, type Subnet } from './subnet';

/** One of the host's interfaces as far as networks care. */
export interface HostInterface {
  readonly ifname: string;
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
export async function checkOverlap(host: NetworkNamespace, subnet: Subnet): Promise<void> {
  const addresses = await host.rtnl.addr.list({ family: 'inet' });
  for (const { address, dev } of addresses) {
    await refuseOverlap(host, subnet, address, dev, 'the address');
  }
  for (const { to, dev } of await host.rtnl.route.list({ family: 'inet' })) {
    await refuseOverlap(host, subnet, to, dev, 'the route to');
  }
}

async function refuseOverlap(
  host: NetworkNamespace,
  subnet: Subnet,
  text: string | undefined,
  dev: number | string | undefined,
  what: string,
): Promise<void> {
  if (text === undefined) return;
  const other = parseSubnet(text.includes('/') ? text : `${text}/32`);
  if (other === undefined || other.prefix === 0 || !overlaps(subnet, other)) return;
  const where = dev === undefined ? '' : ` on ${await nameOf(host, dev)}`;
  throw new ValidationError({
    operation: 'network.create',
    path: 'subnet',
    value: subnet.text,
    problem: `overlaps ${what} ${text}${where}: choose a subnet that the host does not use`,
  });
}

/** The interfaces by which a network's traffic leaves the host, and whether they forward. */
export async function egressInterfaces(host: NetworkNamespace, spec: ResolvedSpec): Promise<HostInterface[]> {
  if (!spec.nat) return [];
  const devices = spec.interfaces ?? (await defaultRouteDevices(host));
  return Promise.all(devices.map((device) => readInterface(host, device)));
}

async function defaultRouteDevices(host: NetworkNamespace): Promise<number[]> {
  // Not narrowed to the table by the kernel: one that has never held a route does not exist there.
  const all = await host.rtnl.route.list({ family: 'inet' });
  const routes = all.filter(({ table }) => table === 'main');
  const devices = routes
    .filter(({ to }) => to === undefined || to === 'default' || to === '0.0.0.0/0')
    .flatMap(({ dev, multipath = [] }) => [dev, ...multipath.map((hop) => hop.dev)]);
  return [...new Set(devices.filter((device) => device !== undefined))].map(Number);
}

async function readInterface(host: NetworkNamespace, device: number | string): Promise<HostInterface> {
  const link = await host.rtnl.link.get(typeof device === 'number' ? { index: device } : { ifname: device });
  return { ifname: link.ifname, forwarding: link.inet?.conf?.forwarding === 1 };
}

async function nameOf(host: NetworkNamespace, device: number | string): Promise<string> {
  return typeof device === 'string' ? device : (await host.rtnl.link.get({ index: device })).ifname;
}
