import { portKey, type PublishedPort } from '../../firewall/network/published-port';
import type { Member } from './member';
import type { Adopted, NetworkState, Peer } from './network-state';
import { AddressesInUse } from './addresses-in-use';

/** A pending change of a network. */
export type Change =
  | {
      readonly action: 'attach' | 'detach';
      readonly members: readonly Member[];
      readonly ports?: readonly PublishedPort[];
    }
  | { readonly action: 'publish' | 'withdraw'; readonly ports: readonly PublishedPort[] }
  | { readonly action: 'peer' | 'unpeer'; readonly peers: readonly Peer[] }
  | { readonly action: 'adopt' | 'release'; readonly adopted: readonly Adopted[] };

/** A change as the journal stores it. */
interface StoredChange extends Partial<NetworkState> {
  readonly action: string;
}

const ADDITIONS: ReadonlySet<string> = new Set(['attach', 'publish', 'peer', 'adopt']);

/** The state after a change. */
export function applyChange(state: NetworkState, change: Change): NetworkState {
  const { peers = [], adopted = [] } = state;
  switch (change.action) {
    case 'attach': {
      const members = [...state.members, ...change.members];
      AddressesInUse.follow(state.members, members, { more: change.members });
      return { ...state, members };
    }
    case 'publish':
      return { ...state, ports: [...state.ports, ...change.ports] };
    case 'detach': {
      const members = without(state.members, change.members, keyOfMember);
      AddressesInUse.follow(state.members, members, { less: change.members });
      return { ...state, members, ports: withoutPorts(state.ports, change.ports ?? []) };
    }
    case 'withdraw':
      return { ...state, ports: withoutPorts(state.ports, change.ports) };
    case 'peer':
      return { ...state, peers: [...peers, ...change.peers] };
    case 'unpeer':
      return { ...state, peers: without(peers, change.peers, keyOfPeer) };
    case 'adopt':
      return { ...state, adopted: [...adopted, ...change.adopted.map(withoutConfiguration)] };
    case 'release':
      return { ...state, adopted: without(adopted, change.adopted, keyOfAdopted) };
  }
}

/** The state with changes under way: pending additions count as present, pending removals too. */
export function withUnderWay(state: NetworkState, changes: Iterable<Change>): NetworkState {
  const underWay = [...changes];
  const leaving = underWay.flatMap((change) => (change.action === 'detach' ? change.members : []));
  const all = underWay.filter(isAddition).reduce(applyChange, state);
  return leaving.length === 0 ? all : { ...all, leaving: new Set(leaving.map(keyOfMember)) };
}

/**
 * The ports and peers of a network once the changes under way are done. Some of them may be entered already; whoever
 * began a failed change undoes it.
 */
export function onceDone(state: NetworkState, changes: Iterable<Change>): NetworkState {
  let done = state;
  for (const change of changes) {
    const { ports = [], peers = [] }: Partial<NetworkState> = change;
    done = applyChange(applyChange(done, { action: 'withdraw', ports }), { action: 'unpeer', peers });
    if (change.action === 'publish' || change.action === 'peer') done = applyChange(done, change);
  }
  return done;
}

/**
 * The change that undoes one that was, or may have been, entered in a record; undefined if it was not. A removal is
 * never undone.
 */
export function inverseOf(record: NetworkState, change: Change): Change | undefined {
  const { members, ports, peers = [], adopted = [] } = record;
  const some = <T>(all: readonly T[], those: readonly T[], keyOf: (item: T) => string): boolean =>
    those.length > without(those, all, keyOf).length;
  switch (change.action) {
    case 'attach':
      return some(members, change.members, keyOfMember) ? { ...change, action: 'detach' } : undefined;
    case 'publish':
      return some(ports, change.ports, portKey) ? { ...change, action: 'withdraw' } : undefined;
    case 'peer':
      return some(peers, change.peers, keyOfPeer) ? { ...change, action: 'unpeer' } : undefined;
    case 'adopt':
      return some(adopted, change.adopted, keyOfAdopted) ? { ...change, action: 'release' } : undefined;
    case 'release':
      return some(adopted, change.adopted, keyOfAdopted) ? undefined : { ...change, action: 'adopt' };
    case 'detach':
    case 'withdraw':
    case 'unpeer':
      return undefined;
  }
}

/** Whether a change adds something: then its parts that are on no record are to be removed. */
export function isAddition(change: { readonly action: string }): boolean {
  return ADDITIONS.has(change.action);
}

/** The change that an intent names; none if it concerns the network as a whole. */
export function changeOf({
  action,
  members = [],
  ports = [],
  peers = [],
  adopted = [],
}: StoredChange): Change[] {
  if (action === 'attach' || action === 'detach') return [{ action, members, ports }];
  if (action === 'publish' || action === 'withdraw') return [{ action, ports }];
  if (action === 'adopt' || action === 'release') return [{ action, adopted }];
  return action === 'peer' || action === 'unpeer' ? [{ action, peers }] : [];
}

function without<T>(all: readonly T[], gone: readonly T[], keyOf: (item: T) => string): T[] {
  const keys = new Set(gone.map(keyOf));
  return all.filter((item) => !keys.has(keyOf(item)));
}

// Compares numbers first: of ten thousand ports few have the number of a removed one.
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

function withoutConfiguration({ configuration: _, ...lasting }: Adopted): Adopted {
  return lasting;
}

function keyOfAdopted({ ifname }: Adopted): string {
  return ifname;
}
