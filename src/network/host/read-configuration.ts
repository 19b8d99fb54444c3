import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import type { AddrInfo, LinkInfo, RouteInfo } from '../../rtnl/types';
import { type HostConfiguration, defined, type Address, type Route } from '../model/host-configuration';

const FOREVER = 0xffffffff;

// Other flags are the kernel's progress with an address. By now the address has proved to be unique.
const LASTING: ReadonlySet<unknown> = new Set(['home', 'mngtmpaddr', 'noprefixroute', 'autojoin']);

/**
 * Reads the addresses and routes of a device, except those that the kernel adds itself. Rejects with NetlinkError
 * EOPNOTSUPP for a route with further next hops on other devices, which would lose one.
 */
export async function readConfiguration(
  host: NetworkNamespace,
  { index, ifname }: Pick<LinkInfo, 'index' | 'ifname'>,
  operation: string,
): Promise<HostConfiguration> {
  const all = await host.rtnl.addr.list({ dev: index });
  const routes = (await host.rtnl.route.list()).filter(({ table }) => table !== 'local');
  const shared = routes.find(
    ({ dev, nhId, multipath = [] }) =>
      multipath.some((hop) => hop.dev === index) || (dev === index && nhId !== undefined),
  );
  if (shared) {
    const detail = `the route to ${shared.to ?? 'default'} has several next hops or a next hop object: replace that route first`;
    throw new NetlinkError({ errno: os.constants.errno.EOPNOTSUPP, operation, object: ifname, detail });
  }
  return {
    addresses: all
      .filter(({ scope, family }) => !(family === 'inet6' && scope === 'link'))
      .map((info) => addressOf(info, ifname)),
    routes: routes
      .filter(({ dev, protocol }) => dev === index && protocol !== 'kernel')
      .sort(byGateway)
      .map(routeOf),
  };
}

// Routes without a gateway lead to the gateways of the others.
function byGateway(a: RouteInfo, b: RouteInfo): number {
  return Number(a.via !== undefined) - Number(b.via !== undefined);
}

// 'eth0:1' becomes 'br0:1', and is stored as ':1'.
function addressOf(info: AddrInfo, dev: string): Address {
  const { family, address, peer, broadcast, scope, label, flags, cacheinfo, rtPriority } = info;
  const lasting = typeof flags === 'object' ? flags.filter((flag) => LASTING.has(flag)) : [];
  const { preferred = FOREVER, valid = FOREVER } = cacheinfo ?? {};
  return {
    address,
    ...defined({ peer, broadcast, scope, rtPriority }),
    ...(label !== undefined && label !== dev && { label: label.replace(`${dev}:`, ':') }),
    ...(valid !== FOREVER && { cacheinfo: { preferred, valid } }),
    flags: family === 'inet6' ? [...lasting, 'nodad'] : lasting,
  };
}

function routeOf({ to = 'default', ...info }: RouteInfo): Route {
  const { family, from, via, rtvia, table, tos, priority, type, scope, protocol } = info;
  const { onlink, src, metrics, pref, expires } = info;
  const { unknown: _, ...known } = metrics ?? {};
  return {
    to,
    ...defined({ family, from, via, rtvia, table, tos, priority, type, scope, protocol }),
    ...defined({ src, pref, expires }),
    ...(onlink === true && { onlink }),
    ...(Object.keys(known).length > 0 && { metrics: known }),
  };
}
