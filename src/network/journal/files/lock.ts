import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError } from '../../../errors/errors';
import { binding } from '../../../executor/run-program';
import type { LockHandle } from '../../../native/contract';
import { systemCall } from '../../../nsfs/within';
import { makeStateDirectory, unusable } from './aside';

const WAIT_MS = 30_000;
const RETRY_MS = 5;

// Callers of this process wait for each other here: to ask the kernel again and again would cost each some milliseconds.
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `body` while no other process (and no other caller in this one) holds the lock of a directory, which is made if it is
 * not there: flock(2), which ends with its holder. It is the addon's, so that a worker that is terminated leaves none behind.
 */
export function withLock<T>(directory: string, body: () => Promise<T>, waitMs = WAIT_MS): Promise<T> {
  const mine = last.then(() => holding(directory, body, waitMs));
  last = mine.catch(() => undefined);
  return mine;
}

async function holding<T>(directory: string, body: () => Promise<T>, waitMs: number): Promise<T> {
  const lock = await acquire(directory, Date.now() + waitMs);
  try {
    return await body();
  } finally {
    binding.close(lock);
  }
}

async function acquire(directory: string, deadline: number): Promise<LockHandle> {
  for (;;) {
    const lock = lockOf(directory);
    if (lock !== undefined) return lock;
    if (Date.now() > deadline) {
      throw new Error(`${directory} is locked by ${holderOf(directory)}: wait for it, or end it`);
    }
    await sleep(RETRY_MS);
  }
}

/** The lock, which `binding.close` gives back; undefined while somebody else has it. Synchronous. */
export function lockOf(directory: string): LockHandle | undefined {
  const lock = (): LockHandle | undefined => systemCall('network', directory, () => binding.lock(directory));
  try {
    return lock();
  } catch (error) {
    const isObstructed = error instanceof NetlinkError && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code);
    if (!isObstructed) throw unusable(directory, error);
    makeStateDirectory(directory);
    return lock();
  }
}

// Lines such as '1: FLOCK  ADVISORY  WRITE 4711 00:19:1234 0 EOF', with the inode's number behind its device's.
function holderOf(directory: string): string {
  const inode = String(fs.statSync(directory).ino);
  const lines = fs.readFileSync('/proc/locks', 'utf8').split('\n');
  const [, pid] =
    lines.map((line) => /FLOCK .* (\d+) \w+:\w+:(\d+) /.exec(line) ?? []).find(([, , of]) => of === inode) ??
    [];
  return pid === undefined ? 'another process' : `process ${pid}`;
}
