import { ClosedError } from '../errors/errors';
import { fdOf } from '../nsfs/handle';
import { killIn } from '../netns/kill-in';
import { NetworkNamespace } from '../netns/namespace';
import type { NamespaceOptions } from '../nsfs/options';
import type { AttachManyOptions } from '../network/members/attach-options';
import { DeletedNetworkError } from '../network/model/deleted';
import type { Endpoint } from '../network/runtime/endpoint';
import type { Network } from '../network/network';

/** Makes and destroys the items of a pool. */
export interface Factory<T> {
  /** All of them or, on a failure, none. */
  make(count: number): Promise<readonly T[]>;
  /** Settles when the kernel has removed them, with one result for each. */
  destroy(items: readonly T[]): Promise<PromiseSettledResult<void>[]>;
  /** Kills the processes inside. */
  kill(item: T): Promise<void>;
  /** False if someone else has deleted the item in the meantime. */
  isWhole(item: T): boolean;
}

export function namespaceFactory(options: NamespaceOptions): Factory<NetworkNamespace> {
  return {
    make: (count) => NetworkNamespace.createMany(count, options),
    // The kernel handles simultaneous deletions together.
    destroy: (items) => Promise.allSettled(items.map((netns) => netns.delete())),
    kill: killIn,
    isWhole: (netns) => fdOf(netns) >= 0,
  };
}

export function endpointFactory(network: Network, options: AttachManyOptions): Factory<Endpoint> {
  return {
    make: (count) => network.attachMany(count, options),
    destroy: async (items) => {
      const failure = await network.detach(items).then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      // If the network is gone, so are its endpoints. Otherwise some may be gone and others not.
      const isDetached =
        failure === undefined || failure instanceof ClosedError || failure instanceof DeletedNetworkError;
      const ends = items.map(({ netns }) =>
        isDetached || fdOf(netns) < 0 ? netns.delete() : Promise.reject(failure),
      );
      return Promise.allSettled(ends);
    },
    kill: ({ netns }) => killIn(netns),
    isWhole: ({ netns }) => fdOf(netns) >= 0,
  };
}
