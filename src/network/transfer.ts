import os from 'node:os';
import { NetlinkError } from '../errors';
import type { NetworkNamespace } from '../netns/namespace';
import type { Step } from '../plan/step';
import type { AddrAdd, AddrInfo, LinkInfo, RouteAdd, RouteInfo } from '../rtnl/types';
import { HOST } from './layout';

/** What makes a device the host's way to others, and moves with it. */
export interface Configuration {
  readonly addresses: readonly AddrInfo[];
  readonly routes: readonly RouteInfo[];
}

const FOREVER = 0xffffffff;

// The rest tells how far the kernel has come with an address. It has proved by now to be nobody else's.
const LASTING: ReadonlySet<unknown> = new Set(['home', 'mngtmpaddr', 'noprefixroute', 'autojoin']);

/**
 * Reads the addresses and routes of a device, but for those that the kernel makes by itself. Rejects with NetlinkError
 * EOPNOTSUPP where a route has other ways beside the device and would lose one.
 */
export async function readConfiguration(
  host: NetworkNamespace,
  { index, ifname }: Pick<LinkInfo, 'index' | 'ifname'>,
  operation: string,
): Promise<Configuration> {
  const all = await host.rtnl.addr.list({ dev: index });
  const routes = (await host.rtnl.route.list()).filter(({ table }) => table !== 'local');
  const shared = routes.find(
    ({ dev, nhId, multipath = [] }) =>
      multipath.some((hop) => hop.dev === index) || (dev === index && nhId !== undefined),
  );
  if (shared) {
    const detail = `the route to ${shared.to ?? 'default'} has several next hops or a next hop object: replace it first`;
    throw new NetlinkError({ errno: os.constants.errno.EOPNOTSUPP, operation, object: ifname, detail });
  }
  return {
    addresses: all.filter(({ scope, family }) => !(family === 'inet6' && scope === 'link')),
    routes: routes.filter(({ dev, protocol }) => dev === index && protocol !== 'kernel').sort(byGateway),
  };
}

// Those without a gateway lead to the gateways of the others.
function byGateway(a: RouteInfo, b: RouteInfo): number {
  return Number(a.via !== undefined) - Number(b.via !== undefined);
}

/** The steps that take a configuration off one device and, after those `between`, give it to another. */
export function transferSteps(
  { addresses, routes }: Configuration,
  from: string,
  to: string,
  between: readonly Step[],
): Step[] {
  return [
    ...[...routes].reverse().map((route): Step => step('route.delete', keyOf(route, from))),
    ...[...addresses].reverse().map(({ address, peer }): Step => {
      return {
        op: 'addr.delete',
        netns: HOST,
        body: { dev: from, address, ...(peer !== undefined && { peer }) },
      };
    }),
    ...between,
    ...addresses.map((address): Step => ({
      op: 'addr.add',
      netns: HOST,
      body: addressOn(address, from, to),
    })),
    ...routes.map((route): Step => step('route.add', { ...keyOf(route, to), ...attributesOf(route) })),
  ];
}

function step(op: 'route.add' | 'route.delete', body: RouteAdd): Step {
  return { op, netns: HOST, body };
}

function addressOn(info: AddrInfo, from: string, to: string): AddrAdd {
  const { family, address, peer, broadcast, scope, label, flags, cacheinfo, rtPriority } = info;
  const lasting = typeof flags === 'object' ? flags.filter((flag) => LASTING.has(flag)) : [];
  const { preferred = FOREVER, valid = FOREVER } = cacheinfo ?? {};
  return {
    dev: to,
    address,
    ...defined({ peer, broadcast, scope, rtPriority }),
    // 'eth0:1' becomes 'br0:1'.
    ...(label !== undefined && label !== from && { label: label.replace(`${from}:`, `${to}:`).slice(0, 15) }),
    ...(valid !== FOREVER && { cacheinfo: { preferred, valid } }),
    flags: family === 'inet6' ? [...lasting, 'nodad'] : lasting,
  };
}

function keyOf({ to = 'default', ...info }: RouteInfo, dev: string): RouteAdd {
  const { family, from, via, rtvia, table, tos, priority, type, scope, protocol } = info;
  return { to, dev, ...defined({ family, from, via, rtvia, table, tos, priority, type, scope, protocol }) };
}

function attributesOf({ onlink, src, metrics, pref, expires }: RouteInfo): Partial<RouteAdd> {
  const { unknown: _, ...known } = metrics ?? {};
  return {
    ...defined({ src, pref, expires }),
    ...(onlink === true && { onlink }),
    ...(Object.keys(known).length > 0 && { metrics: known }),
  };
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
