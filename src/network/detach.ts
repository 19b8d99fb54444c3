import type { PublishedPort } from '../firewall/published';
import { killIn } from '../netns/kill-all';
import { endTenants } from '../sockets/tenants';
import { type Attached, removeFiles } from './attach';
import { removeInside } from './inside';
import { addressesOf } from './layout';
import { removeNeighbours } from './neighbours';
import { removeMembers } from './openvswitch';
import { removePorts } from './remove';
import type { Standing } from './setup';

/** Takes members off the network with their published ports, and deletes the namespaces that the network made. */
export async function detach(standing: Standing, leaving: readonly Attached[]): Promise<void> {
  const { layout, host, hub, ledger, rules } = standing;
  endConnections(leaving);
  const members = leaving.map(({ member }) => member);
  const addresses = new Set(members.flatMap(addressesOf));
  let ports: PublishedPort[] = [];
  const announcement = await ledger.announce((state) => {
    ports = state.ports.filter(({ address }) => addresses.has(address));
    return { action: 'detach', members, ports };
  });
  await removePorts(host, rules, ports);
  await removeMembers(hub, layout, members);
  await removeNeighbours(host, layout, members);
  await removeFiles(standing, members);
  await removeInside(leaving);
  const created = leaving.filter(({ member }) => member.created);
  const deletions = await Promise.allSettled(created.map(({ netns }) => netns.delete()));
  await announcement.commit();
  throwFirst(deletions);
}

/**
 * Ends the sockets in namespaces that are to be deleted, while their devices can still tell the far ends: one that says
 * goodbye to nobody would hold its namespace.
 */
export function endConnections(leaving: readonly Attached[]): void {
  for (const { member, netns } of leaving) if (member.created) endTenants(netns);
}

/** Ends the processes in namespaces that are to be deleted. */
export async function endProcesses(leaving: readonly Attached[]): Promise<void> {
  const created = leaving.filter(({ member }) => member.created);
  throwFirst(await Promise.allSettled(created.map(({ netns }) => killIn(netns))));
}

/** Throws the first failure among results, once all are known. */
export function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
