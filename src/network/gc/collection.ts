import type { NetworkNamespace } from '../../netns/namespace';

/** A gc() run on one host. */
export interface Collection {
  readonly host: NetworkNamespace;
  readonly dryRun: boolean;
  readonly removed: string[];
  readonly kept: string[];
}
