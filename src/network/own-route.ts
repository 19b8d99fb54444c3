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
  const subnet = family === 'ip' ? layout.subnet.text : layout.inet6?.subnet;
  if (subnet === undefined) return;
  const rules = await host.rtnl.rule.list({ family: family === 'ip' ? 'inet' : 'inet6' });
  const others = rules.flatMap(({ table }) => (typeof table === 'number' && table > 0 ? [table] : []));
  for (const table of new Set(others)) {
    const routes = await overlappingRoutes(host, subnet, table);
    if (routes.length === 0 || routes.some(({ to }) => to === subnet)) continue;
    const steps = ownRoutes(layout, subnet).map((body): Step => {
      return { op: 'route.add', netns: HOST, body: { ...body, table } };
    });
    // Others may be faster, or the network be gone.
    await ignoringGone(new Plan({ namespaces: { [HOST]: host }, steps }).apply());
  }
}

function ownRoutes(layout: Layout, subnet: string) {
  if (!layout.routed) return [{ to: subnet, dev: layout.device }];
  return routedHostSteps(layout).flatMap((step) =>
    step.op === 'route.add' && step.body.to === subnet ? [step.body] : [],
  );
}
