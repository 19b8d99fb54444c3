import { ignoringGone } from '../gone';
import type { Family } from '../ip';
import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import type { Step } from '../plan/step';
import { HOST, type Layout } from './layout';
import { routedHostSteps } from './routed';
import { overlappingRoutes } from './routes';

/**
 * Names the way to a network in every table that rules of the host look up, and whose routes would lead elsewhere: a VPN's
 * default route, in a table that is asked before main, would take the network's answers. Such a route goes with the
 * network's device.
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
  const rules = await host.rtnl.rule.list({ family: family === 'ip' ? 'inet' : 'inet6' });
  const others = rules.flatMap(({ table }) => (typeof table === 'number' && table > 0 ? [table] : []));
  const misleading: number[] = [];
  for (const table of new Set(others)) {
    const routes = await overlappingRoutes(host, subnet, table);
    if (routes.length > 0 && !routes.some(({ to }) => to === subnet)) misleading.push(table);
  }
  return misleading;
}

function subnetOf({ subnet, inet6 }: Layout, family: Family): string | undefined {
  return family === 'ip' ? subnet.text : inet6?.subnet;
}

function ownRoutes(layout: Layout, family: Family) {
  const subnet = subnetOf(layout, family);
  if (subnet === undefined) return [];
  if (!layout.routed) return [{ to: subnet, dev: layout.device }];
  return routedHostSteps(layout).flatMap((step) =>
    step.op === 'route.add' && step.body.to === subnet ? [step.body] : [],
  );
}
