import { ValidationError } from '../../errors/errors';
import { type Family, familyOf } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import type { RouteInfo } from '../../rtnl/types';
import { readLink } from './links';
import { overlappingRoutes } from './routes';
import type { ResolvedSpec } from '../spec/resolved-spec';
import { overlaps, parseSubnet } from '../addressing/subnet';
import { overlaps6, parseSubnet6 } from '../addressing/subnet6';

/** A requested subnet, and its option's name. */
interface Wanted {
  readonly path: 'subnet' | 'subnet6';
  readonly subnet: string;
  /** The index of a device with addresses and routes that do not count. */
  readonly except?: number | undefined;
}

/** A destination of the host that a subnet would hide. */
interface Conflict {
  /** 'the address 10.0.0.1/24'. */
  readonly text: string;
  readonly dev: number | string | undefined;
}

/**
 * Routes with a shorter prefix are parts of a default route, such as the two halves of a VPN's. A network's own route
 * is longer and wins; nobody relies on the hidden part.
 */
const SHORTEST = { ip: 8, ip6: 7 } as const;

/**
 * Refuses a subnet that would hide a destination of the host: an address of its own, a connected network, or a route's.
 * A route without a destination, such as `unreachable 172.16.0.0/12`, conflicts only if its prefix is as long as the
 * subnet's or longer. Tables that no rule looks up do not count, and neither does the device with the index `except`:
 * the network becomes part of its LAN.
 */
export async function checkOverlap(
  host: NetworkNamespace,
  { subnet, spec6, overlap }: ResolvedSpec,
  except?: number,
): Promise<void> {
  if (overlap) return;
  await refuseOverlap(host, { path: 'subnet', subnet: subnet.text, except });
  if (spec6) await refuseOverlap(host, { path: 'subnet6', subnet: spec6.subnet });
}

async function refuseOverlap(host: NetworkNamespace, { path, subnet, except }: Wanted): Promise<void> {
  const conflicts = [...(await addressConflicts(host, subnet)), ...(await routeConflicts(host, subnet))];
  // The first conflict of each device: the others mostly follow from it.
  const found = new Map<unknown, string>();
  for (const { text, dev } of conflicts) {
    if (found.has(dev) || (dev !== undefined && dev === except)) continue;
    found.set(dev, dev === undefined ? text : `${text} on ${await nameOf(host, dev)}`);
  }
  if (found.size === 0) return;
  const problem =
    `overlaps ${[...found.values()].join(', and ')}: choose a subnet that the host does not use, ` +
    'or set overlap: true if the host may lose that destination';
  throw new ValidationError({ operation: 'network.create', path, value: subnet, problem });
}

async function addressConflicts(host: NetworkNamespace, subnet: string): Promise<Conflict[]> {
  const family = familyOf(subnet) === 'ip' ? 'inet' : 'inet6';
  const addresses = await host.rtnl.addr.list({ family });
  return addresses
    .filter(({ address }) => isOverlap(address, subnet))
    .map(({ address, dev }) => ({ text: `the address ${address}`, dev }));
}

async function routeConflicts(host: NetworkNamespace, subnet: string): Promise<Conflict[]> {
  const family = familyOf(subnet);
  const length = prefixOf(subnet, family);
  const blocking = (await overlappingRoutes(host, subnet)).filter(({ to, type }) => {
    const prefix = to === undefined ? 0 : prefixOf(to, family);
    const leads = type === 'unicast' || type === 'local';
    return leads ? prefix >= SHORTEST[family] : prefix >= length;
  });
  if (blocking.length === 0) return [];
  const isUsed = await tablesInUse(host, family);
  return blocking.filter(isUsed).map(({ to = 'default', dev }) => ({ text: `the route to ${to}`, dev }));
}

// No rule names a VRF's table: one rule stands for all VRFs.
async function tablesInUse(host: NetworkNamespace, family: Family): Promise<(route: RouteInfo) => boolean> {
  const rules = await host.rtnl.rule.list({ family: family === 'ip' ? 'inet' : 'inet6' });
  if (rules.length === 0 || rules.some(({ l3mdev }) => l3mdev)) return () => true;
  const tables = new Set<unknown>(rules.map(({ table }) => table));
  return ({ table }) => tables.has(table);
}

function prefixOf(network: string, family: Family): number {
  return Number(network.split('/')[1] ?? (family === 'ip' ? 32 : 128));
}

function isOverlap(one: string, other: string): boolean {
  if (familyOf(one) === 'ip') {
    const [a, b] = [parseSubnet(one), parseSubnet(other)];
    return a !== undefined && b !== undefined && overlaps(a, b);
  }
  const [a, b] = [parseSubnet6(one), parseSubnet6(other)];
  return a !== undefined && b !== undefined && overlaps6(a, b);
}

async function nameOf(host: NetworkNamespace, device: number | string): Promise<string> {
  return typeof device === 'string' ? device : (await readLink(host, device)).ifname;
}
