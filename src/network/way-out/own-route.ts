import { ignoringGone, isGone } from '../../errors/not-found';
import type { Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { Plan } from '../../plan/plan';
import type { Step } from '../../plan/spec/step';
import type { RouteAdd, RouteInfo } from '../../rtnl/types';
import { type Layout } from '../model/layout';
import { HOST } from '../model/labels';
import { familiesOf } from '../model/families';
import { ROUTE_PROTOCOL } from '../host/routes';
import { routedHostSteps } from '../drivers/parts/router-steps';
import { type Routing } from '../spec/routed-options';
import { overlappingRoutes } from '../host/routes';

/**
 * Adds the route to a network to every table that the host's rules look up besides the kernel's own: a VPN's default
 * route, in a table before main, would take the network's replies. Such a route may come later, and routes are not
 * watched; so a table gets the network's route beforehand. The added route goes with the network's device, or {@link
 * unleadTables} removes it.
 */
export async function leadTables(host: NetworkNamespace, layout: Layout, family: Family): Promise<void> {
  for (const table of await tablesWithout(host, layout, family)) {
    const steps = ownRoutes(layout, family).map((body): Step => {
      return { op: 'route.add', netns: HOST, body: { ...body, table } };
    });
    // Others may be faster, or the network may be gone.
    await ignoringGone(new Plan({ namespaces: { [HOST]: host }, steps }).apply());
  }
}

/** The tables that the host's rules look up, and in which other routes take, or may later take, a network's packets. */
export async function tablesWithout(
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

function subnetOf({ subnet, inet6 }: Layout, family: Family): string | undefined {
  return family === 'ip' ? subnet.text : inet6?.subnet;
}

/**
 * Removes the routes of {@link leadTables} that go with no device, including those in tables that no rule names any
 * more.
 */
export async function unleadTables(host: NetworkNamespace, layout: Layout): Promise<void> {
  for (const family of familiesOf(layout)) {
    const subnet = subnetOf(layout, family);
    const routes = ownRoutes(layout, family).filter(({ dev }) => dev === undefined);
    if (subnet === undefined || routes.length === 0) continue;
    const found = (await overlappingRoutes(host, subnet)).filter(({ to }) => to === subnet);
    const results = await host.rtnl.batch((batch) => {
      for (const route of routes)
        for (const { table } of found.filter(isLike(route))) batch.route.delete({ ...route, table });
    });
    const refusal = results.find((result) => !result.ok && !isGone(result.error));
    if (refusal && !refusal.ok) throw refusal.error;
  }
}

function isLike({ type, protocol }: RouteAdd): (found: RouteInfo) => boolean {
  return (found) => found.type === type && found.protocol === protocol;
}

async function otherTables(host: NetworkNamespace, family: Family): Promise<Set<number>> {
  const rules = await host.rtnl.rule.list({ family: family === 'ip' ? 'inet' : 'inet6' });
  return new Set(rules.flatMap(({ table }) => (typeof table === 'number' && table > 0 ? [table] : [])));
}

const OWN_ROUTES: Record<'bridge' | Routing, (layout: Layout, subnet: string) => RouteAdd[]> = {
  bridge: ({ device: dev }, to) => [{ to, dev }],
  router: wayToRouter,
  segments: wayToRouter,
  // On to the next table: main has a route to each endpoint.
  host: (_, to) => [{ to, type: 'throw', protocol: ROUTE_PROTOCOL }],
};

function ownRoutes(layout: Layout, family: Family): RouteAdd[] {
  const subnet = subnetOf(layout, family);
  return subnet === undefined ? [] : OWN_ROUTES[layout.routed ?? 'bridge'](layout, subnet);
}

function wayToRouter(layout: Layout, subnet: string): RouteAdd[] {
  return routedHostSteps(layout).flatMap((step) =>
    step.op === 'route.add' && step.body.to === subnet ? [step.body] : [],
  );
}
