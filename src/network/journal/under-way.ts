import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from '../model/member';
import type { NetworkState } from '../model/network-state';
import { factsOf } from './actions';
import { type Intent, isDead, isPending, readIntents } from './intents';

const LONGEST_MS = 10_000;
const PAUSE_MS = 5;

/** All current changes of a network, by anybody, dead or alive. Under the lock the list is complete. */
export function underWay(cookie: string, id: string | undefined): Intent[] {
  return readIntents(cookie).filter((intent) => intent.of === id && !factsOf(intent).isHold);
}

/**
 * Waits until the changes under way are done or undone, or their processes are dead. The wait is limited: a process may
 * be stopped, or wait for its user. Not to be called under the lock, which others need to finish.
 */
export async function untilOver(intents: readonly Intent[]): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  const isOpen = (intent: Intent): boolean => isPending(intent) && !isDead(intent);
  while (performance.now() < end && intents.some(isOpen)) await sleep(PAUSE_MS);
}

/** Everything that a network has by its record, or was about to get by these intents. */
export function stateWith(record: NetworkState, intents: readonly Intent[]): NetworkState {
  const members = new Map<string, Member>();
  for (const member of intents.flatMap((intent) => intent.members ?? [])) members.set(member.port, member);
  // The record has more data of a member than the intent.
  for (const member of record.members) members.set(member.port, member);
  return {
    members: [...members.values()],
    ports: record.ports,
    peers: [...(record.peers ?? []), ...intents.flatMap((intent) => intent.peers ?? [])],
    // A change under way has more data of a device than the record.
    adopted: [...intents.flatMap((intent) => intent.adopted ?? []), ...(record.adopted ?? [])],
  };
}
