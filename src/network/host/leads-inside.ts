import type { Family } from '../../base/ip';
import { ignoringGone } from '../../errors/not-found';
import { insideOf } from '../model/families';
import type { Layout } from '../model/layout';
import type { NetworkNamespace } from '../../netns/namespace';
import { readLink } from './links';
import { routeOf } from './routes';

/** Whether the host's routes and rules send packets for a network to the network itself. */
export async function leadsInside(
  { host, layout }: { readonly host: NetworkNamespace; readonly layout: Layout },
  family: Family,
): Promise<boolean> {
  const route = await routeOf(host, { to: insideOf(layout, family) });
  if (route?.dev === undefined) return false;
  const link = await ignoringGone(readLink(host, route.dev));
  return link !== undefined && isOwn(layout, link.ifname);
}

/** Whether a device of the host leads to the network. */
export function isOwn({ device, portPrefix }: Layout, ifname: string): boolean {
  return ifname === device || (portPrefix !== undefined && ifname.startsWith(portPrefix));
}
