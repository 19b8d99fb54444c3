import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import type { AddrInfo, LinkInfo, NeighInfo, RouteInfo } from '../../rtnl/types';
import type { HostConfiguration } from '../model/host-configuration';
import { addressFrom, byGateway, neighbourFrom, routeFrom } from './from-info';
import { isKernelRoute } from './kernel-routes';

/**
 * Reads the addresses, routes and permanent neighbours of a device, except those that the kernel adds itself. Rejects
 * with NetlinkError EOPNOTSUPP, and names the address or route, if one of them would lose something on another device.
 */
export async function readConfiguration(
  host: NetworkNamespace,
  { index, ifname }: Pick<LinkInfo, 'index' | 'ifname'>,
  operation: string,
): Promise<HostConfiguration> {
  const [addresses, all, neighbours] = await Promise.all([
    host.rtnl.addr.list({ dev: index }),
    host.rtnl.route.list(),
    listNeighbours(host, index),
  ]);
  const own = addresses.filter(({ scope, family }) => !(family === 'inet6' && scope === 'link'));
  const routes = all.filter((route) => leadsTo(route, index));
  const detail = own.map(whyAddressStays).find(isText) ?? routes.map(whyRouteStays).find(isText);
  if (detail !== undefined)
    throw new NetlinkError({ errno: os.constants.errno.EOPNOTSUPP, operation, object: ifname, detail });
  const ofKernel = routes.filter((route) => isKernelRoute(route, addresses));
  return {
    addresses: inOrder(own).map((info) => addressFrom(info, ifname)),
    routes: routes
      .filter((route) => !ofKernel.includes(route))
      .sort(byGateway)
      .map(routeFrom),
    neighbours: neighbours.map(neighbourFrom),
    kernelRoutes: ofKernel.filter(isPrefix6).map(routeFrom),
  };
}

/** Permanent neighbours, and proxy entries, which a list of their own has. */
async function listNeighbours(host: NetworkNamespace, dev: number): Promise<NeighInfo[]> {
  const [learned, proxies] = await Promise.all([
    host.rtnl.neigh.list({ dev }),
    host.rtnl.neigh.list({ dev, flags: ['proxy'] }),
  ]);
  const lasting = learned.filter(({ state }) => state === 'permanent');
  return [...lasting, ...proxies].filter(({ family }) => family === 'inet' || family === 'inet6');
}

/** In the order in which they were added, by which the host chooses among them: the kernel lists the latest IPv6 address first. */
function inOrder(addresses: readonly AddrInfo[]): AddrInfo[] {
  const isIPv6 = ({ family }: AddrInfo): boolean => family === 'inet6';
  return [...addresses.filter((info) => !isIPv6(info)), ...addresses.filter(isIPv6).reverse()];
}

function leadsTo({ dev, iif, multipath = [] }: RouteInfo, index: number): boolean {
  return dev === index || iif === index || multipath.some((hop) => hop.dev === index);
}

// The kernel has that of link-local addresses, which stay, on each device.
function isPrefix6({ family, table, to = '' }: RouteInfo): boolean {
  return family === 'inet6' && table === 'main' && !to.startsWith('fe80:');
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

function whyAddressStays({ address, unknown }: AddrInfo): string | undefined {
  if (unknown === undefined) return undefined;
  return `the address ${address} has attributes that cannot move (${Object.keys(unknown).join(', ')}): remove the address first`;
}

// Attributes without a row of a table are an encapsulation, or newer than this library.
function whyRouteStays({
  to = 'default',
  family,
  nhId,
  multipath,
  unknown,
  metrics,
}: RouteInfo): string | undefined {
  const has = (what: string): string => `the route to ${to} has ${what}: replace that route first`;
  if (nhId !== undefined || multipath !== undefined) return has('several next hops or a next hop object');
  const beyond = Object.keys({ ...unknown, ...metrics?.unknown });
  if (beyond.length > 0)
    return has(`an encapsulation, or other attributes that cannot move (${beyond.join(', ')})`);
  return family === 'inet' || family === 'inet6' ? undefined : has(`the address family ${String(family)}`);
}
