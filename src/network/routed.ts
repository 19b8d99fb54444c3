import { ValidationError } from '../errors';
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

/** Refuses what needs a bridge, or a device in the host: neither is there. Throws a ValidationError. */
export function checkRouted(
  spec: Partial<Record<'subnet6' | 'lifetime' | 'vxlan' | 'neighbours', unknown>>,
  operation: string,
): void {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const { subnet6, lifetime, vxlan, neighbours } = spec;
  if (lifetime !== 'process') refuse('lifetime', lifetime, "must be 'process' with the mode 'routed'");
  if (subnet6 !== undefined) refuse('subnet6', subnet6, "must not be there with the mode 'routed'");
  if (vxlan) refuse('vxlan', vxlan, "must not be there with the mode 'routed': there is no bridge to join");
  if (neighbours === 'static')
    refuse(
      'neighbours',
      neighbours,
      "must be 'dynamic' with the mode 'routed': endpoints have only a router",
    );
}
