import { setTimeout as sleep } from 'node:timers/promises';
import { factsOf, type Intent, isDead, isPending, readIntents } from './intents';

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
