import { portKey, type PublishedPort } from '../firewall/published';
import type { Adopted, Member, Peer } from './layout';
import { Taken } from './taken';

/** What is on a network. */
export interface NetworkState {
  readonly members: readonly Member[];
  readonly ports: readonly PublishedPort[];
  /** Absent: none yet. */
  readonly peers?: readonly Peer[];
  readonly adopted?: readonly Adopted[];
}

/** What is on a network at first. */
export const NOBODY: NetworkState = { members: [], ports: [] };

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

/** A change as the journal has it. */
interface Announced extends Partial<NetworkState> {
  readonly action: string;
}

const ADDITIONS: ReadonlySet<string> = new Set(['attach', 'publish', 'peer', 'adopt']);

/** The state after a change. */
export function after(state: NetworkState, change: Change): NetworkState {
  const { peers = [], adopted = [] } = state;
  switch (change.action) {
    case 'attach': {
      const members = [...state.members, ...change.members];
      Taken.follow(state.members, members, { more: change.members });
      return { ...state, members };
    }
    case 'publish':
      return { ...state, ports: [...state.ports, ...change.ports] };
    case 'detach': {
      const members = without(state.members, change.members, keyOfMember);
      Taken.follow(state.members, members, { less: change.members });
      return { ...state, members, ports: withoutPorts(state.ports, change.ports ?? []) };
    }
    case 'withdraw':
      return { ...state, ports: withoutPorts(state.ports, change.ports) };
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

/** The same change, now that more is known of its members. */
export function withMembers(change: Change, members: readonly Member[] | undefined): Change {
  return members && 'members' in change ? { ...change, members } : change;
}

/** Whether a change brings something: then what was announced of it and is on no record is to go. */
export function isAddition(change: { readonly action: string }): boolean {
  return ADDITIONS.has(change.action);
}

/** The change that was announced; none for what is about a network as a whole. */
export function changeOf({
  action,
  members = [],
  ports = [],
  peers = [],
  adopted = [],
}: Announced): Change[] {
  if (action === 'attach' || action === 'detach') return [{ action, members, ports }];
  if (action === 'publish' || action === 'withdraw') return [{ action, ports }];
  if (action === 'adopt' || action === 'release') return [{ action, adopted }];
  return action === 'peer' || action === 'unpeer' ? [{ action, peers }] : [];
}

function without<T>(all: readonly T[], gone: readonly T[], keyOf: (item: T) => string): T[] {
  const keys = new Set(gone.map(keyOf));
  return all.filter((item) => !keys.has(keyOf(item)));
}

// Of ten thousand few have the number of one that is gone.
function withoutPorts(all: readonly PublishedPort[], gone: readonly PublishedPort[]): PublishedPort[] {
  const numbers = new Set(gone.map(({ hostPort }) => hostPort));
  const keys = new Set(gone.map(portKey));
  return all.filter((port) => !numbers.has(port.hostPort) || !keys.has(portKey(port)));
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
