import { abandon, type Intent, writeIntent } from './intents';
import { underWay } from './under-way';

/** The begun deletion of a network. */
export interface Ending {
  readonly intent: Intent;
  /** The changes under way when it began. */
  readonly earlier: readonly Intent[];
}

/** Writes the intent to delete a network: nobody can begin a change of it any more. Call it under the lock. */
export function beginDeletion(cookie: string, network: string, id: string | undefined): Ending {
  const earlier = underWay(cookie, id);
  const of = id === undefined ? {} : { of: id };
  return { intent: writeIntent({ host: cookie, network, ...of, action: 'delete' }), earlier };
}

/** Leaves a failed deletion to others: the next one does not wait for it, and gc() removes the rest. */
export function leaveToOthers({ intent }: Ending): void {
  try {
    abandon(intent);
  } catch {
    // Then others see that this process has ended.
  }
}
