import type { Change } from '../model/changes';
import type { NetworkState } from '../model/network-state';
import type { Ledger, When } from './ledger';

/** A change of a network that is made as a whole or not at all. */
export interface Undertaking<T> {
  readonly choose: (state: NetworkState) => Change;
  /** The start of the change, if it was earlier. */
  readonly when?: When;
  /** Throws if a precondition of the change is gone by the time of its entry in the record. */
  readonly check?: (state: NetworkState) => void;
  /**
   * The kernel's part. May call `enter`, which makes the entry in the record, at a point where the kernel's part can
   * still be undone exactly; otherwise the entry follows it.
   */
  readonly make: (enter: () => Promise<void>) => Promise<T>;
  /** The change with data that is only known now. */
  readonly changeOf?: (made: T) => Change;
  /** Undoes `made`, or the rest of a failed `make`. May be repeated. */
  readonly undo: (made: T | undefined, error: unknown) => Promise<void>;
}

/** A change that removes something from a network. */
export interface Clearance {
  readonly choose: (state: NetworkState) => Change;
  /**
   * The kernel's part. Ignores already removed parts, so that it may be repeated. Returns the removed parts, if these
   * are not all.
   */
  readonly take: () => Promise<Change | undefined>;
}

// Undo work that could not be done at once, such as when no descriptor was free.
const owed = new WeakMap<Ledger, Set<() => Promise<void>>>();

/**
 * Intent, kernel, entry in the record: a failure at any stage restores the state before. Where even that is refused,
 * the intent stays, for other processes and for `gc()`, and the next change of the network begins with it.
 */
export async function carryOut<T>(ledger: Ledger, undertaking: Undertaking<T>): Promise<T> {
  const { choose, when, check, make, changeOf, undo } = undertaking;
  await payWhatIsOwed(ledger);
  const announcement = await ledger.announce(choose, when);
  let entered = false;
  const enter = async (change?: Change): Promise<void> => {
    if (!entered) await announcement.enter(change, check);
    entered = true;
  };
  let made: T | undefined;
  try {
    made = await make(enter);
    await enter(changeOf?.(made));
  } catch (error) {
    await payOrOwe(ledger, async () => {
      await undo(made, error);
      await announcement.cancel();
    });
    throw error;
  }
  await payOrOwe(ledger, () => announcement.settle());
  return made;
}

/**
 * Intent, kernel, entry in the record, for removals. Each stage is tried twice; after a failure the rest stays on the
 * network, and the call can be repeated.
 */
export async function clearAway(ledger: Ledger, { choose, take }: Clearance): Promise<void> {
  await payWhatIsOwed(ledger);
  const announcement = await ledger.announce(choose);
  try {
    const gone = await twice(take);
    await twice(() => announcement.enter(gone));
  } finally {
    await payOrOwe(ledger, () => announcement.settle());
  }
}

/** Runs the pending undo work. Work that is refused again stays pending. */
export async function payWhatIsOwed(ledger: Ledger): Promise<void> {
  const debts = owed.get(ledger);
  if (debts === undefined) return;
  owed.delete(ledger);
  for (const debt of debts) await payOrOwe(ledger, debt);
}

async function payOrOwe(ledger: Ledger, work: () => Promise<void>): Promise<void> {
  try {
    await twice(work);
  } catch {
    owed.set(ledger, (owed.get(ledger) ?? new Set()).add(work));
  }
}

// The second attempt succeeds after a lost answer or a short lack of memory.
export async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    return work();
  }
}
