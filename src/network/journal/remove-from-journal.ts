import type { NetworkNamespace } from '../../netns/namespace';
import type { Layout } from '../model/layout';
import { type Intent, isDead, readIntents, clearIntent } from './intents';
import { findRecord, removeRecord } from './records';

/**
 * Removes a network from the journal once nothing of it is left. Intents that living processes have not ended yet stay
 * there, for them or for gc(). Call it under the lock.
 */
export function removeFromJournal(host: NetworkNamespace, { name, id }: Layout): void {
  const cookie = String(host.cookie);
  // Another network may have the name by now, if others deleted this one at the same time.
  const found = findRecord(cookie, name);
  if (found === undefined || 'invalid' in found || found.layout.id === id) removeRecord(cookie, name);
  const isOver = (intent: Intent): boolean =>
    ['create', 'make', 'hold', 'delete'].includes(intent.action) || isDead(intent);
  for (const intent of readIntents(cookie)) {
    if ((intent.of ?? intent.id) === id && isOver(intent)) clearIntent(intent);
  }
}
