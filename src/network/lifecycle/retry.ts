import { setTimeout as sleep } from 'node:timers/promises';

const ATTEMPTS = 12;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 400;
/** Errors that pass once others finish or free resources. */
const TRANSIENT = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EAGAIN', 'EINTR', 'ENOSPC', 'EBUSY']);

/** Runs work that must complete, and retries temporary failures for some three seconds. */
export async function retryTransient<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt++, pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (attempt >= ATTEMPTS || !TRANSIENT.has(code)) throw error;
    }
    await sleep(pause);
  }
}
