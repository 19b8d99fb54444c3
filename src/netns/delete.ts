import fs from 'node:fs';
import os from 'node:os';
import { NetlinkError } from '../errors';
import { binding, REQUEST_DEADLINE_MS, runProgram } from '../executor';
import type { NamespaceHandle } from '../native';
import { describe, fdOf, giveHandle, takeHandle } from './handle';
import { namePath } from './name';
import type { NetworkNamespace } from './namespace';
import { pinnedInode } from './nsfs';
import { openNamespace } from './open';
import { processesByNamespace } from './processes';

// The kernel needs some 15 ms for one namespace and about a second for a thousand: after this, and so much for each, it is
// time to ask who holds it.
const SUSPICION_MS = 200;
const SUSPICION_MS_EACH = 2;
// The kernel takes namespaces apart one batch after another: one with hundreds of bridges makes the next wait for seconds.
const DEADLINE_MS = 10_000;
// So few that the kernel can begin soon, so many that each time is worth its way to the executor and back.
const NAMES_AT_A_TIME = 100;
const { EBUSY } = os.constants.errno;

interface Open {
  readonly handle: NamespaceHandle;
  readonly inode: number;
}

interface Deletion extends Open {
  readonly netns: NetworkNamespace;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

let waiting: Deletion[] = [];

/** Removes the name, if it still means this namespace, and gives the namespace up. */
export async function deleteNamespace(netns: NetworkNamespace): Promise<void> {
  const open = takeOpen(netns) ?? (await findByName(netns));
  if (open === undefined) return;
  await new Promise<void>((resolve, reject) => {
    if (waiting.length === 0) setImmediate(() => void deleteWaiting());
    waiting.push({ ...open, netns, resolve, reject });
  });
}

// The kernel takes apart in one go what it was given until it begins, in hardly more time than a single one needs. It
// begins on another processor while further names are removed: of a thousand, all are gone a tenth sooner (two processors,
// Linux 6.18).
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

function takeOpen(netns: NetworkNamespace): Open | undefined {
  const fd = fdOf(netns);
  if (fd < 0) return undefined;
  const inode = fs.fstatSync(fd).ino;
  const handle = takeHandle(netns);
  return handle && { handle, inode };
}

/** Nothing was done: the object stays as it was, to be deleted again. */
function keep({ netns, handle, reject }: Deletion, error: unknown): void {
  giveHandle(netns, handle);
  reject(error);
}

// The object was closed before: its name may still mean the same namespace, or by now another one, or nothing.
async function findByName(netns: NetworkNamespace): Promise<Open | undefined> {
  if (netns.name === undefined) return undefined;
  try {
    const found = await openNamespace(netns.name);
    if (found.cookie === netns.cookie) return takeOpen(found);
    await found.close();
    return undefined;
  } catch (error) {
    if ((await pinnedInode(namePath(netns.name))) === undefined) return undefined;
    throw error;
  }
}

/** Removes the names; returns the namespaces to give up. One whose name could not be removed keeps it. */
async function unpin(named: readonly Deletion[]): Promise<Deletion[]> {
  const { results } = await runProgram({
    slots: [],
    // The namespace is open, so that no other can have its inode: a name that means another one is not ours to remove.
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

/** Gives them up and waits for their end; `count` are about to be taken apart together. */
function release(batch: readonly Deletion[], count: number): void {
  const left = new Set(batch);
  const refuse = (deletion: Deletion, errno: number, detail: string): void => {
    left.delete(deletion);
    const object = describe(deletion.netns);
    deletion.reject(new NetlinkError({ errno, operation: 'netns.delete', object, detail }));
  };
  const suspicion = setTimeout(
    () => {
      void processes().then((found) => {
        for (const deletion of left) {
          const pids = found.get(deletion.inode);
          if (pids) refuse(deletion, EBUSY, `held by the processes inside: ${pids.join(', ')}`);
        }
      });
    },
    SUSPICION_MS + SUSPICION_MS_EACH * count,
  );
  const handles = batch.map(({ handle }) => handle);
  binding.release(handles, DEADLINE_MS, (gone, held, errno) => {
    for (const deletion of pick(batch, gone)) {
      left.delete(deletion);
      deletion.resolve();
    }
    for (const deletion of pick(batch, held)) {
      refuse(deletion, EBUSY, 'held by a descriptor, a socket, a mount or a thread elsewhere');
    }
    if (errno !== 0) {
      for (const deletion of left) refuse(deletion, errno, 'given up, but its end cannot be observed');
    }
    if (left.size === 0) clearTimeout(suspicion);
  });
}

function pick(batch: readonly Deletion[], indexes: readonly number[]): Deletion[] {
  return indexes.map((index) => batch[index] as Deletion);
}

// Without /proc only the deadline can tell.
function processes(): Promise<Map<number, number[]>> {
  return processesByNamespace().catch(() => new Map<number, number[]>());
}
