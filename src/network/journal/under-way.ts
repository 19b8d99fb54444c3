import { setTimeout as sleep } from 'node:timers/promises';
import { type Intent, isDead, isIntended, readIntents } from './intents';

const LONGEST_MS = 10_000;
const PAUSE_MS = 5;

// These say who has a network, and stay for as long as that is so.
const LASTING: ReadonlySet<Intent['action']> = new Set(['create', 'hold']);

/** What anybody, dead or alive, is doing to a network at this moment. Under the lock there is no more. */
export function underWay(cookie: string, id: string | undefined): Intent[] {
  return readIntents(cookie).filter(({ action, of }) => of === id && !LASTING.has(action));
}

/**
 * Waits until what is under way is done or taken back, or nobody lives who would do so. Not for ever: a process may be stopped, or
 * its user's answer be awaited. Not to be called under the lock, which others need to come to an end.
 */
export async function untilOver(intents: readonly Intent[]): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  const isOpen = (intent: Intent): boolean => isIntended(intent) && !isDead(intent);
  while (performance.now() < end && intents.some(isOpen)) await sleep(PAUSE_MS);
}
