import type { Change } from '../model/changes';
import type { NetworkState } from '../model/network-state';
import type { Ledger, When } from './ledger';

/** A change of a network that is made as a whole or not at all. */
export interface Undertaking<T> {
  readonly choose: (state: NetworkState) => Change;
  /** When it began, if that was before. */
  readonly when?: When;
  /** Throws if what the change rests on is gone by the time of its entry in the record. */
  readonly check?: (state: NetworkState) => void;
  /**
   * The kernel's part. Calls `enter`, which makes the entry in the record, where the kernel's part can still be taken back
   * exactly as it was; otherwise the entry follows it.
   */
  readonly make: (enter: () => Promise<void>) => Promise<T>;
  /** The change, now that more is known of it. */
  readonly changeOf?: (made: T) => Change;
  /** Takes back what is there: `made`, or what a failed `make` has left. May be repeated. */
  readonly undo: (made: T | undefined, error: unknown) => Promise<void>;
}

/** A change by which something leaves a network. */
export interface Clearance {
  readonly choose: (state: NetworkState) => Change;
  /** The kernel's part. Ignores what is gone, so that it may be repeated. Returns what has gone, if that is not all. */
  readonly take: () => Promise<Change | undefined>;
}

// What failures left to be taken back and could not be taken back at once, as with no descriptor free.
const owed = new WeakMap<Ledger, Set<() => Promise<void>>>();

/**
 * Intent, kernel, entry in the record: a failure at any stage leaves what was before. Where even that is refused, the intent
 * stays, for other processes and for `gc()`, and the next change of the network begins with it.
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
 * Intent, kernel, entry in the record, for what leaves. Each stage is tried twice; after a failure the network has what is left,
 * and the call can be repeated.
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

/** Takes back what failures left. What is refused again stays owed. */
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

// What a lost answer or a moment without memory has refused, the next attempt does.
export async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    return work();
  }
}
