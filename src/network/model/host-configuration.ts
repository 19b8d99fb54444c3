import type { AddrAdd, NeighAdd, RouteAdd } from '../../rtnl/types';

/**
 * The addresses, routes and neighbours by which the host uses a device; they move with it. Plain data, without the
 * device's name.
 */
export interface HostConfiguration {
  readonly addresses: readonly Omit<AddrAdd, 'dev'>[];
  readonly routes: readonly Omit<RouteAdd, 'dev'>[];
  /** Permanent neighbours and proxy entries. Absent in files of earlier versions. */
  readonly neighbours?: readonly Omit<NeighAdd, 'dev'>[];
  /** IPv6 routes that the kernel adds with an address. The route of one that expires stays without it. */
  readonly kernelRoutes?: readonly Omit<RouteAdd, 'dev'>[];
}

export const EMPTY_CONFIGURATION: HostConfiguration = { addresses: [], routes: [] };

export type Address = HostConfiguration['addresses'][number];

export type Route = HostConfiguration['routes'][number];

export type Neighbour = NonNullable<HostConfiguration['neighbours']>[number];

/** Whether there is nothing to move. */
export function isEmpty({ addresses, routes, neighbours = [] }: HostConfiguration): boolean {
  return addresses.length + routes.length + neighbours.length === 0;
}

/** The union of configurations; of equal entries the first is kept. */
export function union(...all: readonly HostConfiguration[]): HostConfiguration {
  return {
    addresses: unique(
      all.flatMap(({ addresses }) => addresses),
      addressKey,
    ),
    routes: unique(
      all.flatMap(({ routes }) => routes),
      routeKey,
    ),
    neighbours: unique(
      all.flatMap(({ neighbours = [] }) => neighbours),
      neighbourKey,
    ),
    kernelRoutes: unique(
      all.flatMap(({ kernelRoutes = [] }) => kernelRoutes),
      routeKey,
    ),
  };
}

/** Entries of the first configuration that the second lacks. */
export function difference(one: HostConfiguration, other: HostConfiguration): HostConfiguration {
  const [addresses, routes] = [new Set(other.addresses.map(addressKey)), new Set(other.routes.map(routeKey))];
  const neighbours = new Set((other.neighbours ?? []).map(neighbourKey));
  const kernelRoutes = new Set((other.kernelRoutes ?? []).map(routeKey));
  return {
    addresses: one.addresses.filter((address) => !addresses.has(addressKey(address))),
    routes: one.routes.filter((route) => !routes.has(routeKey(route))),
    neighbours: (one.neighbours ?? []).filter((neighbour) => !neighbours.has(neighbourKey(neighbour))),
    kernelRoutes: (one.kernelRoutes ?? []).filter((route) => !kernelRoutes.has(routeKey(route))),
  };
}

function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const first = new Map([...items].reverse().map((item) => [keyOf(item), item]));
  return items.filter((item) => first.get(keyOf(item)) === item);
}

function addressKey({ address, peer = '' }: Address): string {
  return `${address} ${peer}`;
}

/** A proxy entry may have the address of a neighbour. */
function neighbourKey({ to, flags }: Neighbour): string {
  return `${to} ${String(isProxy(flags))}`;
}

export function isProxy(flags: NeighAdd['flags']): boolean {
  return Array.isArray(flags) && flags.includes('proxy');
}

function routeKey(route: Route): string {
  return JSON.stringify(keyOfRoute(route));
}

export function keyOfRoute(route: Route): Route {
  const { to, family, from, via, rtvia, table, tos, priority, type, scope, protocol } = route;
  return { ...defined({ to, family, from, via, rtvia, table, tos, priority, type, scope, protocol }) };
}

export function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
