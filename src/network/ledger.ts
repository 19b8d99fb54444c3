import os from 'node:os';
import { NetlinkError } from '../errors';
import { portKey, type PublishedPort } from '../firewall/published';
import { declare, type Intent, locked, readIntents, readRecord, settle, writeRecord } from './journal';
import type { Adopted, Member, Peer } from './layout';

/** What is on a network. */
export interface NetworkState {
  readonly members: readonly Member[];
  readonly ports: readonly PublishedPort[];
  /** Absent: none yet. */
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
}

/** A change of it that is about to be made. */
export type Change =
  | {
      readonly action: 'attach' | 'detach';
      readonly members: readonly Member[];
      readonly ports?: readonly PublishedPort[];
    }
  | { readonly action: 'publish' | 'withdraw'; readonly ports: readonly PublishedPort[] }
  | { readonly action: 'peer' | 'unpeer'; readonly peers: readonly Peer[] }
  | { readonly action: 'adopt' | 'release'; readonly adopted: readonly Adopted[] };

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
  /** Calls `choose` with all there is, changes under way included, while nobody else can; announces what it returns. */
  announce(choose: (state: NetworkState) => Change): Promise<Announcement>;
}

const ADDITIONS: ReadonlySet<string> = new Set(['attach', 'publish', 'peer', 'adopt']);
const EMPTY: NetworkState = { members: [], ports: [] };

/** The ledger of a network that lives with this process. */
export class MemoryLedger implements Ledger {
  #state = EMPTY;
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

/** The ledger of a persistent network. */
export class JournalLedger implements Ledger {
  readonly #host: string;
  readonly #network: string;

  constructor(host: string, network: string) {
    this.#host = host;
    this.#network = network;
  }

  read(): Promise<NetworkState> {
    return Promise.resolve(readRecord(this.#host, this.#network) ?? EMPTY);
  }

  async announce(choose: (state: NetworkState) => Change): Promise<Announcement> {
    const [host, network] = [this.#host, this.#network];
    const { change, intent } = await locked(() => {
      const underWay = readIntents(host)
        .filter((other) => other.network === network)
        .flatMap(changeOf);
      const chosen = choose(underWay.filter(isAddition).reduce(after, this.#record()));
      return Promise.resolve({ change: chosen, intent: declare({ host, network, ...chosen }) });
    });
    return {
      commit: (members) =>
        locked(() => {
          const record = readRecord(host, network);
          if (record) writeRecord({ ...record, ...after(record, withMembers(change, members)) });
          settle(intent);
          return record || !isAddition(change) ? Promise.resolve() : Promise.reject(deleted(network));
        }),
      cancel: () => {
        settle(intent);
        return Promise.resolve();
      },
    };
  }

  #record(): NetworkState {
    const record = readRecord(this.#host, this.#network);
    if (record) return record;
    throw deleted(this.#network);
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

/** The state after a change. */
export function after(state: NetworkState, change: Change): NetworkState {
  const { peers = [], adopted = [] } = state;
  switch (change.action) {
    case 'attach':
      return { ...state, members: [...state.members, ...change.members] };
    case 'publish':
      return { ...state, ports: [...state.ports, ...change.ports] };
    case 'detach':
      return {
        ...state,
        members: without(state.members, change.members, keyOfMember),
        ports: without(state.ports, change.ports ?? [], portKey),
      };
    case 'withdraw':
      return { ...state, ports: without(state.ports, change.ports, portKey) };
    case 'peer':
      return { ...state, peers: [...peers, ...change.peers] };
    case 'unpeer':
      return { ...state, peers: without(peers, change.peers, keyOfPeer) };
    case 'adopt':
      return { ...state, adopted: [...adopted, ...change.adopted.map(({ ifname }) => ({ ifname }))] };
    case 'release':
      return { ...state, adopted: without(adopted, change.adopted, keyOfAdopted) };
  }
}

function withMembers(change: Change, members: readonly Member[] | undefined): Change {
  return members && 'members' in change ? { ...change, members } : change;
}

/** Whether a change brings something: then what was announced of it and is on no record is to go. */
export function isAddition(change: Pick<Intent, 'action'>): boolean {
  return ADDITIONS.has(change.action);
}

function changeOf({ action, members = [], ports = [], peers = [], adopted = [] }: Intent): Change[] {
  if (action === 'attach' || action === 'detach') return [{ action, members, ports }];
  if (action === 'publish' || action === 'withdraw') return [{ action, ports }];
  if (action === 'adopt' || action === 'release') return [{ action, adopted }];
  return action === 'peer' || action === 'unpeer' ? [{ action, peers }] : [];
}

function without<T>(all: readonly T[], gone: readonly T[], keyOf: (item: T) => string): T[] {
  const keys = new Set(gone.map(keyOf));
  return all.filter((item) => !keys.has(keyOf(item)));
}

function keyOfMember({ port }: Member): string {
  return port;
}

function keyOfPeer({ subnet }: Peer): string {
  return subnet;
}

function keyOfAdopted({ ifname }: Adopted): string {
  return ifname;
}
