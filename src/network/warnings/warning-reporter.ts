import { warningsOf } from './collect';
import type { NetworkRuntime } from '../runtime/runtime';

/** After this delay a new network has its first endpoints, which a user waits for. */
const DELAY_MS = 250;

/** Limit of remembered texts: reopening a network does not repeat its warnings. */
const REMEMBERED = 1000;
const reported = new Set<string>();

/**
 * Reports conditions that impair a new or opened network once, by process.emitWarning. Nobody waits for it, and it does
 * not keep the process alive.
 */
export class WarningReporter {
  readonly #runtime: NetworkRuntime;
  #timer: NodeJS.Timeout | undefined;
  /** From this number on endpoints may be too many for the host. */
  #nextCount = 256;
  #reporting: Promise<void> | undefined;
  #stopped = false;

  constructor(runtime: NetworkRuntime) {
    this.#runtime = runtime;
    this.#reportSoon();
  }

  /** Reports again for a grown network, each time it has twice as many endpoints. */
  grown(endpoints: number): void {
    if (endpoints < this.#nextCount || this.#stopped) return;
    this.#nextCount = 2 * endpoints;
    this.#reportSoon();
  }

  #reportSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // A host that cannot be read, or is gone by now, is no reason to warn.
      this.#reporting = this.#report().catch(() => undefined);
    }, DELAY_MS).unref();
  }

  /** Ends all reports. The host's namespace is not in use any more when this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#reporting;
  }

  async #report(): Promise<void> {
    const { host, layout } = this.#runtime;
    for (const text of await warningsOf(this.#runtime)) {
      const key = `${String(host.cookie)} ${layout.name} ${text}`;
      if (this.#stopped || reported.has(key)) continue;
      if (reported.size >= REMEMBERED) reported.clear();
      reported.add(key);
      process.emitWarning(`network '${layout.name}': ${text}`, 'NetloomWarning');
    }
  }
}
