import { EventEmitter, on } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { optional } from 'valibot';
import { abortSignal, options, validateOptions } from '../errors/validate-options';
import { NETNS_DIRECTORY, namePath } from './name';
import { pinnedInode, pinnedInodeNow } from './nsfs';

export interface NamespaceChange {
  readonly event: 'added' | 'removed';
  readonly name: string;
}

const watchOptions = options({ signal: optional(abortSignal) });

/** The signal of a caller's options. Throws a ValidationError. */
export function watchSignal(given: unknown): AbortSignal | undefined {
  return validateOptions(watchOptions, given, 'netns.watch').signal;
}

// A mount triggers no watcher: after a file is created, its mount is polled for about a second.
const PATIENCE_MS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** Yields names added to and removed from /run/netns after the first `next`. Ends when the signal fires. */
export async function* watchNamespaces(signal?: AbortSignal): AsyncGenerator<NamespaceChange, void> {
  const touched = new EventEmitter();
  const stop = new AbortController();
  const names = on(touched, 'name', { signal: stop.signal }) as AsyncIterable<[string]>;
  const watchers = new Watchers((name) => touched.emit('name', name));
  const end = (): void => stop.abort();
  signal?.addEventListener('abort', end, { once: true });
  try {
    if (signal?.aborted) return;
    const present = inodesNow();
    for await (const [name] of names) yield* look(name, present, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', end);
    watchers.close();
  }
}

// Existing names are no change. Read synchronously: names added during an asynchronous read would count as existing.
function inodesNow(): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of fs.existsSync(NETNS_DIRECTORY) ? fs.readdirSync(NETNS_DIRECTORY) : []) {
    const inode = pinnedInodeNow(namePath(name));
    if (inode !== undefined) found.set(name, inode);
  }
  return found;
}

async function* look(
  name: string,
  present: Map<string, number>,
  signal: AbortSignal,
): AsyncGenerator<NamespaceChange, void> {
  for (const patience of PATIENCE_MS) {
    const inode = await pinnedInode(namePath(name));
    const before = present.get(name);
    if (before !== undefined && before !== inode) {
      present.delete(name);
      yield { event: 'removed', name };
    }
    if (inode !== undefined) {
      present.set(name, inode);
      if (before !== inode) yield { event: 'added', name };
      return;
    }
    if (!fs.existsSync(namePath(name))) return;
    await sleep(patience, undefined, { signal });
  }
}

/** Watches /run/netns, and its parent as long as the directory does not exist. */
class Watchers {
  readonly #touched: (name: string) => void;
  readonly #parent: fs.FSWatcher;
  #directory: fs.FSWatcher | undefined;

  constructor(touched: (name: string) => void) {
    this.#touched = touched;
    this.#parent = fs.watch(path.dirname(NETNS_DIRECTORY), (_event, file) => {
      if (file === path.basename(NETNS_DIRECTORY)) this.#open();
    });
    this.#open();
  }

  close(): void {
    this.#parent.close();
    this.#directory?.close();
  }

  #open(): void {
    this.#directory?.close();
    this.#directory = undefined;
    try {
      this.#directory = fs.watch(NETNS_DIRECTORY, (_event, file) => {
        if (file !== null) this.#touched(file);
      });
      // Names may have been created with the directory, before its watcher.
      for (const name of fs.readdirSync(NETNS_DIRECTORY)) this.#touched(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
