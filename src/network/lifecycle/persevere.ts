import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError } from '../../errors/errors';

const ATTEMPTS = 12;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 400;
/** Errors that pass once others finish or free resources. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN', 'EINTR', 'ENOSPC', 'EBUSY']);

/** Runs work that must complete, and retries temporary failures for some three seconds. */
export async function persevere<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (attempt >= ATTEMPTS || !PASSING.has(code)) throw error;
    }
    await sleep(pause);
  }
}

/** Needed to undo a failed creation: sockets of two families, the lock, a file, a directory. */
const DESCRIPTORS = 8;

/**
 * Reserves descriptors for an undo: a process without free descriptors could otherwise begin and be unable to undo.
 * Throws a NetlinkError EMFILE, before anything is created, where too few are left. Returns a function that frees them.
 */
export function putDescriptorsBy(network: string): () => void {
  const held: number[] = [];
  const giveBack = (): void => {
    for (const descriptor of held.splice(0)) fs.closeSync(descriptor);
  };
  try {
    while (held.length < DESCRIPTORS) held.push(fs.openSync('/dev/null', 'r'));
  } catch (error) {
    giveBack();
    const { errno = 0, syscall } = error as NodeJS.ErrnoException;
    throw new NetlinkError({ errno: -errno, syscall, operation: 'network.create', object: network });
  }
  return giveBack;
}
