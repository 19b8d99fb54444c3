import { warningsOf } from './collect';
import type { NetworkRuntime } from '../runtime/runtime';

/** By then a network that was just made has its first endpoints, which a user waits for. */
const DELAY_MS = 250;

/** So many texts are remembered, so that whoever opens a network again and again is not told again and again. */
const REMEMBERED = 1000;
const told = new Set<string>();

/**
 * Tells once, by process.emitWarning, what on the host works against a network that was just made or opened. Nobody waits for it,
 * and it keeps no process alive.
 */
export class Herald {
  readonly #runtime: NetworkRuntime;
  #timer: NodeJS.Timeout | undefined;
  /** So many endpoints may have grown to be too many for the host. */
  #crowd = 256;
  #telling: Promise<void> | undefined;
  #stopped = false;

  constructor(runtime: NetworkRuntime) {
    this.#runtime = runtime;
    this.#tellSoon();
  }

  /** Tells what there is to tell of a network that has grown, each time it has twice as many endpoints. */
  grown(endpoints: number): void {
    if (endpoints < this.#crowd || this.#stopped) return;
    this.#crowd = 2 * endpoints;
    this.#tellSoon();
  }

  #tellSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // A host that cannot be read, or is gone by now, is no reason to warn.
      this.#telling = this.#tell().catch(() => undefined);
    }, DELAY_MS).unref();
  }

  /** Nothing is told any more, and the host's namespace is not in use when this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#telling;
  }

  async #tell(): Promise<void> {
    const { host, layout } = this.#runtime;
    for (const text of await warningsOf(this.#runtime)) {
      const key = `${String(host.cookie)} ${layout.name} ${text}`;
      if (this.#stopped || told.has(key)) continue;
      if (told.size >= REMEMBERED) told.clear();
      told.add(key);
      process.emitWarning(`network '${layout.name}': ${text}`, 'NetloomWarning');
    }
  }
}
