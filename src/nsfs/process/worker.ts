import fs from 'node:fs';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { checkWorker } from './check-start';
import { within } from '../within';
import type { OpenNamespace } from '../handle';

/** Running workers, by the cookies of their namespaces. */
const workers = new Map<bigint, Set<Worker>>();

/**
 * The constructor starts the worker's thread, which inherits the namespace of the calling thread. The thread is inside
 * before any of its own code runs, and so are all threads and processes that it starts.
 */
export function workerInside(netns: OpenNamespace, file: string | URL, options: WorkerOptions = {}): Worker {
  checkWorker(file, options);
  // If the worker were the first to use libuv's pool, the pool's threads would belong to its namespace for good.
  fs.stat('/', () => undefined);
  const worker = within(netns, 'netns.worker', () => new Worker(file, options));
  const { cookie } = netns;
  const all = workers.get(cookie) ?? new Set();
  workers.set(cookie, all.add(worker));
  worker.once('exit', () => {
    all.delete(worker);
    if (all.size === 0 && workers.get(cookie) === all) workers.delete(cookie);
  });
  return worker;
}

/** Terminates the workers that this thread started in a namespace. */
export async function endWorkers({ cookie }: OpenNamespace): Promise<void> {
  await Promise.all([...(workers.get(cookie) ?? [])].map((worker) => worker.terminate()));
}
