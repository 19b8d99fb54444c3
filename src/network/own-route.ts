import { ignoringGone, isGone } from '../gone';
import type { Family } from '../ip';
import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import type { Step } from '../plan/step';
import type { RouteAdd } from '../rtnl/types';
import { HOST, type Layout } from './layout';
import { familiesOf } from './opened-steps';
import { ROUTE_PROTOCOL } from './peer-routes';
import { routedHostSteps, type Routing } from './routed';
import { overlappingRoutes } from './routes';

/**
 * Names the way to a network in every table that rules of the host look up, and whose routes would lead elsewhere: a VPN's
 * default route, in a table that is asked before main, would take the network's answers. Such a route goes with the
 * network's device, or is for {@link unleadTables} to remove.
 */
export async function leadTables(host: NetworkNamespace, layout: Layout, family: Family): Promise<void> {
  for (const table of await misleadingTables(host, layout, family)) {
    const steps = ownRoutes(layout, family).map((body): Step => {
      return { op: 'route.add', netns: HOST, body: { ...body, table } };
    });
    // Others may be faster, or the network be gone.
    await ignoringGone(new Plan({ namespaces: { [HOST]: host }, steps }).apply());
  }
}

/** The tables that rules of the host look up, and in which other routes would take what is meant for a network. */
export async function misleadingTables(
  host: NetworkNamespace,
  layout: Layout,
  family: Family,
): Promise<readonly number[]> {
  const subnet = subnetOf(layout, family);
  if (subnet === undefined) return [];
  const misleading: number[] = [];
  for (const table of await otherTables(host, family)) {
    const routes = await overlappingRoutes(host, subnet, table);
    if (routes.length > 0 && !routes.some(({ to }) => to === subnet)) misleading.push(table);
  }
  return misleading;
}

function subnetOf({ subnet, inet6 }: Layout, family: Family): string | undefined {
  return family === 'ip' ? subnet.text : inet6?.subnet;
}

/** Removes what {@link leadTables} added and no device takes along. */
export async function unleadTables(host: NetworkNamespace, layout: Layout): Promise<void> {
  for (const family of familiesOf(layout)) {
    const routes = ownRoutes(layout, family).filter(({ dev }) => dev === undefined);
    if (routes.length === 0) continue;
    const tables = await otherTables(host, family);
    const results = await host.rtnl.batch((batch) => {
      for (const table of tables) for (const route of routes) batch.route.delete({ ...route, table });
    });
    const refusal = results.find((result) => !result.ok && !isGone(result.error));
    if (refusal && !refusal.ok) throw refusal.error;
  }
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
