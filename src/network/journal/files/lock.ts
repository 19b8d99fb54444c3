import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError } from '../../../errors/errors';
import { binding } from '../../../executor/run-program';
import type { LockHandle } from '../../../native/handles';
import { systemCall } from '../../../nsfs/within';
import { lockChannel } from '../../../trace/channels';
import { traceLock } from '../../../trace/lock-trace';
import { makeStateDirectory, unusable } from './aside';

const WAIT_MS = 30_000;
/** Minimum wait once it is a caller's turn, however long others of this process had the lock before. */
const LEAST_WAIT_MS = 5_000;
/** After this time a warning names the holder of the lock to the waiting caller. */
const WARN_MS = 3_000;
const RETRY_MS = 5;
const { ETIMEDOUT } = os.constants.errno;

/** Options for the wait for a lock. */
export interface Waiting {
  readonly waitMs?: number;
  /** Ends the wait; a caller that has the lock already runs to its end. */
  readonly signal?: AbortSignal | undefined;
}

// Callers of this process queue here: polling the kernel would cost each some milliseconds.
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `body` while no other process (and no other caller in this one) holds the lock of a directory, which is created
 * if missing: flock(2), which ends with its holder. The addon holds it, so that a terminated worker leaves none behind.
 */
export function withLock<T>(directory: string, body: () => Promise<T>, waiting: Waiting = {}): Promise<T> {
  const { waitMs = WAIT_MS, signal } = waiting;
  const asked = Date.now();
  let isRunning = false;
  const run = (): Promise<T> => {
    isRunning = true;
    return body();
  };
  const mine = last.then(() => {
    const least = Math.min(waitMs, LEAST_WAIT_MS);
    return holding(directory, run, Math.max(asked + waitMs, Date.now() + least), signal);
  });
  last = mine.catch(() => undefined);
  return signal === undefined ? mine : orAborted(mine, signal, () => isRunning);
}

/** The same work, but the signal ends its wait at once. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal, isRunning: () => boolean): Promise<T> {
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- It is whatever the caller gave.
      if (!isRunning()) reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
  }
}

async function holding<T>(
  directory: string,
  body: () => Promise<T>,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const begin = performance.now();
  const lock = await acquire(directory, deadline, signal);
  const locked = performance.now();
  if (lockChannel.hasSubscribers) traceLock('locked', directory, locked - begin);
  try {
    return await body();
  } finally {
    binding.close(lock);
    if (lockChannel.hasSubscribers) traceLock('released', directory, performance.now() - locked);
  }
}

async function acquire(
  directory: string,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<LockHandle> {
  const begin = Date.now();
  let isTold = false;
  for (;;) {
    signal?.throwIfAborted();
    const lock = lockOf(directory);
    if (lock !== undefined) return lock;
    const now = Date.now();
    if (now > deadline) throw new NetlinkError({ ...late(directory), errno: ETIMEDOUT });
    if (!isTold && now > begin + WARN_MS) {
      isTold = true;
      const text = `${directory} is locked by ${holderOf(directory)}: this process waits for the lock`;
      process.emitWarning(text, 'NetloomWarning');
    }
    await sleep(RETRY_MS);
  }
}

function late(directory: string): { operation: string; object: string; detail: string } {
  const detail = `the directory is locked by ${holderOf(directory)}: wait for that process, or end it`;
  return { operation: 'network.journal', object: directory, detail };
}

/** The lock, which `binding.close` releases; undefined while somebody else has it. Synchronous. */
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
  // 0: the holder lives in a PID namespace that is not visible from here.
  return pid === undefined || pid === '0' ? 'another process' : `process ${pid}${nameOf(pid)}`;
}

function nameOf(pid: string): string {
  try {
    return ` (${fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
