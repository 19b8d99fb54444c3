import type { NetworkNamespace } from '../netns/namespace';
import type { Endpoint, EndpointNetwork } from './runtime/endpoint';

/** Options of a public network object. */
export interface OpenNetworkOptions {
  /** The caller's object of the namespace that plays the host; the runtime has one of its own. */
  readonly host: NetworkNamespace;
  readonly warnings: boolean;
}

/** The public object of an open network. */
export interface PublicNetwork extends EndpointNetwork {
  readonly endpoints: readonly Endpoint[];
}
