import type { NetworkNamespace } from '../../netns/namespace';

/** A gc() run on one host. */
export interface Collection {
  readonly host: NetworkNamespace;
  readonly dryRun: boolean;
  readonly removed: string[];
  readonly kept: string[];
  /** The networks that it has removed, or with `dryRun` would have: they need no leases any more. */
  readonly gone: Set<string>;
}
