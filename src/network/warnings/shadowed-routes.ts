import { ignoringNotFound } from '../../errors/not-found';
import type { Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { readLink } from '../host/links';
import { familiesOf, sampleAddress, subnetOf } from '../model/families';
import type { Layout } from '../model/layout';
import { routeOf } from '../host/routes';
import { isNetworkDevice } from '../egress/routed-to-network';

interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
}

/** Cases where the host's routes and rules send the network's packets elsewhere: replies do not reach it then. */
export async function shadowedRouteWarnings(place: Place): Promise<string[]> {
  const { device } = place.layout;
  const link = await ignoringNotFound(readLink(place.host, device));
  if (link?.up === false) return [`its device ${device} is down: ip link set ${device} up`];
  const found = await Promise.all(familiesOf(place.layout).map((family) => shadowedBy(place, family)));
  return found.flat();
}

async function shadowedBy({ host, layout }: Place, family: Family): Promise<string[]> {
  const to = sampleAddress(layout, family);
  const route = await routeOf(host, { to });
  if (route?.dev === undefined) return [];
  const link = await ignoringNotFound(readLink(host, route.dev));
  if (link === undefined || isNetworkDevice(layout, link.ifname)) return [];
  const subnet = subnetOf(layout, family) ?? '';
  return [
    `the host's routes lead to ${link.ifname} and not to the network: packets for ${to} do not arrive; ` +
      `choose another subnet, or add a rule that precedes them: ip ${family === 'ip' ? '' : '-6 '}rule add to ${subnet} lookup main priority 1`,
  ];
}
