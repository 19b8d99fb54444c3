import { type KillOptions, wantsKill } from '../nsfs/process/kill-all';
import type { NetworkNamespace } from '../netns/namespace';
import type { Endpoint } from '../network/runtime/endpoint';
import type { Network } from '../network/network';
import { checkAcquire, checkPoolOptions, type PoolOptions } from './options';
import { ObjectPool } from './object-pool';
import { endpointFactory, namespaceFactory, type Factory } from './factory';

/** The items of a pool: endpoints of its network, or namespaces if it has none. */
export type Lease<N extends Network | undefined> = N extends Network ? Endpoint : NetworkNamespace;

/**
 * Ready-made namespaces, connected to a network if the pool has one. They are made in the background, leased at once, and
 * destroyed when released: none is used twice. All of them end with the process, however it ends.
 *
 * Dispose of the pool before its network.
 */
export class NamespacePool<N extends Network | undefined = undefined> implements AsyncDisposable {
  readonly #stock: ObjectPool<Lease<N>>;

  /** Throws a ValidationError for invalid options. Failures to make namespaces reject {@link NamespacePool.acquire}. */
  constructor(options: PoolOptions<N>) {
    const limits = checkPoolOptions(options);
    const { network, attach = {}, namespace = {} } = options;
    const factory = network === undefined ? namespaceFactory(namespace) : endpointFactory(network, attach);
    // The type of the options says which of the two it is.
    this.#stock = new ObjectPool(
      factory as Factory<NetworkNamespace | Endpoint> as Factory<Lease<N>>,
      limits,
    );
  }

  /** How many are ready. */
  get ready(): number {
    return this.#stock.counts.ready;
  }

  /** How many are leased. */
  get leased(): number {
    return this.#stock.counts.leased;
  }

  /** How many callers wait. */
  get waiting(): number {
    return this.#stock.counts.waiting;
  }

  /**
   * Leases a ready namespace, or the next one that is made: waiting callers are served in order.
   *
   * If none is left, rejects with the error that kept the pool from making more, such as NetlinkError ENOSPC; with
   * PoolBusyError beyond `maxWaiting`, with ClosedError after {@link NamespacePool.close}, with the signal's reason on abort.
   */
  async acquire(options?: { readonly signal?: AbortSignal }): Promise<Lease<N>> {
    return this.#stock.acquire(checkAcquire(options));
  }

  /**
   * Destroys a leased namespace, together with others released at the same time; resolves when the kernel has removed it.
   * With `kill` the processes inside are killed first. Rejects with NetlinkError EBUSY if it is still held, for example by a
   * process inside: then it can be released again. Rejects with ValidationError for anything that is not leased.
   */
  async release(lease: Lease<N>, options: KillOptions = {}): Promise<void> {
    return this.#stock.release(lease, wantsKill(options, 'pool.release'));
  }

  /** Destroys everything that the pool made, including leased namespaces. Waiting callers get a ClosedError. */
  close(): Promise<void> {
    return this.#stock.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
