import os from 'node:os';
import { NetlinkError } from '../../errors/errors';
import { applyChange, type Change, changeOf, inverseOf, isAddition, withUnderWay } from '../model/changes';
import { type NetworkState, EMPTY_STATE } from '../model/network-state';
import { DeletedNetworkError } from '../model/deleted';
import { clearIntent, type Intent, locked, readIntents, writeIntent } from './intents';
import type { Layout } from '../model/layout';
import { amendRecord, isReplaced, readRecord } from './records';
import { undeletedRecord } from './undeleted';
import { unfinished, unfinishedDetail } from './unfinished';

/** A change that has begun, and counts as under way until it ends or is rolled back. */
export interface Transaction {
  /**
   * Enters the change in the record; `known` is the same change with data that is only known now. `check` gets the
   * network's state at that moment. Rejects with what `check` throws; an addition also if deletion of the network has
   * begun meanwhile.
   */
  commit(known?: Change, check?: (state: NetworkState) => void): Promise<void>;
  /** The change is being taken back: an entry that is not made yet is refused. Synchronous. */
  cancel(): void;
  /** Ends the change. */
  end(): Promise<void>;
  /** Ends an undone change, and removes its entry, complete or not. */
  rollBack(): Promise<void>;
}

/** The members and published ports of a network: in memory, or in the journal for all processes. */
export interface Ledger {
  read(): Promise<NetworkState>;
  /** The same, synchronously; undefined where the network is gone. */
  now(): NetworkState | undefined;
  /** The last state that could be read: without a record nothing else is known. */
  known(): NetworkState;
  /** The same as `now`, but undefined also where deletion of the network has begun. */
  undeleted(): NetworkState | undefined;
  /** Throws if a later network has the name by now. Synchronous, for a call right before the kernel's part. */
  checkOwn(): void;
  /**
   * Calls `choose` with the whole state, including changes under way, while nobody else can; begins the change it returns.
   * Rejects once deletion of the network has begun.
   */
  begin(choose: (state: NetworkState) => Change, when?: BeginOptions): Promise<Transaction>;
}

/** Timing of a transaction. */
export interface BeginOptions {
  /** The start of the change, if it was earlier, in milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Ends the wait for others. */
  readonly signal?: AbortSignal | undefined;
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

function takenBack(): NetlinkError {
  const detail = 'the change was taken back before it could be entered';
  return new NetlinkError({ errno: os.constants.errno.ECANCELED, operation: 'network', detail });
}

/** The ledger of a network that lives with this process. */
export class MemoryLedger implements Ledger {
  #state = EMPTY_STATE;
  readonly #pending = new Set<Change>();

  read(): Promise<NetworkState> {
    return Promise.resolve(this.#state);
  }

  now(): NetworkState {
    return this.#state;
  }

  known(): NetworkState {
    return this.#state;
  }

  // Only its object deletes it.
  undeleted(): NetworkState {
    return this.#state;
  }

  checkOwn(): void {
    // Nobody else can have the name.
  }

  // Async like the other ledger; an error of `choose` becomes a rejection.
  async begin(choose: (state: NetworkState) => Change): Promise<Transaction> {
    const change = choose(withUnderWay(this.#state, this.#pending));
    this.#pending.add(change);
    const end = (): Promise<void> => {
      this.#pending.delete(change);
      return Promise.resolve();
    };
    let isCancelled = false;
    const cancel = (): void => {
      isCancelled = true;
    };
    const commit: Transaction['commit'] = async (known = change, check) => {
      if (isCancelled) throw takenBack();
      check?.(withUnderWay(this.#state, this.#pending));
      this.#pending.delete(change);
      this.#state = applyChange(this.#state, known);
      return Promise.resolve();
    };
    return Promise.resolve({ commit, cancel, end, rollBack: end });
  }
}

/** The ledger of a persistent network, not of a later one with the same name. */
export class JournalLedger implements Ledger {
  readonly #host: string;
  readonly #layout: Pick<Layout, 'name' | 'id'>;
  #known = EMPTY_STATE;

  constructor(host: string, layout: Pick<Layout, 'name' | 'id'>) {
    this.#host = host;
    this.#layout = layout;
  }

  read(): Promise<NetworkState> {
    return Promise.resolve(this.now() ?? EMPTY_STATE);
  }

  now(): NetworkState | undefined {
    const record = readRecord(this.#host, this.#layout.name);
    if (record === undefined || record.layout.id !== this.#layout.id) return undefined;
    this.#known = record;
    return record;
  }

  known(): NetworkState {
    return this.#known;
  }

  undeleted(): NetworkState | undefined {
    return undeletedRecord(this.#host, this.#layout);
  }

  checkOwn(): void {
    if (isReplaced(this.#host, this.#layout)) throw new DeletedNetworkError('network', this.#layout.name);
  }

  async begin(
    choose: (state: NetworkState) => Change,
    { since, signal }: BeginOptions = {},
  ): Promise<Transaction> {
    const [host, network] = [this.#host, this.#layout.name];
    const { change, intent } = await locked(() => {
      const chosen = this.#choose(choose);
      return Promise.resolve({ change: chosen, intent: writeIntent({ host, network, ...chosen }, since) });
    }, signal);
    let committing: Change | undefined;
    let isCancelled = false;
    let isEnded = false;
    const endNow = (): void => {
      if (!isEnded) clearIntent(intent);
      isEnded = true;
    };
    return {
      commit: (known = change, check) =>
        locked(async () => {
          // The wait for the lock may be longer than the wait for a confirmation.
          if (isCancelled) throw takenBack();
          // Whoever deletes the network does not know of this change, and waits until it is undone.
          const state = isAddition(change) ? this.#record() : undefined;
          if (state) check?.(this.#withUnderWay(state));
          committing = known;
          if (amendRecord({ host, layout: this.#layout }, known)) this.now();
          try {
            // At once, so that the change is not seen twice.
            endNow();
          } catch {
            // The entry is made all the same; end() follows.
          }
          return Promise.resolve();
        }),
      cancel: () => {
        isCancelled = true;
      },
      end: async () => {
        endNow();
        return Promise.resolve();
      },
      rollBack: async () => {
        if (committing) await this.#rollBack(committing);
        endNow();
      },
    };
  }

  // A refusal because of what killed processes left names a remedy that helps.
  #choose(choose: (state: NetworkState) => Change): Change {
    const record = this.#record();
    try {
      return choose(this.#withUnderWay(record));
    } catch (error) {
      const left = unfinished(this.#host, this.#layout);
      const detail = unfinishedDetail(left);
      const living = this.#intents().filter((intent) => !left.some(({ id }) => id === intent.id));
      if (detail === undefined || !succeeds(() => choose(withUnderWay(record, living.flatMap(changeOf)))))
        throw error;
      const { operation = 'network' } = error as { readonly operation?: string };
      const { EBUSY } = os.constants.errno;
      const object = this.#layout.name;
      throw new NetlinkError({ errno: EBUSY, operation, object, detail, cause: error });
    }
  }

  #rollBack(committed: Change): Promise<void> {
    return locked(() => {
      const record = this.now();
      const inverse = record && inverseOf(record, committed);
      if (inverse) amendRecord({ host: this.#host, layout: this.#layout }, inverse);
      return Promise.resolve();
    });
  }

  #withUnderWay(state: NetworkState): NetworkState {
    return withUnderWay(state, this.#intents().flatMap(changeOf));
  }

  #intents(): Intent[] {
    return readIntents(this.#host).filter(({ of }) => of === this.#layout.id);
  }

  #record(): NetworkState {
    const record = this.undeleted();
    if (record) return record;
    throw new DeletedNetworkError('network', this.#layout.name);
  }
}
