import type { NetworkNamespace } from '../../netns/namespace';
import type { Layout } from '../model/layout';
import { factsOf, isAbout, isDead, readIntents, clearIntent } from './intents';
import { isReplaced, removeRecord } from './records';

/**
 * Removes a network from the journal once nothing of it is left. Intents that living processes have not ended yet stay
 * there, for them or for gc(). Call it under the lock.
 */
export function removeFromJournal(host: NetworkNamespace, layout: Layout): void {
  const cookie = String(host.cookie);
  if (!isReplaced(cookie, layout)) removeRecord(cookie, layout.name);
  for (const intent of readIntents(cookie).filter((one) => isAbout(one, layout)))
    if (factsOf(intent).isWhole || isDead(intent)) clearIntent(intent);
}
