import { setImmediate, setTimeout } from 'node:timers/promises';
import { ClosedError, ValidationError } from '../errors/errors';
import { PoolBusyError } from './error';
import { WaitQueue } from './wait-queue';
import type { Factory } from './factory';

export interface PoolLimits {
  readonly size: number;
  readonly batch: number;
  readonly perSecond: number;
  readonly maxWaiting: number;
}

/** Items that were returned together, and the results of their destruction. */
interface Returned<T> {
  readonly items: T[];
  readonly gone: Promise<PromiseSettledResult<void>[]>;
}

/** Keeps items ready, leases them one by one, destroys returned ones, and makes new ones in the background. */
export class ObjectPool<T> {
  readonly #factory: Factory<T>;
  readonly #limits: PoolLimits;
  readonly #ready: T[] = [];
  readonly #leased = new Set<T>();
  readonly #queue = new WaitQueue<T>();
  readonly #closing = new AbortController();
  /** Destructions in progress. */
  readonly #leaving = new Set<Promise<PromiseSettledResult<void>[]>>();
  /** Items returned since the event loop's last turn. */
  #returned: Returned<T> | undefined;
  #refilling = false;
  #refill: Promise<void> = Promise.resolve();
  /** How many are made at once. Halved after a failure: a few may succeed where many do not. */
  #batch: number;
  /** When the next ones may be made, by performance.now(). */
  #nextAt = 0;
  #closed: Promise<void> | undefined;

  constructor(factory: Factory<T>, limits: PoolLimits) {
    this.#factory = factory;
    this.#limits = limits;
    this.#batch = limits.batch;
    this.#startRefill();
  }

  get counts(): { readonly ready: number; readonly leased: number; readonly waiting: number } {
    return { ready: this.#ready.length, leased: this.#leased.size, waiting: this.#queue.length };
  }

  async acquire(signal?: AbortSignal): Promise<T> {
    if (this.#isClosed) throw new ClosedError('the pool');
    signal?.throwIfAborted();
    const item = this.#take();
    this.#startRefill();
    if (item !== undefined) return item;
    if (this.#queue.length >= this.#limits.maxWaiting) throw new PoolBusyError(this.#queue.length);
    return this.#queue.wait(signal);
  }

  async release(item: T, kill = false): Promise<void> {
    if (!this.#leased.delete(item)) {
      if (this.#closed) return this.#closed;
      const problem = 'must be a lease from acquire() that was not released yet';
      throw new ValidationError({ operation: 'pool.release', path: 'lease', value: item, problem });
    }
    try {
      if (kill) await this.#factory.kill(item);
      await this.#destroy(item);
    } catch (error) {
      // It can be released again.
      this.#leased.add(item);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed ??= this.#close();
    try {
      await this.#closed;
    } catch (error) {
      // The next call can destroy the remaining ones.
      this.#closed = undefined;
      throw error;
    }
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#queue.dismiss(new ClosedError('the pool'));
    await this.#refill;
    const left = [...this.#ready.splice(0), ...this.#leased];
    this.#leased.clear();
    const [destroyed, ...others] = await Promise.all([this.#factory.destroy(left), ...this.#leaving]);
    // The next call destroys them, and each can be released.
    for (const [index, end] of destroyed.entries())
      if (end.status === 'rejected') this.#leased.add(left[index] as T);
    const failure = [...destroyed, ...others.flat()].find((end) => end.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #take(): T | undefined {
    let item: T | undefined;
    do item = this.#ready.shift();
    while (item !== undefined && !this.#factory.isWhole(item));
    if (item !== undefined) this.#leased.add(item);
    return item;
  }

  #startRefill(): void {
    if (this.#refilling || this.#isClosed) return;
    this.#refilling = true;
    this.#refill = this.#fill();
  }

  async #fill(): Promise<void> {
    try {
      // Runs after the caller, and makes all items together that are missing after this turn of the event loop.
      await setImmediate();
      for (let count; (count = this.#missing()) > 0;) await this.#make(count);
    } catch (error) {
      // If no one waits, the next acquire() tries again.
      this.#queue.dismiss(error);
    } finally {
      this.#refilling = false;
    }
  }

  async #make(count: number): Promise<void> {
    await this.#pace(count);
    if (this.#isClosed) return;
    try {
      this.#add(await this.#factory.make(count));
      this.#batch = Math.min(this.#limits.batch, 2 * count);
    } catch (error) {
      if (count === 1) throw error;
      this.#batch = Math.floor(count / 2);
    }
  }

  #missing(): number {
    if (this.#isClosed) return 0;
    return Math.min(this.#batch, this.#limits.size - this.#ready.length);
  }

  async #pace(count: number): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, this.#nextAt);
    this.#nextAt = start + (1000 * count) / this.#limits.perSecond;
    if (start === now) return;
    await setTimeout(start - now, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  #add(made: readonly T[]): void {
    for (const item of made) {
      if (this.#queue.serve(item)) this.#leased.add(item);
      else this.#ready.push(item);
    }
  }

  async #destroy(item: T): Promise<void> {
    this.#returned ??= this.#collect();
    const { items, gone } = this.#returned;
    const index = items.push(item) - 1;
    const end = (await gone)[index];
    if (end?.status === 'rejected') throw end.reason;
  }

  #collect(): Returned<T> {
    const items: T[] = [];
    const gone = setImmediate().then(async () => {
      this.#returned = undefined;
      try {
        return await this.#factory.destroy(items);
      } finally {
        this.#leaving.delete(gone);
        // The returned items may have been what kept the factory from making more.
        this.#startRefill();
      }
    });
    this.#leaving.add(gone);
    return { items, gone };
  }
}
