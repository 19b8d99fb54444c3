import { ValidationError } from '../../errors/errors';
import { driverOf } from '../drivers';
import { membersByPlace, type NetworkPlace } from '../drivers/parts/place';
import { type Endpoint, memberOf } from '../runtime/endpoint';
import { existing } from '../host/devices';

/**
 * Refuses endpoints whose namespace was deleted through its own object instead of the network. The kernel is asked only
 * if that object is closed: along with the namespace it has removed the endpoint's port.
 */
export async function checkTargetNamespaces(
  place: NetworkPlace,
  targets: Iterable<Endpoint>,
  operation: string,
): Promise<void> {
  const closed = [...targets].filter(({ netns }) => netns.fd < 0);
  const members = closed.flatMap((endpoint) => memberOf(endpoint) ?? []);
  if (members.length === 0) return;
  const driver = driverOf(place.layout);
  for (const [netns, own] of await membersByPlace(place, members)) {
    const there = new Set((await existing(netns, driver.ports(own))).map(({ ifname }) => ifname));
    const gone = own.find(({ port }) => !there.has(port));
    if (gone === undefined) continue;
    const problem =
      'must be an endpoint whose namespace exists: the namespace was deleted; detach the endpoint as well';
    throw new ValidationError({ operation, path: 'to', value: gone.name, problem });
  }
}
