import type { NetworkRuntime } from '../runtime/runtime';
import { ValidationError } from '../../errors/errors';
import { portsOf } from '../model/devices';
import { type Endpoint, memberOf } from '../runtime/endpoint';
import { existing } from '../host/remove-devices';

/**
 * Refuses endpoints whose namespace was deleted through its own object instead of the network. The kernel is asked only
 * if that object is closed: along with the namespace it has removed the endpoint's port.
 */
export async function checkInhabited(
  { layout, hub, segments }: Pick<NetworkRuntime, 'layout' | 'hub' | 'segments'>,
  targets: Iterable<Endpoint>,
  operation: string,
): Promise<void> {
  const closed = [...targets].filter(({ netns }) => netns.fd < 0);
  const members = closed.flatMap((endpoint) => memberOf(endpoint) ?? []);
  if (members.length === 0) return;
  const places = (await segments?.sorted(members)) ?? new Map([[hub, members]]);
  for (const [router, own] of places) {
    const there = new Set((await existing(router, portsOf(layout, own))).map(({ ifname }) => ifname));
    const gone = own.find(({ port }) => !there.has(port));
    if (gone === undefined) continue;
    const problem =
      'must be an endpoint whose namespace is there; it was deleted: detach the endpoint as well';
    throw new ValidationError({ operation, path: 'to', value: gone.name, problem });
  }
}
