import type { Family } from '../../../base/ip';
import type { Step } from '../../../plan/spec/step';
import type { RouteAdd } from '../../../rtnl/types';
import { GATEWAY_LINK_LOCAL } from '../../addressing/link-addresses';
import { linkLocal } from '../../addressing/subnet6';
import { type FamilySide, sidesOf } from '../../model/families';
import { HOST } from '../../model/labels';
import type { Layout } from '../../model/layout';
import type { Member } from '../../model/member';
import { addressStep6 } from '../parts/inet6-steps';
import type { GatewayRoute } from '../parts/policy-routing';

// All endpoints and the gateway are on one link.

/** The steps that give the host its address on the network, and with it the route there. */
export function bridgedHostSteps(layout: Layout): Step[] {
  const { device: dev } = layout;
  return sidesOf(layout).flatMap(({ family, gateway, prefix }): Step[] => {
    const address = `${gateway}/${prefix}`;
    if (family === 'ip')
      return [{ op: 'addr.add', netns: HOST, body: { dev, address, broadcast: 'auto' }, undo: 'none' }];
    // A router resolves an address from its own link-local one, which this device does not generate.
    return [addressStep6(HOST, dev, address), addressStep6(HOST, dev, `${GATEWAY_LINK_LOCAL}/64`)];
  });
}

/** The routes that the kernel itself adds with the host's address, and that may have been removed alone. */
export function kernelRoutes(layout: Layout): RouteAdd[] {
  const { device: dev } = layout;
  return sidesOf(layout).map(({ family, subnet: to, gateway: src }) => ({
    ...({ dev, protocol: 'kernel', to } as const),
    ...(family === 'ip' ? ({ scope: 'link', src } as const) : { priority: 256 }),
  }));
}

/** The routes of an endpoint: to the others of the network, and the default. */
export function bridgedRoutes(layout: Layout, family: Family): GatewayRoute[] {
  return sidesOf(layout)
    .filter((side) => side.family === family)
    .flatMap(({ subnet, gateway: via }) => [{ to: subnet }, { to: 'default', via }]);
}

/** The steps that give an endpoint its addresses and routes. */
export function bridgedInsideSteps(layout: Layout, netns: string, member: Member): Step[] {
  return sidesOf(layout).flatMap((side) => bridgedFamilySteps(side, netns, member));
}

function bridgedFamilySteps({ family, prefix, gateway }: FamilySide, netns: string, member: Member): Step[] {
  const { ifname: dev, address, address6 = '', mac, defaultRoute } = member;
  const own: Step[] =
    family === 'ip'
      ? [
          {
            op: 'addr.add',
            netns,
            body: { dev, address: `${address}/${prefix}`, broadcast: 'auto' },
            undo: 'none',
          },
        ]
      : [addressStep6(netns, dev, `${address6}/${prefix}`), addressStep6(netns, dev, linkLocal(mac))];
  const route = { to: 'default', via: gateway, dev } as const;
  return [...own, ...(defaultRoute ? [{ op: 'route.add', netns, body: route, undo: 'none' } as const] : [])];
}
