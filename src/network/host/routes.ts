import os from 'node:os';
import { decodeReply } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import { addressBytes, familyOf } from '../../base/ip';
import { carryOut } from '../../nsfs/run-requests';
import type { NetworkNamespace } from '../../netns/namespace';
import { familyNamed } from '../../rtnl/families';
import type { Body } from '../../rtnl/types/body';
import type { RouteInfo, RouteTable } from '../../rtnl/types';

/**
 * The routes of a host, of every table or one, that overlap a network such as '10.0.0.0/24'; default routes overlap all. A
 * host can have a million routes: the executor's thread reads them, and only these reach JavaScript.
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
  const [{ failure, reply = new Uint8Array() } = {}] = await carryOut(host, [step]);
  // A table that has never held a route does not exist.
  if (failure?.errno === os.constants.errno.ENOENT) return [];
  if (failure) throw NetlinkError.of(failure, { operation: 'route.list', object: network });
  const hooks = familyNamed('route');
  return decodeReply('route', reply).map((route) => (hooks.present?.(route as Body) ?? route) as RouteInfo);
}
