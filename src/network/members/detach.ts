import { throwFirst } from '../../base/throw-first';
import type { PublishedPort } from '../../firewall/network/published-port';
import { killIn } from '../../netns/kill-in';
import { endDependents } from '../../nsfs/dependents';
import { runRemoval } from '../journal/transaction';
import type { AttachedMember } from '../model/attached-member';
import { addressesOf } from '../model/member';
import { removalFrom, removeAll } from '../resources/list';
import type { NetworkRuntime } from '../runtime/runtime';

/** The outcome for members that were to leave. */
interface DetachOutcome {
  readonly gone: readonly AttachedMember[];
  /** Why other members are not gone, or who still holds the namespaces of those that are. */
  readonly failures: readonly unknown[];
}

/**
 * Takes members off the network with their published ports, and deletes the namespaces that the network created.
 * `onGone` is called with the members that have gone: all of them if this resolves.
 */
export async function detach(
  runtime: NetworkRuntime,
  leaving: readonly AttachedMember[],
  onGone: (gone: readonly AttachedMember[]) => void,
): Promise<void> {
  endConnections(leaving);
  const members = leaving.map(({ member }) => member);
  const addresses = new Set(members.flatMap(addressesOf));
  let ports: PublishedPort[] = [];
  let outcome: DetachOutcome = { gone: [], failures: [] };
  await runRemoval(runtime.ledger, {
    choose: (state) => {
      ports = state.ports.filter(({ address }) => addresses.has(address));
      return { action: 'detach', members, ports };
    },
    take: async () => {
      outcome = await detachMembers(runtime, leaving, ports);
      return { action: 'detach', members: outcome.gone.map(({ member }) => member), ports };
    },
  });
  onGone(outcome.gone);
  if (outcome.failures.length > 0) throw outcome.failures[0];
}

/** Removes members and their published ports. Already removed ones are ignored. */
export async function detachMembers(
  runtime: NetworkRuntime,
  leaving: readonly AttachedMember[],
  ports: readonly PublishedPort[] = [],
): Promise<DetachOutcome> {
  const members = leaving.map(({ member }) => member);
  const removal = removalFrom(runtime, { state: { members, ports }, attached: leaving });
  await removeAll(removal);
  const { refused, held, doubtful } = removal;
  const failures = [...refused.values(), ...held.values(), ...doubtful];
  return { gone: leaving.filter(({ netns }) => !refused.has(netns)), failures };
}

/**
 * Ends the sockets in namespaces that are to be deleted, while their devices still reach the far ends: a closing socket
 * without its peer would pin its namespace.
 */
export function endConnections(leaving: readonly AttachedMember[]): void {
  for (const { member, netns } of leaving) if (member.created) endDependents(netns);
}

/** Kills the processes in namespaces that are to be deleted. */
export async function endProcesses(leaving: readonly AttachedMember[]): Promise<void> {
  const created = leaving.filter(({ member }) => member.created);
  throwFirst(await Promise.allSettled(created.map(({ netns }) => killIn(netns))));
}
