import type { Step } from '../../../plan/spec/step';
import type { InetConf } from '../../../rtnl/types/links/inet';
import { HOST } from '../../model/labels';
import type { Layout } from '../../model/layout';
import type { Member } from '../../model/member';
import { setting6 } from '../parts/inet6-steps';

// The host is the router: the endpoints' ports are devices of the host, with the settings of the single device of other
// networks.

/** The IPv4 settings of a port in the host: endpoints reach each other only through the host, with NAT or without. */
export function hostPortConf({ loopback = false }: Layout): InetConf {
  return { forwarding: 1, ...(loopback && { routeLocalnet: 1 }) };
}

/**
 * The steps that give a port in the host its IPv6 settings before it comes up; netlink cannot express them. A router
 * advertisement from inside must not give the host a route.
 */
export function hostPortSteps({ ipv6, inet6 }: Layout, { port }: Pick<Member, 'port'>): Step[] {
  if (!ipv6) return [];
  const settings: Record<string, string> = inet6
    ? { accept_ra: '0', disable_ipv6: '0', ...(inet6.perInterface && { force_forwarding: '1' }) }
    : { disable_ipv6: '1' };
  return Object.entries(settings).map(([key, value]) => setting6(HOST, port, key, value));
}

/** The texts in {@link hostPortSteps} that contain the port's name. */
export function hostPortTexts(layout: Layout, member: Pick<Member, 'port'>): string[] {
  return hostPortSteps(layout, member).flatMap((step) => (step.op === 'sysctl' ? [step.path] : []));
}
