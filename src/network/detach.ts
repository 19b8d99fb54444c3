import type { PublishedPort } from '../firewall/published';
import { type Attached, removeFiles } from './attach';
import { addressesOf } from './layout';
import { removeNeighbours } from './neighbours';
import { removePolicies } from './policy';
import { removePorts } from './remove';
import { removeMemberPorts } from './remove-ports';
import type { Standing } from './setup';

/** Takes members off the network with their published ports, and deletes the namespaces that the network made. */
export async function detach(standing: Standing, leaving: readonly Attached[]): Promise<void> {
  const { layout, host, hubs, ledger, rules } = standing;
  const members = leaving.map(({ member }) => member);
  const addresses = new Set(members.flatMap(addressesOf));
  let ports: PublishedPort[] = [];
  const announcement = await ledger.announce((state) => {
    ports = state.ports.filter(({ address }) => addresses.has(address));
    return { action: 'detach', members, ports };
  });
  await removePorts(host, rules, ports);
  await removeMemberPorts(standing, members);
  await removeNeighbours(host, layout, members);
  await removeFiles(standing, members);
  await removePolicies(leaving);
  const created = leaving.filter(({ member }) => member.created);
  const deletions = await Promise.allSettled(created.map(({ netns }) => netns.delete()));
  await announcement.commit();
  await hubs?.release(members.map(({ hub = 0 }) => hub));
  throwFirst(deletions);
}

/** Throws the first failure among results, once all are known. */
export function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
