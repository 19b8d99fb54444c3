import fs from 'node:fs';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { NetworkNamespace } from './namespace';
import { within } from './system';

/**
 * A worker's thread is started by its constructor, and is born in the namespace of the thread that starts it: it is there
 * before any code of its own runs, and every thread and process that it starts is as well.
 */
export function workerInside(
  netns: NetworkNamespace,
  file: string | URL,
  options: WorkerOptions = {},
): Worker {
  // Were the worker the first to use libuv's pool, the threads of the pool would be born in its namespace for good.
  fs.stat('/', () => undefined);
  return within(netns, 'netns.worker', () => new Worker(file, options));
}
