import type { PublishedPort } from '../../firewall/network/published-port';
import { fdOf } from '../../nsfs/handle';
import { killIn } from '../../netns/kill-in';
import type { KillOptions } from '../../nsfs/process/kill-all';
import type { NetworkNamespace } from '../../netns/namespace';
import { endDependents } from '../../nsfs/dependents';
import type { Attached } from '../model/attached-member';
import { removeInside } from './remove-inside';
import { addressesOf } from '../model/member';
import { removeNeighbours } from '../drivers/parts/neighbours';
import { removeMembers } from './remove-members';
import { removePorts } from '../host/remove-devices';
import { removeFiles } from '../dns/resolver-files';
import type { NetworkRuntime } from '../runtime/runtime';
import { clearAway } from '../journal/undertaking';

/** The outcome for members that were to leave. */
interface Departure {
  readonly gone: readonly Attached[];
  /** Why other members are not gone, or who still holds the namespaces of those that are. */
  readonly failures: readonly unknown[];
}

/**
 * Takes members off the network with their published ports, and deletes the namespaces that the network created.
 * `strike` is called with the members that have gone: all of them if this resolves.
 */
export async function detach(
  runtime: NetworkRuntime,
  leaving: readonly Attached[],
  strike: (gone: readonly Attached[]) => void,
): Promise<void> {
  endConnections(leaving);
  const members = leaving.map(({ member }) => member);
  const addresses = new Set(members.flatMap(addressesOf));
  let ports: PublishedPort[] = [];
  let departure: Departure = { gone: [], failures: [] };
  await clearAway(runtime.ledger, {
    choose: (state) => {
      ports = state.ports.filter(({ address }) => addresses.has(address));
      return { action: 'detach', members, ports };
    },
    take: async () => {
      departure = await takeOff(runtime, leaving, ports);
      return { action: 'detach', members: departure.gone.map(({ member }) => member), ports };
    },
  });
  strike(departure.gone);
  if (departure.failures.length > 0) throw departure.failures[0];
}

/** Removes members and their published ports. Already removed ones are ignored. */
export async function takeOff(
  runtime: NetworkRuntime,
  leaving: readonly Attached[],
  ports: readonly PublishedPort[],
): Promise<Departure> {
  const { layout, host, rules, device } = runtime;
  const members = leaving.map(({ member }) => member);
  await removePorts(host, rules, ports);
  await removeMembers(runtime, members);
  await removeNeighbours(host, layout, members, device);
  const unreadable = await removeFiles(runtime, members);
  await removeInside(leaving);
  const { gone, failures } = await deleteCreated(leaving);
  return { gone, failures: [...failures, ...unreadable] };
}

/** Deletes the namespaces that the network created. */
async function deleteCreated(leaving: readonly Attached[]): Promise<Departure> {
  const created = leaving.filter(({ member }) => member.created);
  const { refused, failures } = await deleteAll(created.map(({ netns }) => netns));
  return { gone: leaving.filter(({ netns }) => !refused.has(netns)), failures };
}

/** The outcome of deleting namespaces. */
export interface Deletions {
  /** Namespaces that are unchanged. */
  readonly refused: ReadonlySet<NetworkNamespace>;
  /** Why these were refused; after that, why other namespaces still exist although they were given up: they are held. */
  readonly failures: readonly unknown[];
  /** The namespaces that were given up but still exist, and why. */
  readonly held: Held;
}

/** Namespaces that were given up but still exist, each with the reason, such as a holder. */
export type Held = ReadonlyMap<NetworkNamespace, unknown>;

/** Deletes namespaces, and retries refused ones once. */
export async function deleteAll(namespaces: readonly NetworkNamespace[]): Promise<Deletions> {
  const failures = new Map<NetworkNamespace, unknown>();
  const deleteThose = async (those: readonly NetworkNamespace[]): Promise<void> => {
    const deletions = await Promise.allSettled(those.map((netns) => netns.delete()));
    those.forEach((netns, index) => {
      const deletion = deletions[index];
      if (deletion?.status === 'rejected') failures.set(netns, deletion.reason);
      else failures.delete(netns);
    });
  };
  const isRefused = (netns: NetworkNamespace): boolean => fdOf(netns) >= 0;
  await deleteThose(namespaces);
  const again = [...failures.keys()].filter(isRefused);
  if (again.length > 0) await deleteThose(again);
  const refused = new Set([...failures.keys()].filter(isRefused));
  const told = [...failures].sort(([a], [b]) => Number(refused.has(b)) - Number(refused.has(a)));
  const held = new Map(told.filter(([netns]) => !refused.has(netns)));
  return { refused, failures: told.map(([, reason]) => reason), held };
}

/** Retries namespaces that were held. Returns those that still are. */
export async function deleteHeld(held: Held, options: KillOptions): Promise<Held> {
  const left = new Map<NetworkNamespace, unknown>();
  const deletions = [...held.keys()].map((netns) =>
    netns.delete(options).catch((reason: unknown) => left.set(netns, reason)),
  );
  await Promise.all(deletions);
  return left;
}

/**
 * Ends the sockets in namespaces that are to be deleted, while their devices still reach the far ends: a closing socket
 * without its peer would pin its namespace.
 */
export function endConnections(leaving: readonly Attached[]): void {
  for (const { member, netns } of leaving) if (member.created) endDependents(netns);
}

/** Kills the processes in namespaces that are to be deleted. */
export async function endProcesses(leaving: readonly Attached[]): Promise<void> {
  const created = leaving.filter(({ member }) => member.created);
  throwFirst(await Promise.allSettled(created.map(({ netns }) => killIn(netns))));
}

/** Throws the first failure among settled results. */
export function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
