import fs from 'node:fs';
import path from 'node:path';
import { stateDirectory } from './files/state';

type Listener = () => void;

/** One watch for all networks of this process, by the directory that it looks at. */
const watches = new Map<string, DepartureWatch>();

/**
 * Tells every process with networks open, this one included, that something is about to leave a network, as an intent says: who
 * holds a namespace that is to be deleted lets go of it. Not by the intents themselves: those who attach would wake everybody.
 */
export function tellDeparture(): void {
  const now = Date.now() / 1000;
  try {
    fs.lutimesSync(placeToWatch(), now, now);
  } catch {
    // Nobody has ever looked, or nobody can be told: then they hold what they hold.
  }
}

/** Calls `told` after each departure that is told of. Keeps nothing alive. Returns what ends it. */
export function onDeparture(told: Listener): () => void {
  const place = placeToWatch();
  const watch = watches.get(place) ?? new DepartureWatch(place);
  watches.set(place, watch);
  return watch.add(told);
}

class DepartureWatch {
  readonly #place: string;
  readonly #listeners = new Set<Listener>();
  readonly #watcher: fs.FSWatcher | undefined;

  constructor(place: string) {
    this.#place = place;
    this.#watcher = watchOf(place, () => {
      for (const told of this.#listeners) told();
    });
  }

  add(told: Listener): () => void {
    this.#listeners.add(told);
    return () => {
      if (!this.#listeners.delete(told) || this.#listeners.size > 0) return;
      if (watches.get(this.#place) === this) watches.delete(this.#place);
      this.#watcher?.close();
    };
  }
}

// Without a watch, as where a user has no more of them, detaching by another process finds the namespace held.
function watchOf(place: string, told: Listener): fs.FSWatcher | undefined {
  try {
    fs.mkdirSync(place, { recursive: true, mode: 0o700 });
    return fs.watch(place, { persistent: false }, told).on('error', () => undefined);
  } catch {
    return undefined;
  }
}

/** An empty directory of the journal, which is touched. */
function placeToWatch(): string {
  return path.join(stateDirectory(), 'departures');
}
