import type { Family } from '../../../base/ip';
import type { Step } from '../../../plan/spec/step';
import type { RouteAdd } from '../../../rtnl/types';
import { addressStep6, setting6 } from '../parts/inet6-steps';
import { GATEWAY_LINK_LOCAL, ROUTER6, ROUTER } from '../../addressing/link-addresses';
import { type Layout, type Layout6 } from '../../model/layout';
import { type FamilySide, sidesOf } from '../../model/families';
import { HOST, SWITCH, UPLINK_PORT } from '../../model/labels';
import { type Member } from '../../model/member';
import { derivedMac } from '../../addressing/derived-names';
import { neighbourStep } from '../parts/neighbours';
import { uplinkMac } from '../parts/devices';
import { FORWARDS, upWithoutAutoIpv6 } from '../parts/link-steps';
import { uplinkStep } from '../parts/pair-steps';
import type { GatewayRoute } from '../parts/policy-routing';
import { linkLocal } from '../../addressing/subnet6';

/** The MAC address of the router's end of the link to the host. */
export function routerMac({ name, gateway }: Pick<Layout, 'name' | 'gateway'>): string {
  return derivedMac(name, 'router', gateway);
}

/** A namespace that becomes a router. Packets for destinations not behind it go by `uplink` to the MAC address `mac`. */
interface Router {
  readonly netns: string;
  readonly address: string;
  readonly uplink: string;
  readonly mac: string;
}

/**
 * The steps that create a router, once its uplink is up. Each of its devices forwards by its own setting. It answers for
 * its address on every link, whichever device has the address.
 */
export function routerSteps({ gateway, inet6 }: Layout, { netns, address, uplink, mac }: Router): Step[] {
  const route = { to: 'default', via: gateway, dev: uplink, onlink: true } as const;
  return [
    { op: 'addr.add', netns, body: { dev: uplink, address: `${address}/32` }, undo: 'none' },
    { op: 'route.add', netns, body: route, undo: 'none' },
    neighbourStep(netns, gateway, uplink, mac),
    ...(inet6 ? [...routerSteps6(netns, uplink), neighbourStep(netns, GATEWAY_LINK_LOCAL, uplink, mac)] : []),
  ];
}

// A link-local address belongs to one link: the router has it on each. Both settings also apply to later devices.
function routerSteps6(netns: string, uplink: string): Step[] {
  const route = { to: 'default', via: GATEWAY_LINK_LOCAL, dev: uplink } as const;
  return [
    setting6(netns, 'all', 'disable_ipv6', '0'),
    setting6(netns, 'all', 'forwarding', '1'),
    addressStep6(netns, uplink, `${ROUTER6}/64`),
    { op: 'route.add', netns, body: route, undo: 'none' },
  ];
}

/**
 * The steps that create a namespace with the router behind the host, which has `address` on its links. Its uplink is one
 * end of a veth pair, the other is the host's device.
 */
export function outerRouterSteps(layout: Layout, address: string): Step[] {
  const mac = uplinkMac(layout);
  const uplink = UPLINK_PORT;
  return [
    { op: 'netns.create', netns: SWITCH },
    uplinkStep(layout, { address: routerMac(layout) }),
    ...upWithoutAutoIpv6(layout, SWITCH, uplink, FORWARDS),
    ...routerSteps(layout, { netns: SWITCH, address, uplink, mac }),
    ...unusedSteps(layout, uplink),
  ];
}

// Addresses without an endpoint: packets to them would otherwise loop between host and router. The gateway's address is
// the host's.
function unusedSteps({ gateway, subnet, inet6 }: Layout, uplink: string): Step[] {
  const ways: RouteAdd[] = [
    { to: `${gateway}/32`, via: gateway, dev: uplink, onlink: true },
    { to: subnet.text, type: 'unreachable' },
    ...(inet6
      ? [
          { to: `${inet6.gateway}/128`, via: GATEWAY_LINK_LOCAL, dev: uplink },
          { to: inet6.subnet, type: 'unreachable' as const },
        ]
      : []),
  ];
  return ways.map((body): Step => ({ op: 'route.add', netns: SWITCH, body, undo: 'none' }));
}

/**
 * The steps that route the host's traffic for the subnets to the router. Where the host itself is the router, its
 * device is a bridge without ports, which drops packets without a receiver.
 */
export function routedHostSteps(layout: Layout): Step[] {
  const { device: dev, gateway, subnet, inet6 } = layout;
  const route = { to: subnet.text, via: ROUTER, dev, onlink: true } as const;
  return [
    { op: 'addr.add', netns: HOST, body: { dev, address: `${gateway}/32` }, undo: 'none' },
    { op: 'route.add', netns: HOST, body: route, undo: 'none' },
    neighbourStep(HOST, ROUTER, dev, routerMac(layout)),
    ...(inet6 ? [...routedHostSteps6(dev, inet6), neighbourStep(HOST, ROUTER6, dev, routerMac(layout))] : []),
  ];
}

function routedHostSteps6(dev: string, { gateway, subnet: to }: Layout6): Step[] {
  return [
    addressStep6(HOST, dev, `${gateway}/128`),
    addressStep6(HOST, dev, `${GATEWAY_LINK_LOCAL}/64`),
    { op: 'route.add', netns: HOST, body: { to, via: ROUTER6, dev }, undo: 'none' },
  ];
}

/** The steps that add the router's route to an endpoint, over a link that only these two share. */
export function routedPortSteps({ address, address6, port: dev, mac }: Member, netns: string): Step[] {
  const ways = (to: string, prefix: number): Step[] => [
    { op: 'route.add', netns, body: { to: `${to}/${String(prefix)}`, dev }, undo: 'none' },
    neighbourStep(netns, to, dev, mac),
  ];
  if (address6 === undefined) return ways(address, 32);
  return [...ways(address, 32), addressStep6(netns, dev, `${ROUTER6}/64`), ...ways(address6, 128)];
}

/** The routes of an endpoint: to the others of the network, and the default. */
export function routedRoutes(layout: Layout, family: Family): GatewayRoute[] {
  return sidesOf(layout)
    .filter((side) => side.family === family)
    .flatMap(({ subnet }) => routesBy(family, [subnet, 'default']));
}

function routesBy(family: Family, destinations: readonly string[]): GatewayRoute[] {
  return destinations.map((to) =>
    family === 'ip' ? { to, via: ROUTER, onlink: true } : { to, via: ROUTER6 },
  );
}

/** The steps that give an endpoint its addresses and its routes. */
export function routedInsideSteps(layout: Layout, netns: string, member: Member): Step[] {
  return sidesOf(layout).flatMap((side) => routedFamilySteps(side, netns, member));
}

function routedFamilySteps({ family, subnet }: FamilySide, netns: string, member: Member): Step[] {
  const { address, address6 = '', mac, ifname: dev, portMac, defaultRoute } = member;
  const router = family === 'ip' ? ROUTER : ROUTER6;
  const own: Step[] =
    family === 'ip'
      ? [{ op: 'addr.add', netns, body: { dev, address: `${address}/32` }, undo: 'none' }]
      : [addressStep6(netns, dev, `${address6}/128`), addressStep6(netns, dev, linkLocal(mac))];
  const routes = routesBy(family, defaultRoute ? [subnet, 'default'] : [subnet]);
  return [
    neighbourStep(netns, router, dev, portMac),
    ...own,
    ...routes.map((route): Step => ({ op: 'route.add', netns, body: { ...route, dev }, undo: 'none' })),
  ];
}

/** The host's route to a network behind a router. */
export function routesToRouter(layout: Layout, subnet: string): RouteAdd[] {
  return routedHostSteps(layout).flatMap((step) =>
    step.op === 'route.add' && step.body.to === subnet ? [step.body] : [],
  );
}
