import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import type { LinkInfo } from '../../rtnl/types';
import type { HostConfiguration } from '../model/host-configuration';
import { addressFrom, byGateway, routeFrom } from './from-info';

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
      .map((info) => addressFrom(info, ifname)),
    routes: routes
      .filter(({ dev, protocol }) => dev === index && protocol !== 'kernel')
      .sort(byGateway)
      .map(routeFrom),
  };
}
