import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError } from '../../errors/errors';

const ATTEMPTS = 12;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 400;
/** What passes when others are done, or give something back. */
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN', 'EINTR', 'ENOSPC', 'EBUSY']);

/** Does what must be done to its end, again after failures that pass: for some three seconds. */
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

/** What taking a failed creation back needs: sockets of two families, the lock, a file, a directory. */
const DESCRIPTORS = 8;

/**
 * Descriptors put by for taking something back: a process that has none left could otherwise begin and be unable to end. Throws a
 * NetlinkError EMFILE, before anything was made, where there are not so many. Returns what gives them back.
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
