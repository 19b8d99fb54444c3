import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Step } from '../../plan/spec/step';
import type { AddrAdd, AddrInfo, LinkInfo, RouteAdd, RouteInfo } from '../../rtnl/types';
import { HOST } from '../model/layout';

/** What makes a device the host's way to others, and moves with it: plain data, without the device's name. */
export interface Configuration {
  readonly addresses: readonly Omit<AddrAdd, 'dev'>[];
  readonly routes: readonly Omit<RouteAdd, 'dev'>[];
}

export const NOTHING: Configuration = { addresses: [], routes: [] };

type Address = Configuration['addresses'][number];
type Route = Configuration['routes'][number];

const FOREVER = 0xffffffff;
const LONGEST_LABEL = 15;

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
    addresses: all
      .filter(({ scope, family }) => !(family === 'inet6' && scope === 'link'))
      .map((info) => addressOf(info, ifname)),
    routes: routes
      .filter(({ dev, protocol }) => dev === index && protocol !== 'kernel')
      .sort(byGateway)
      .map(routeOf),
  };
}

// Those without a gateway lead to the gateways of the others.
function byGateway(a: RouteInfo, b: RouteInfo): number {
  return Number(a.via !== undefined) - Number(b.via !== undefined);
}

/** The steps that take a configuration off a device. */
export function takeSteps({ addresses, routes }: Configuration, dev: string): Step[] {
  return [
    ...[...routes].reverse().map((route): Step => {
      return { op: 'route.delete', netns: HOST, body: { ...keyOfRoute(route), dev } };
    }),
    ...[...addresses].reverse().map(({ address, peer }): Step => {
      return { op: 'addr.delete', netns: HOST, body: { dev, address, ...defined({ peer }) } };
    }),
  ];
}

/** The steps that give a device a configuration. */
export function giveSteps({ addresses, routes }: Configuration, dev: string): Step[] {
  return [
    ...addresses.map((address): Step => {
      return { op: 'addr.add', netns: HOST, body: { ...address, dev, ...labelOn(address, dev) } };
    }),
    ...routes.map((route): Step => ({ op: 'route.add', netns: HOST, body: { ...route, dev } })),
  ];
}

/** What is in any of the configurations, each thing as the first has it. */
export function union(...all: readonly Configuration[]): Configuration {
  return {
    addresses: unique(
      all.flatMap(({ addresses }) => addresses),
      addressKey,
    ),
    routes: unique(
      all.flatMap(({ routes }) => routes),
      routeKey,
    ),
  };
}

/** What is in the first configuration and not in the second. */
export function difference(one: Configuration, other: Configuration): Configuration {
  const [addresses, routes] = [new Set(other.addresses.map(addressKey)), new Set(other.routes.map(routeKey))];
  return {
    addresses: one.addresses.filter((address) => !addresses.has(addressKey(address))),
    routes: one.routes.filter((route) => !routes.has(routeKey(route))),
  };
}

function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const first = new Map([...items].reverse().map((item) => [keyOf(item), item]));
  return items.filter((item) => first.get(keyOf(item)) === item);
}

function addressKey({ address, peer = '' }: Address): string {
  return `${address} ${peer}`;
}

function routeKey(route: Route): string {
  return JSON.stringify(keyOfRoute(route));
}

// 'eth0:1' becomes 'br0:1', and is kept as ':1'.
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

function labelOn({ label }: Address, dev: string): { label?: string } {
  return label?.startsWith(':') ? { label: `${dev}${label}`.slice(0, LONGEST_LABEL) } : {};
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

function keyOfRoute(route: Route): Route {
  const { to, family, from, via, rtvia, table, tos, priority, type, scope, protocol } = route;
  return { ...defined({ to, family, from, via, rtvia, table, tos, priority, type, scope, protocol }) };
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
