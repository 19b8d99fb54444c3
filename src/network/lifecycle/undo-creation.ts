import type { NetworkNamespace } from '../../netns/namespace';
import { abandonClaim, releaseClaim } from '../journal/claims';
import { deleteNetwork, deleteFailedNetwork } from './delete';
import { pruneLeases } from '../leases/forwarding';
import { type Intent, locked, readIntents, clearIntent } from '../journal/intents';
import type { Layout } from '../model/layout';
import { LOCKED } from '../resources/list';
import { retryTransient } from './retry';
import { isReplaced, readRecord, removeRecord } from '../journal/records';
import type { NetworkRuntime } from '../runtime/runtime';
import { mayRead, stateDirectory } from '../journal/files/paths';

/**
 * Removes a network that was just created and that nobody knows yet: one of its last parts has failed. Writes nothing,
 * since a full disk may be the reason. Throws if a network of this process alone cannot be removed.
 */
export async function removeCreated(runtime: NetworkRuntime): Promise<void> {
  const { claim, guard, egress, host, layout } = runtime;
  runtime.resolver?.close();
  if (claim === undefined) {
    await retryTransient(() => deleteNetwork(runtime, []));
    return;
  }
  await guard?.stop();
  await egress?.stop();
  await undoCreation(host, layout, claim, true);
}

/** Undoes a creation, or leaves it to gc() and to the next attempt. Does not throw. */
export async function undoCreation(
  host: NetworkNamespace,
  layout: Layout,
  intent: Intent,
  isLeft: boolean,
): Promise<void> {
  try {
    await retryTransient(async () => {
      if (isLeft) await deleteFailedNetwork(host, layout);
      await locked(() => forgetCreation(host, layout.name, intent));
    });
  } catch {
    abandonClaim(intent);
  }
}

/**
 * Removes a creation from the journal. The intent 'create' goes last: a process that is killed in between leaves it to
 * gc(). Call it under the lock.
 */
export async function forgetCreation(host: NetworkNamespace, network: string, intent: Intent): Promise<void> {
  const cookie = String(host.cookie);
  // gc({ force }) may have removed this one.
  if (!isReplaced(cookie, { name: network, id: intent.id })) {
    removeRecord(cookie, network);
    await pruneLeases(host, new Set([network]));
  }
  for (const other of readIntents(cookie))
    if (other.action === 'make' && other.of === intent.id) clearIntent(other);
  releaseClaim(intent);
}

/** Removes what an earlier attempt could not undo: nobody has ever had that network. */
export async function undoAbandonedCreation(host: NetworkNamespace, network: string): Promise<void> {
  const cookie = String(host.cookie);
  const find = (): Intent[] =>
    readIntents(cookie).filter((intent) => intent.network === network && isAbandonedCreation(intent));
  // For callers that may not read the journal the kernel, which is asked next, reports the missing privilege.
  if (!mayRead(stateDirectory()) || find().length === 0) return;
  await locked(async () => {
    for (const intent of find()) {
      const record = readRecord(cookie, network);
      if (record?.layout.id === intent.id) await deleteFailedNetwork(host, record.layout, LOCKED);
      await forgetCreation(host, network, intent);
    }
  });
}

/** Whether an intent belongs to a creation that its process could neither finish nor undo. */
export function isAbandonedCreation({ action, abandoned }: Intent): boolean {
  return action === 'create' && abandoned === true;
}
