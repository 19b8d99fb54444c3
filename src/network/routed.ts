import type { Step } from '../plan/step';
import { HOST, type Layout, type Member, SWITCH } from './layout';

/** The router's address, on every one of its links: link-local, so that it is nobody's else and needs no subnet. */
export const ROUTER = '169.254.1.1';

/**
 * The steps that make a router of the switch namespace, once its uplink is up: what is not for an endpoint goes to the
 * host. It answers for its address on every link, whichever device has it.
 */
export function routerSteps({ gateway }: Layout, uplink: string): Step[] {
  const route = { to: 'default', via: gateway, dev: uplink, onlink: true } as const;
  return [
    // The namespace is ours alone, and so is the setting.
    { op: 'sysctl', netns: SWITCH, path: 'net/ipv4/ip_forward', value: '1' },
    { op: 'addr.add', netns: SWITCH, body: { dev: uplink, address: `${ROUTER}/32` }, undo: 'none' },
    { op: 'route.add', netns: SWITCH, body: route, undo: 'none' },
  ];
}

/** The steps that lead the host's traffic for the subnet to the router. */
export function routedHostSteps({ device: dev, gateway, subnet }: Layout): Step[] {
  const route = { to: subnet.text, via: ROUTER, dev, onlink: true } as const;
  return [
    { op: 'addr.add', netns: HOST, body: { dev, address: `${gateway}/32` }, undo: 'none' },
    { op: 'route.add', netns: HOST, body: route, undo: 'none' },
  ];
}

/** The step that leads the router to an endpoint, by a link that only those two are on. */
export function routedPortStep({ address, port: dev }: Member): Step {
  return { op: 'route.add', netns: SWITCH, body: { to: `${address}/32`, dev }, undo: 'none' };
}

/** The steps that give an endpoint its address and its ways: to the others of the network, and to everywhere. */
export function routedInsideSteps({ subnet }: Layout, netns: string, member: Member): Step[] {
  const { address, ifname: dev, defaultRoute } = member;
  const ways = defaultRoute ? [subnet.text, 'default'] : [subnet.text];
  return [
    { op: 'addr.add', netns, body: { dev, address: `${address}/32` }, undo: 'none' },
    ...ways.map((to): Step => ({
      op: 'route.add',
      netns,
      body: { to, via: ROUTER, dev, onlink: true },
      undo: 'none',
    })),
  ];
}
