import { ISOLATED_GROUP, OPEN_GROUP } from '../../../firewall/network/table/network-table';
import type { Step } from '../../../plan/spec/step';
import { HOST } from '../../model/labels';
import type { Layout } from '../../model/layout';
import { tag } from '../../model/tags';
import { setting6 } from './inet6-steps';
import { upWithoutAutoIpv6 } from './link-steps';

/** The device group by which the rules of all networks match a network's devices. */
export function networkGroup({ open = false }: Pick<Layout, 'open'>): number {
  return open ? OPEN_GROUP : ISOLATED_GROUP;
}

/** Lets the host's own connections to 127.0.0.1 leave through the network's device, and their replies come in. */
const LOOPBACK = { inet: { conf: { routeLocalnet: 1 } } } as const;

/** The steps that make a device of the host the network's own, and bring it up. */
export function hostDeviceSteps(layout: Layout): Step[] {
  const { device, name } = layout;
  const group = networkGroup(layout);
  const noAdvertisements = ['accept_ra', 'autoconf'].map((key) => setting6(HOST, device, key, '0'));
  return [
    { op: 'link.set', netns: HOST, body: { ifname: device, ifalias: tag(name), group }, undo: 'none' },
    // A router advertisement from inside must not give the host a route.
    ...(layout.ipv6 ? noAdvertisements : []),
    ...(layout.inet6 ? [setting6(HOST, device, 'disable_ipv6', '0')] : []),
    ...upWithoutAutoIpv6(layout, HOST, device, layout.loopback ? LOOPBACK : {}),
  ];
}
