import { ClosedError } from '../errors';
import { fdOf } from '../netns/handle';
import { NetworkNamespace } from '../netns/namespace';
import type { NamespaceOptions } from '../netns/options';
import type { AttachManyOptions } from '../network/attach-options';
import type { Endpoint } from '../network/endpoint';
import type { Network } from '../network/network';

/** Where a pool's things come from and go to. */
export interface Supply<T> {
  /** All of them or, on a failure, none. */
  make(count: number): Promise<readonly T[]>;
  /** Resolves when the kernel has let go of them. */
  destroy(items: readonly T[]): Promise<void>;
  /** False for what somebody else has taken apart meanwhile. */
  isWhole(item: T): boolean;
}

export function namespaceSupply(options: NamespaceOptions): Supply<NetworkNamespace> {
  return {
    make: (count) => NetworkNamespace.createMany(count, options),
    // Deletions that fall together are one to the kernel.
    destroy: async (items) => {
      const deletions = await Promise.allSettled(items.map((netns) => netns.delete()));
      const failure = deletions.find((deletion) => deletion.status === 'rejected');
      if (failure) throw failure.reason;
    },
    isWhole: (netns) => fdOf(netns) >= 0,
  };
}

export function endpointSupply(network: Network, options: AttachManyOptions): Supply<Endpoint> {
  return {
    make: (count) => network.attachMany(count, options),
    destroy: async (items) => {
      try {
        await network.detach(items);
      } catch (error) {
        // A network that is gone took its endpoints along.
        if (!(error instanceof ClosedError)) throw error;
      }
    },
    isWhole: ({ netns }) => fdOf(netns) >= 0,
  };
}
