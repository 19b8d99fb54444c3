import { ignoringNotFound, throwRefusal } from '../../errors/not-found';
import type { Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { Plan } from '../../plan/plan';
import type { Step } from '../../plan/spec/step';
import type { RouteAdd, RouteInfo } from '../../rtnl/types';
import { type Layout } from '../model/layout';
import { HOST } from '../model/labels';
import { familiesOf, subnetOf } from '../model/families';
import { driverOf } from '../drivers';
import { overlappingRoutes } from '../host/routes';

/**
 * Adds the route to a network to every table that the host's rules look up besides the kernel's own: a VPN's default
 * route, in a table before main, would take the network's replies. Such a route may come later, and routes are not
 * watched; so a table gets the network's route beforehand. The added route goes with the network's device, or {@link
 * removeTableRoutes} removes it.
 */
export async function addTableRoutes(host: NetworkNamespace, layout: Layout, family: Family): Promise<void> {
  for (const table of await tablesWithoutRoute(host, layout, family)) {
    const steps = ownRoutes(layout, family).map((body): Step => {
      return { op: 'route.add', netns: HOST, body: { ...body, table } };
    });
    // Others may be faster, or the network may be gone.
    await ignoringNotFound(new Plan({ namespaces: { [HOST]: host }, steps }).apply());
  }
}

/** The tables that the host's rules look up, and in which other routes take, or may later take, a network's packets. */
export async function tablesWithoutRoute(
  host: NetworkNamespace,
  layout: Layout,
  family: Family,
): Promise<readonly number[]> {
  const subnet = subnetOf(layout, family);
  if (subnet === undefined) return [];
  const without: number[] = [];
  for (const table of await otherTables(host, family)) {
    const routes = await overlappingRoutes(host, subnet, table);
    if (!routes.some(({ to }) => to === subnet)) without.push(table);
  }
  return without;
}

/**
 * Removes the routes of {@link addTableRoutes} that go with no device, including those in tables that no rule names any
 * more.
 */
export async function removeTableRoutes(host: NetworkNamespace, layout: Layout): Promise<void> {
  for (const family of familiesOf(layout)) {
    const subnet = subnetOf(layout, family);
    const routes = ownRoutes(layout, family).filter(({ dev }) => dev === undefined);
    if (subnet === undefined || routes.length === 0) continue;
    const found = (await overlappingRoutes(host, subnet)).filter(({ to }) => to === subnet);
    const results = await host.rtnl.batch((batch) => {
      for (const route of routes)
        for (const { table } of found.filter(isLike(route))) batch.route.delete({ ...route, table });
    });
    throwRefusal(results);
  }
}

function isLike({ type, protocol }: RouteAdd): (found: RouteInfo) => boolean {
  return (found) => found.type === type && found.protocol === protocol;
}

async function otherTables(host: NetworkNamespace, family: Family): Promise<Set<number>> {
  const rules = await host.rtnl.rule.list({ family: family === 'ip' ? 'inet' : 'inet6' });
  return new Set(rules.flatMap(({ table }) => (typeof table === 'number' && table > 0 ? [table] : [])));
}

function ownRoutes(layout: Layout, family: Family): RouteAdd[] {
  const subnet = subnetOf(layout, family);
  return subnet === undefined ? [] : driverOf(layout).ownRoutes(layout, subnet);
}
