import { checkKeys } from '../errors/known-keys';
import { type KillOptions, wantsKill } from '../nsfs/process/kill-all';
import type { NetworkNamespace } from '../netns/namespace';
import type { Endpoint } from '../network/runtime/endpoint';
import type { Network } from '../network/network';
import { checkPoolOptions, type PoolOptions } from './options';
import { Stock } from './stock';
import { endpointSupply, namespaceSupply, type Supply } from './supply';

/** What a pool gives out: endpoints of its network, or namespaces if it has none. */
export type Lease<N extends Network | undefined> = N extends Network ? Endpoint : NetworkNamespace;

/**
 * Ready-made namespaces, connected to a network if it has one. They are made in the background, given out at once, and
 * destroyed when they come back: nobody gets what another has used. All of them end with the process, whatever ends it.
 *
 * Dispose of the pool before its network.
 */
export class NamespacePool<N extends Network | undefined = undefined> implements AsyncDisposable {
  readonly #stock: Stock<Lease<N>>;

  /** Throws a ValidationError for wrong options. What goes wrong in the making is told by {@link NamespacePool.acquire}. */
  constructor(options: PoolOptions<N>) {
    const limits = checkPoolOptions(options);
    const { network, attach = {}, namespace = {} } = options;
    const supply = network === undefined ? namespaceSupply(namespace) : endpointSupply(network, attach);
    // Which of the two it is follows from the options' type.
    this.#stock = new Stock(supply as Supply<NetworkNamespace | Endpoint> as Supply<Lease<N>>, limits);
  }

  /** How many stand ready. */
  get ready(): number {
    return this.#stock.counts.ready;
  }

  /** How many are given out. */
  get leased(): number {
    return this.#stock.counts.leased;
  }

  /** How many wait for one. */
  get waiting(): number {
    return this.#stock.counts.waiting;
  }

  /**
   * Gives out one that stands ready, or the next that is made: those who wait are served in their order.
   *
   * Rejects with what kept the pool from making more (such as NetlinkError ENOSPC), if none is left; with PoolBusyError
   * beyond `maxWaiting`, with ClosedError after {@link NamespacePool.close}, with the signal's reason when it is aborted.
   */
  async acquire(options: { readonly signal?: AbortSignal } = {}): Promise<Lease<N>> {
    checkKeys(options, ['signal'], 'pool.acquire');
    return this.#stock.acquire(options.signal);
  }

  /**
   * Takes one back and destroys it, together with what else comes back at the same time; resolves when the kernel has let go
   * of it. With `kill` the processes inside are killed first. Rejects with NetlinkError EBUSY if it is still held, by a process
   * inside for example: then it can be released again. Rejects with ValidationError for what is not on lease.
   */
  async release(lease: Lease<N>, options: KillOptions = {}): Promise<void> {
    return this.#stock.release(lease, wantsKill(options, 'pool.release'));
  }

  /** Destroys all that the pool made, also what is still given out; who waits is told by a ClosedError. */
  close(): Promise<void> {
    return this.#stock.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
