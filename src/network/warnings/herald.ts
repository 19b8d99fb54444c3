import { warningsOf } from './collect';
import type { NetworkRuntime } from '../runtime/runtime';

/** After this delay a new network has its first endpoints, which a user waits for. */
const DELAY_MS = 250;

/** Limit of remembered texts: reopening a network does not repeat its warnings. */
const REMEMBERED = 1000;
const told = new Set<string>();

/**
 * Reports conditions that impair a new or opened network once, by process.emitWarning. Nobody waits for it, and it does
 * not keep the process alive.
 */
export class Herald {
  readonly #runtime: NetworkRuntime;
  #timer: NodeJS.Timeout | undefined;
  /** From this number on endpoints may be too many for the host. */
  #crowd = 256;
  #telling: Promise<void> | undefined;
  #stopped = false;

  constructor(runtime: NetworkRuntime) {
    this.#runtime = runtime;
    this.#tellSoon();
  }

  /** Reports again for a grown network, each time it has twice as many endpoints. */
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

  /** Ends all reports. The host's namespace is not in use any more when this resolves. */
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
