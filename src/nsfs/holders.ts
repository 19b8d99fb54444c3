import fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { binding } from '../executor/run-program';
import { openNamespace } from './open';

/** A namespace that may be held. */
export interface Held {
  /** The inode of its file in nsfs: valid while the namespace is held. */
  readonly inode: number;
  readonly cookie: bigint;
}

/** A process that holds a namespace, and how. */
export interface Holder {
  readonly pid: number;
  readonly how: 'inside' | 'thread' | 'descriptor' | 'socket' | 'mount';
  /** A file that leads to the namespace; absent for a socket. */
  readonly path?: string;
  /** The mount point. */
  readonly place?: string;
}

// The event loop runs after this many processes. One process is scanned synchronously, in some tenths of a millisecond,
// so that no file stays open if a deletion ends in the meantime.
const PROCESSES_AT_A_TIME = 8;

const WORDS: Readonly<Record<Holder['how'], string>> = {
  inside: 'runs inside',
  thread: 'has a thread inside',
  descriptor: 'has the namespace open',
  socket: 'has a socket inside',
  mount: 'has the namespace mounted on',
};

/** The holders of these namespaces by inode, as far as /proc shows them to the caller. May take long. */
export async function holdersOf(held: readonly Held[]): Promise<Map<number, Holder[]>> {
  const found = new Map<number, Holder[]>();
  const wanted = new Map(held.map(({ inode, cookie }) => [cookie, inode]));
  const inodes = new Set(wanted.values());
  const add = (inode: number | undefined, holder: Holder): void => {
    if (inode === undefined || !inodes.has(inode)) return;
    const known = found.get(inode) ?? [];
    // One line per process: the first finding is the most informative.
    if (!known.some(({ pid }) => pid === holder.pid)) found.set(inode, [...known, holder]);
  };
  const mounts = new Set<string>();
  const pids = namesIn('/proc').filter((entry) => /^\d+$/.test(entry));
  for (const [index, pid] of pids.entries()) {
    look(Number(pid), wanted, mounts, add);
    if (index % PROCESSES_AT_A_TIME === 0) await setImmediate();
  }
  for (const { inode, cookie } of held) {
    const holders = await Promise.all(
      (found.get(inode) ?? []).map(async (one) => ((await leads(one, cookie)) ? [one] : [])),
    );
    found.set(inode, holders.flat());
  }
  return found;
}

// After the end of a namespace, its inode may belong to another one.
async function leads({ path }: Holder, cookie: bigint): Promise<boolean> {
  if (path === undefined) return true;
  try {
    const found = await openNamespace({ path });
    binding.close(found.handle);
    return found.cookie === cookie;
  } catch {
    return false;
  }
}

/** The holders and the remedy, for an error message. */
export function describeHolders(holders: readonly Holder[]): string {
  const told = holders.map(({ pid, how, place }) => {
    const command = textAt(`/proc/${String(pid)}/comm`).trim();
    const who = pid === process.pid ? 'this process' : `process ${String(pid)} (${command})`;
    return [who, WORDS[how], ...(place === undefined ? [] : [place])].join(' ');
  });
  const isInside = holders.some(({ how }) => how === 'inside');
  const isOther = holders.some(({ how }) => how !== 'inside');
  const remedies = [
    ...(isInside ? ['end the processes inside, or pass { kill: true }'] : []),
    ...(isOther ? ['the namespace is deleted once nothing holds it'] : []),
  ];
  return `${told.join(', ')}; ${remedies.join('; ')}`;
}

type Add = (inode: number | undefined, holder: Holder) => void;

function look(pid: number, wanted: ReadonlyMap<bigint, number>, mounts: Set<string>, add: Add): void {
  const root = `/proc/${String(pid)}`;
  const inside = inodeIn(linkAt(`${root}/ns/net`));
  add(inside, { pid, how: 'inside', path: `${root}/ns/net` });
  for (const task of namesIn(`${root}/task`)) {
    const path = `${root}/task/${task}/ns/net`;
    // The first thread of a process may have ended before the others.
    add(inodeIn(linkAt(path)), { pid, how: inside === undefined ? 'inside' : 'thread', path });
  }
  const sockets: number[] = [];
  for (const fd of namesIn(`${root}/fd`)) {
    const path = `${root}/fd/${fd}`;
    const link = linkAt(path);
    if (link.startsWith('socket:')) sockets.push(Number(fd));
    // A file of nsfs is named after the mount through which it was opened, and '/' once that mount is gone.
    else if (/^net:|netns|^\/$/.test(link)) add(inodeAt(path), { pid, how: 'descriptor', path });
  }
  if (sockets.length > 0) {
    for (const cookie of binding.socketNamespaces(pid, sockets))
      add(wanted.get(cookie), { pid, how: 'socket' });
  }
  const mount = linkAt(`${root}/ns/mnt`);
  if (mount === '' || mounts.has(mount)) return;
  mounts.add(mount);
  for (const [, inode, place = ''] of textAt(`${root}/mountinfo`).matchAll(
    /^\S+ \S+ \S+ net:\[(\d+)\] (\S+)/gm,
  )) {
    add(Number(inode), { pid, how: 'mount', place, path: `${root}/root${place}` });
  }
}

// A process or file that is gone, or not accessible, has nothing to report.
function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function namesIn(directory: string): string[] {
  return orElse([], () => fs.readdirSync(directory));
}

function linkAt(path: string): string {
  return orElse('', () => fs.readlinkSync(path));
}

function textAt(path: string): string {
  return orElse('', () => fs.readFileSync(path, 'utf8'));
}

function inodeAt(path: string): number | undefined {
  return orElse(undefined, () => fs.statSync(path).ino);
}

function inodeIn(link: string): number | undefined {
  const [, inode] = /^net:\[(\d+)\]$/.exec(link) ?? [];
  return inode === undefined ? undefined : Number(inode);
}
