import type { NetworkNamespace } from '../../netns/namespace';

/** A collection under way, on one host. */
export interface Collection {
  readonly host: NetworkNamespace;
  readonly dryRun: boolean;
  readonly removed: string[];
  readonly kept: string[];
}
