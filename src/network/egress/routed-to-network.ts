import type { Family } from '../../base/ip';
import { ignoringNotFound } from '../../errors/not-found';
import { sampleAddress } from '../model/families';
import type { Layout } from '../model/layout';
import type { NetworkNamespace } from '../../netns/namespace';
import { driverOf } from '../drivers';
import { isNamedBy } from '../host/egress';
import { readLink } from '../host/links';
import { routeOf } from '../host/routes';

/** Whether the host's routes and rules send packets for a network to the network itself. */
export async function isRoutedToNetwork(
  { host, layout }: { readonly host: NetworkNamespace; readonly layout: Layout },
  family: Family,
): Promise<boolean> {
  const route = await routeOf(host, { to: sampleAddress(layout, family) });
  if (route?.dev === undefined) return false;
  const link = await ignoringNotFound(readLink(host, route.dev));
  return link !== undefined && isNetworkDevice(layout, link.ifname);
}

/** Whether a device of the host leads to the network. */
export function isNetworkDevice(layout: Layout, ifname: string): boolean {
  return ifname === layout.device || isNamedBy(driverOf(layout).innerDevices(layout), ifname);
}
