import os from 'node:os';
import { NetlinkError } from '../errors';
import { after, type Change, changeOf, isAddition, type NetworkState, NOBODY, withMembers } from './changes';
import { declare, locked, readIntents, settle } from './journal';
import type { Layout, Member } from './layout';
import { amendRecord, readRecord } from './records';

/** A change that was announced. One of the two must be called. */
export interface Announcement {
  /**
   * The change was made; `members` replaces those announced, now that more is known of them. Rejects if the network was
   * deleted meanwhile, so that what was added belongs to nothing.
   */
  commit(members?: readonly Member[]): Promise<void>;
  /** It was not made. */
  cancel(): Promise<void>;
}

/** Who is on a network and which ports are published: in memory, or in the journal for all processes to see. */
export interface Ledger {
  read(): Promise<NetworkState>;
  /**
   * Calls `choose` with all there is, changes under way included, while nobody else can; announces what it returns. `since`:
   * when the change began, if that was before, in milliseconds since 1970.
   */
  announce(choose: (state: NetworkState) => Change, since?: number): Promise<Announcement>;
}

/** The ledger of a network that lives with this process. */
export class MemoryLedger implements Ledger {
  #state = NOBODY;
  readonly #pending = new Set<Change>();

  read(): Promise<NetworkState> {
    return Promise.resolve(this.#state);
  }

  // Async for the sake of its twin; what `choose` throws becomes a rejection.
  async announce(choose: (state: NetworkState) => Change): Promise<Announcement> {
    const change = choose([...this.#pending].filter(isAddition).reduce(after, this.#state));
    this.#pending.add(change);
    const end = (commit: boolean, members?: readonly Member[]): Promise<void> => {
      this.#pending.delete(change);
      if (commit) this.#state = after(this.#state, withMembers(change, members));
      return Promise.resolve();
    };
    return Promise.resolve({ commit: (members) => end(true, members), cancel: () => end(false) });
  }
}

/** The ledger of a persistent network. One that another process made later by the same name is not it. */
export class JournalLedger implements Ledger {
  readonly #host: string;
  readonly #layout: Pick<Layout, 'name' | 'id'>;

  constructor(host: string, layout: Pick<Layout, 'name' | 'id'>) {
    this.#host = host;
    this.#layout = layout;
  }

  read(): Promise<NetworkState> {
    return Promise.resolve(this.#find() ?? NOBODY);
  }

  async announce(choose: (state: NetworkState) => Change, since?: number): Promise<Announcement> {
    const [host, network] = [this.#host, this.#layout.name];
    const { change, intent } = await locked(() => {
      const underWay = readIntents(host)
        .filter((other) => other.network === network)
        .flatMap(changeOf);
      const chosen = choose(underWay.filter(isAddition).reduce(after, this.#record()));
      return Promise.resolve({ change: chosen, intent: declare({ host, network, ...chosen }, since) });
    });
    return {
      commit: (members) =>
        locked(() => {
          const stands = amendRecord({ host, layout: this.#layout }, withMembers(change, members));
          settle(intent);
          return stands || !isAddition(change) ? Promise.resolve() : Promise.reject(deleted(network));
        }),
      cancel: () => {
        settle(intent);
        return Promise.resolve();
      },
    };
  }

  #find(): NetworkState | undefined {
    const record = readRecord(this.#host, this.#layout.name);
    return record?.layout.id === this.#layout.id ? record : undefined;
  }

  #record(): NetworkState {
    const record = this.#find();
    if (record) return record;
    throw deleted(this.#layout.name);
  }
}

function deleted(network: string): NetlinkError {
  const errno = os.constants.errno.ENOENT;
  return new NetlinkError({
    errno,
    operation: 'network',
    object: network,
    detail: 'the network was deleted',
  });
}
