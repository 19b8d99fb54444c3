import { ClosedError } from '../errors/errors';
import { fdOf } from '../nsfs/handle';
import { killIn } from '../netns/kill-in';
import { NetworkNamespace } from '../netns/namespace';
import type { NamespaceOptions } from '../nsfs/options';
import type { AttachManyOptions } from '../network/members/attach-options';
import { DeletedNetworkError } from '../network/model/deleted';
import type { Endpoint } from '../network/runtime/endpoint';
import type { Network } from '../network/network';

/** Where a pool's things come from and go to. */
export interface Supply<T> {
  /** All of them or, on a failure, none. */
  make(count: number): Promise<readonly T[]>;
  /** Answers, for each, whether the kernel has let go of it. */
  destroy(items: readonly T[]): Promise<PromiseSettledResult<void>[]>;
  /** Ends the processes inside. */
  kill(item: T): Promise<void>;
  /** False for what somebody else has taken apart meanwhile. */
  isWhole(item: T): boolean;
}

export function namespaceSupply(options: NamespaceOptions): Supply<NetworkNamespace> {
  return {
    make: (count) => NetworkNamespace.createMany(count, options),
    // Deletions that fall together are one to the kernel.
    destroy: (items) => Promise.allSettled(items.map((netns) => netns.delete())),
    kill: killIn,
    isWhole: (netns) => fdOf(netns) >= 0,
  };
}

export function endpointSupply(network: Network, options: AttachManyOptions): Supply<Endpoint> {
  return {
    make: (count) => network.attachMany(count, options),
    destroy: async (items) => {
      const failure = await network.detach(items).then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      // A network that is gone took its endpoints along. Else some are gone, and others are not.
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
