import type { PublishedPort } from '../firewall/published';
import type { Attached } from './attach';
import { portsOf } from './layout';
import { removeDevices, removePorts } from './remove';
import type { Standing } from './setup';

/** Takes members off the network with their published ports, and deletes the namespaces that the network made. */
export async function detach(standing: Standing, leaving: readonly Attached[]): Promise<void> {
  const { layout, host, hub, ledger, owner } = standing;
  const members = leaving.map(({ member }) => member);
  const addresses = new Set(members.map(({ address }) => address));
  let ports: PublishedPort[] = [];
  const announcement = await ledger.announce((state) => {
    ports = state.ports.filter(({ address }) => addresses.has(address));
    return { action: 'detach', members, ports };
  });
  await removePorts(host, layout.name, ports, owner);
  await removeDevices(hub, portsOf(layout, members));
  const created = leaving.filter(({ member }) => member.created);
  const deletions = await Promise.allSettled(created.map(({ netns }) => netns.delete()));
  await announcement.commit();
  throwFirst(deletions);
}

/** Throws the first failure among results, once all are known. */
export function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
