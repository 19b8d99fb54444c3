import fs from 'node:fs';
import path from 'node:path';
import { stateDirectory } from './files/paths';

type Listener = () => void;

/** One watch for all networks of this process, by watched directory. */
const watches = new Map<string, DepartureWatch>();

/**
 * Notifies every process with networks open, including this one, that an intent is about to remove something from a
 * network: holders of a namespace that is to be deleted let go of it. The intents' directory is not watched for this:
 * every attach would wake everybody.
 */
export function notifyDeparture(): void {
  const now = Date.now() / 1000;
  try {
    fs.lutimesSync(placeToWatch(), now, now);
  } catch {
    // Nobody has ever watched, or nobody can be notified: then holders keep their namespaces.
  }
}

/** Calls `listener` after each notified departure. Does not keep the process alive. Returns a function that ends it. */
export function watchDepartures(listener: Listener): () => void {
  const place = placeToWatch();
  const watch = watches.get(place) ?? new DepartureWatch(place);
  watches.set(place, watch);
  return watch.add(listener);
}

class DepartureWatch {
  readonly #place: string;
  readonly #listeners = new Set<Listener>();
  readonly #watcher: fs.FSWatcher | undefined;

  constructor(place: string) {
    this.#place = place;
    this.#watcher = watchOf(place, () => {
      for (const listener of this.#listeners) listener();
    });
  }

  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      if (watches.get(this.#place) === this) watches.delete(this.#place);
      this.#watcher?.close();
    };
  }
}

// Without a watch, as when a user has reached the limit, a detach by another process finds the namespace held.
function watchOf(place: string, listener: Listener): fs.FSWatcher | undefined {
  try {
    fs.mkdirSync(place, { recursive: true, mode: 0o700 });
    return fs.watch(place, { persistent: false }, listener).on('error', () => undefined);
  } catch {
    return undefined;
  }
}

/** An empty directory of the journal; touching it is the notification. */
function placeToWatch(): string {
  return path.join(stateDirectory(), 'departures');
}
