import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError } from '../errors/errors';
import { binding, REQUEST_DEADLINE_MS, runProgram } from '../executor/run-program';
import type { NamespaceHandle } from '../native/handles';
import { describe, fdOf, giveHandle, takeHandle, type OpenNamespace } from './handle';
import { type Held, type Holder, holdersOf, describeHolders } from './holders';
import { namePath } from './name';
import { pinnedInode } from './nsfs';
import { openNamespace, type NamespaceLocation } from './open';

// The kernel needs some 15 ms for one namespace and about a second for a thousand. After SUSPICION_MS, plus
// SUSPICION_MS_EACH per namespace, the holders are looked up. A busy machine releases sockets later, so both looks must
// find the same holder.
const SUSPICION_MS = 1_000;
const SUSPICION_MS_EACH = 2;
const SECOND_LOOK_MS = 1_000;
const REMAINS_MS = 10;
// The kernel removes namespaces batch by batch and reports none before its batch begins. A batch with hundreds of
// bridges delays the next one by seconds; of ten thousand namespaces, the last batch waits for all others.
const DEADLINE_MS = 10_000;
const DEADLINE_MS_EACH = 10;
// Few enough that the kernel can begin soon, many enough to be worth a round trip to the executor.
const NAMES_AT_A_TIME = 100;
const { EBUSY } = os.constants.errno;
const UNSEEN = 'held by a descriptor, a socket, a mount or a thread that /proc does not show';

interface Open {
  readonly handle: NamespaceHandle;
  readonly inode: number;
}

interface Deletion extends Open {
  readonly netns: OpenNamespace;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

let waiting: Deletion[] = [];
/** Namespaces that were given up while still held by someone else. */
const held = new WeakMap<OpenNamespace, Held>();

/** Whether a deletion found the namespace held. */
export function wasHeld(netns: OpenNamespace): boolean {
  return held.has(netns);
}

/**
 * Reopens a closed namespace for deletion: by its name or, if a deletion found it held, through one of its holders. A
 * namespace that cannot be found is gone. Throws NetlinkError EBUSY if it is held only by sockets, through which no one
 * can enter, or by holders that /proc does not show. For the latter the kernel is asked (since Linux 6.18, see
 * namespaceExists).
 */
export async function reopen(netns: OpenNamespace): Promise<void> {
  if (fdOf(netns) >= 0 || (await openByName(netns))) return;
  const known = held.get(netns);
  if (known === undefined) return;
  const holders = (await holdersOf([known])).get(known.inode) ?? [];
  for (const { path } of holders) {
    if (path !== undefined && (await openBy(netns, { path }).catch(() => false))) return;
  }
  if (holders.length === 0 && !(await remains(known))) return;
  const detail = holders.length === 0 ? UNSEEN : `held: ${describeHolders(holders)}`;
  throw new NetlinkError({ errno: EBUSY, operation: 'netns.delete', object: describe(netns), detail });
}

// The kernel ends a namespace a moment after its holder releases it. If its state is unknown, the namespace counts as
// gone.
async function remains({ cookie, inode }: Held): Promise<boolean> {
  const end = Date.now() + SECOND_LOOK_MS;
  while (binding.namespaceExists(cookie, inode) === true) {
    if (Date.now() > end) return true;
    await sleep(REMAINS_MS);
  }
  return false;
}

/** Removes the name of an open namespace, if it still refers to this one, and gives up the namespace. */
export async function deleteNamespace(netns: OpenNamespace): Promise<void> {
  const open = takeOpen(netns);
  if (open === undefined) return;
  await new Promise<void>((resolve, reject) => {
    if (waiting.length === 0) setImmediate(() => void deleteWaiting());
    waiting.push({ ...open, netns, resolve, reject });
  });
}

// The kernel removes all namespaces it has received by the time it begins, in hardly more time than one takes. It
// begins on another processor while further names are removed: a thousand namespaces are gone a tenth sooner (two
// processors, Linux 6.18).
async function deleteWaiting(): Promise<void> {
  const batch = waiting;
  waiting = [];
  const isNamed = ({ netns }: Deletion): boolean => netns.name !== undefined;
  const anonymous = batch.filter((deletion) => !isNamed(deletion));
  if (anonymous.length > 0) release(anonymous, batch.length);
  const named = batch.filter(isNamed);
  for (let begin = 0; begin < named.length; begin += NAMES_AT_A_TIME) {
    const part = named.slice(begin, begin + NAMES_AT_A_TIME);
    try {
      const unpinned = await unpin(part);
      if (unpinned.length > 0) release(unpinned, batch.length);
    } catch (error) {
      for (const deletion of part) keep(deletion, error);
    }
  }
}

function takeOpen(netns: OpenNamespace): Open | undefined {
  const fd = fdOf(netns);
  if (fd < 0) return undefined;
  const inode = fs.fstatSync(fd).ino;
  const handle = takeHandle(netns);
  return handle && { handle, inode };
}

/** Nothing was done: the object stays unchanged and can be deleted again. */
function keep({ netns, handle, reject }: Deletion, error: unknown): void {
  giveHandle(netns, handle);
  reject(error);
}

// The name of a closed object may still refer to the same namespace, to another one, or to nothing.
async function openByName(netns: OpenNamespace): Promise<boolean> {
  if (netns.name === undefined) return false;
  try {
    return await openBy(netns, netns.name);
  } catch (error) {
    if ((await pinnedInode(namePath(netns.name))) === undefined) return false;
    throw error;
  }
}

/** Opens the namespace by a location that may lead to another one by now; false in that case. */
async function openBy(netns: OpenNamespace, place: NamespaceLocation): Promise<boolean> {
  const found = await openNamespace(place);
  if (found.cookie !== netns.cookie) {
    binding.close(found.handle);
    return false;
  }
  giveHandle(netns, found.handle);
  return true;
}

/** Removes the names; returns the namespaces to give up. A namespace whose name cannot be removed is kept. */
async function unpin(named: readonly Deletion[]): Promise<Deletion[]> {
  const { results } = await runProgram({
    slots: [],
    // The namespace is open, so no other can have its inode: a name that refers to another one is not ours to remove.
    steps: named.map(({ netns, inode }) => ({ op: 'unpin', path: namePath(netns.name as string), inode })),
    atomic: false,
    deadlineMs: REQUEST_DEADLINE_MS,
  });
  const refused = new Set<Deletion>();
  named.forEach((deletion, index) => {
    const failure = results[index]?.failure;
    if (failure === undefined) return;
    refused.add(deletion);
    const place = { operation: 'netns.delete', object: deletion.netns.name };
    keep(deletion, NetlinkError.of(failure, place));
  });
  return named.filter((deletion) => !refused.has(deletion));
}

/** Gives up the namespaces and waits for their end; `count` is the size of the whole deletion. */
function release(batch: readonly Deletion[], count: number): void {
  const left = new Set(batch);
  const over = new AbortController();
  const settle = (deletion: Deletion): void => {
    left.delete(deletion);
    if (left.size === 0) over.abort();
  };
  const refuse = (deletion: Deletion, errno: number, detail: string): void => {
    if (!left.has(deletion)) return;
    settle(deletion);
    const { netns, inode } = deletion;
    held.set(netns, { inode, cookie: netns.cookie });
    deletion.reject(new NetlinkError({ errno, operation: 'netns.delete', object: describe(netns), detail }));
  };
  void reportHolders(left, SUSPICION_MS + SUSPICION_MS_EACH * count, over.signal, refuse);
  const handles = batch.map(({ handle }) => handle);
  binding.release(handles, DEADLINE_MS + DEADLINE_MS_EACH * count, (gone, still, errno) => {
    for (const deletion of pick(batch, gone)) {
      settle(deletion);
      held.delete(deletion.netns);
      deletion.resolve();
    }
    for (const deletion of pick(batch, still)) {
      refuse(deletion, EBUSY, UNSEEN);
    }
    if (errno !== 0) {
      for (const deletion of left) refuse(deletion, errno, 'released, but its deletion cannot be observed');
    }
  });
}

type Refuse = (deletion: Deletion, errno: number, detail: string) => void;

/**
 * Looks up who holds the remaining namespaces. A holder must be seen twice: tools that look at all namespaces hold them
 * only briefly.
 */
async function reportHolders(
  left: ReadonlySet<Deletion>,
  firstMs: number,
  signal: AbortSignal,
  refuse: Refuse,
): Promise<void> {
  let before = new Map<number, readonly Holder[]>();
  for (let pause = firstMs; left.size > 0; pause = before.size > 0 ? SECOND_LOOK_MS : 2 * pause) {
    const isOver = await sleep(pause, false, { signal }).catch(() => true);
    if (isOver) return;
    const now = await holdersOf([...left].map(({ netns, inode }) => ({ inode, cookie: netns.cookie })));
    for (const deletion of left) {
      const { inode } = deletion;
      const again =
        now.get(inode)?.filter(({ pid }) => before.get(inode)?.some((one) => one.pid === pid)) ?? [];
      if (again.length > 0) refuse(deletion, EBUSY, `held: ${describeHolders(again)}`);
    }
    before = now;
  }
}

function pick(batch: readonly Deletion[], indexes: readonly number[]): Deletion[] {
  return indexes.map((index) => batch[index] as Deletion);
}
