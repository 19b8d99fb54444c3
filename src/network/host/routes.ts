import os from 'node:os';
import { decodeReply } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import { addressBytes, familyOf } from '../../base/ip';
import { runRequests } from '../../nsfs/run-requests';
import type { NetworkNamespace } from '../../netns/namespace';
import { familyNamed } from '../../rtnl/families';
import type { Body } from '../../rtnl/types/common/body';
import type { RouteInfo, RouteTable } from '../../rtnl/types';

/**
 * The routes of a host, of every table or one, that overlap a network such as '10.0.0.0/24'; default routes overlap
 * all. A host can have a million routes: the executor's thread reads them, and only the overlapping ones reach
 * JavaScript.
 */
export async function overlappingRoutes(
  host: NetworkNamespace,
  network: string,
  table?: RouteTable,
): Promise<RouteInfo[]> {
  const [address = '', prefix] = network.split('/');
  const step = {
    op: 'request',
    slot: 0,
    family: 'route',
    verb: 'list',
    body: { family: familyOf(address) === 'ip' ? 'inet' : 'inet6', ...(table !== undefined && { table }) },
    reply: true,
    overlapping: { network: addressBytes(address), prefix: Number(prefix) },
  } as const;
  const [{ failure, reply = new Uint8Array() } = {}] = await runRequests(host, [step]);
  // A table that has never had a route does not exist.
  if (failure?.errno === os.constants.errno.ENOENT) return [];
  if (failure) throw NetlinkError.of(failure, { operation: 'route.list', object: network });
  const hooks = familyNamed('route');
  return decodeReply('route', reply).map((route) => (hooks.present?.(route as Body) ?? route) as RouteInfo);
}

/**
 * The origin of a route, as the kernel stores it (rtm_protocol): a number that no routing daemon uses, so that a
 * foreign route to the same destination is never taken for ours.
 */
export const ROUTE_PROTOCOL = 110;

// Without a route there are no replies either.
export async function routeOf(
  host: NetworkNamespace,
  question: Parameters<NetworkNamespace['rtnl']['route']['get']>[0],
): Promise<RouteInfo | undefined> {
  try {
    return await host.rtnl.route.get(question);
  } catch (error) {
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}
