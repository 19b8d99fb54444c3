import fs from 'node:fs';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { within } from '../within';
import type { OpenNamespace } from '../handle';

/** Those that run, by the cookies of their namespaces. */
const workers = new Map<bigint, Set<Worker>>();

/**
 * A worker's thread is started by its constructor, and is born in the namespace of the thread that starts it: it is there
 * before any code of its own runs, and every thread and process that it starts is as well.
 */
export function workerInside(netns: OpenNamespace, file: string | URL, options: WorkerOptions = {}): Worker {
  // Were the worker the first to use libuv's pool, the threads of the pool would be born in its namespace for good.
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
