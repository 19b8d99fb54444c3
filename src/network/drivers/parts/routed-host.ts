import { ISOLATED_GROUP, OPEN_GROUP } from '../../../firewall/network/network-table';
import type { Step } from '../../../plan/spec/step';
import type { InetConf } from '../../../rtnl/types/links/inet';
import { setting6 } from './inet6-steps';
import { type Layout } from '../../model/layout';
import { HOST } from '../../model/labels';
import { type Member } from '../../model/member';

// The host is the router: the endpoints' ports are devices of the host, with the settings of the single device of other
// networks.

/** The device group by which the rules of all networks match a network's devices. */
export function networkGroup({ open = false }: Pick<Layout, 'open'>): number {
  return open ? OPEN_GROUP : ISOLATED_GROUP;
}

/** The group of members' ports: the networks' device group where ports are such devices, otherwise a group of their own. */
export function portGroup(layout: Layout): { readonly group?: number } {
  if (layout.portPrefix !== undefined) return { group: networkGroup(layout) };
  return layout.group === undefined ? {} : { group: layout.group };
}

/** The IPv4 settings of a port in the host: endpoints reach each other only through the host, with NAT or without. */
export function hostPortConf({ loopback = false }: Layout): InetConf {
  return { forwarding: 1, ...(loopback && { routeLocalnet: 1 }) };
}

/**
 * The steps that give a port in the host its IPv6 settings before it comes up; netlink cannot express them. A router
 * advertisement from inside must not give the host a route.
 */
export function hostPortSteps(layout: Layout, { port }: Pick<Member, 'port'>): Step[] {
  if (layout.portPrefix === undefined || !layout.ipv6) return [];
  const settings: Record<string, string> = layout.inet6
    ? { accept_ra: '0', disable_ipv6: '0', ...(layout.inet6.perInterface && { force_forwarding: '1' }) }
    : { disable_ipv6: '1' };
  return Object.entries(settings).map(([key, value]) => setting6(HOST, port, key, value));
}

/** The texts in {@link hostPortSteps} that contain the port's name. */
export function hostPortTexts(layout: Layout, member: Pick<Member, 'port'>): string[] {
  return hostPortSteps(layout, member).flatMap((step) => (step.op === 'sysctl' ? [step.path] : []));
}
