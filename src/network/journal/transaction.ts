import type { Change } from '../model/changes';
import type { NetworkState } from '../model/network-state';
import type { BeginOptions, Ledger } from './ledger';

/** A change of a network that is made as a whole or not at all. */
export interface TransactionBody<T> {
  readonly choose: (state: NetworkState) => Change;
  /** The start of the change, if it was earlier. */
  readonly when?: BeginOptions;
  /** Throws if a precondition of the change is gone by the time of its entry in the record. */
  readonly check?: (state: NetworkState) => void;
  /**
   * The kernel's part. May call `commit`, which makes the entry in the record, at a point where the kernel's part can
   * still be undone exactly; otherwise the entry follows it.
   */
  readonly make: (commit: () => Promise<void>) => Promise<T>;
  /** The change with data that is only known now. */
  readonly changeOf?: (made: T) => Change;
  /** Undoes `made`, or the rest of a failed `make`. May be repeated. */
  readonly undo: (made: T | undefined, error: unknown) => Promise<void>;
}

/** A change that removes something from a network. */
export interface RemovalBody {
  readonly choose: (state: NetworkState) => Change;
  /**
   * The kernel's part. Ignores already removed parts, so that it may be repeated. Returns the removed parts, if these
   * are not all.
   */
  readonly take: () => Promise<Change | undefined>;
}

// Undo work that could not be done at once, such as when no descriptor was free.
const pendingUndo = new WeakMap<Ledger, Set<() => Promise<void>>>();

/**
 * Intent, kernel, entry in the record: a failure at any stage restores the state before. Where even that is refused,
 * the intent stays, for other processes and for `gc()`, and the next change of the network begins with it.
 */
export async function runTransaction<T>(ledger: Ledger, body: TransactionBody<T>): Promise<T> {
  const { choose, when, check, make, changeOf, undo } = body;
  await runPendingUndo(ledger);
  const transaction = await ledger.begin(choose, when);
  let isCommitted = false;
  const commit = async (change?: Change): Promise<void> => {
    if (!isCommitted) await transaction.commit(change, check);
    isCommitted = true;
  };
  let made: T | undefined;
  try {
    ledger.checkOwn();
    made = await make(commit);
    await commit(changeOf?.(made));
  } catch (error) {
    // `make` may have failed while its entry still waits for the lock.
    transaction.cancel();
    await runOrDefer(ledger, async () => {
      await undo(made, error);
      await transaction.rollBack();
    });
    throw error;
  }
  await runOrDefer(ledger, () => transaction.end());
  return made;
}

/**
 * Intent, kernel, entry in the record, for removals. Each stage is tried twice; after a failure the rest stays on the
 * network, and the call can be repeated.
 */
export async function runRemoval(ledger: Ledger, { choose, take }: RemovalBody): Promise<void> {
  await runPendingUndo(ledger);
  const transaction = await ledger.begin(choose);
  try {
    const gone = await retryOnce(() => {
      ledger.checkOwn();
      return take();
    });
    await retryOnce(() => transaction.commit(gone));
  } finally {
    await runOrDefer(ledger, () => transaction.end());
  }
}

/** Runs the pending undo work. Work that is refused again stays pending. */
export async function runPendingUndo(ledger: Ledger): Promise<void> {
  const works = pendingUndo.get(ledger);
  if (works === undefined) return;
  pendingUndo.delete(ledger);
  for (const work of works) await runOrDefer(ledger, work);
}

async function runOrDefer(ledger: Ledger, work: () => Promise<void>): Promise<void> {
  try {
    await retryOnce(work);
  } catch {
    pendingUndo.set(ledger, (pendingUndo.get(ledger) ?? new Set()).add(work));
  }
}

// The second attempt succeeds after a lost answer or a short lack of memory.
export async function retryOnce<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    return work();
  }
}
