import type { NetworkNamespace } from '../netns/namespace';
import type { Attached } from './attach';
import type { Network } from './network';

/** A namespace's place on a network. */
export interface Endpoint {
  /** What `attach` was given: the namespace's name, or a label. */
  readonly name: string;
  readonly netns: NetworkNamespace;
  /** The device inside. */
  readonly ifname: string;
  /** Without a prefix: '10.0.0.2'. */
  readonly address: string;
  readonly mac: string;
  readonly network: Network;
}

/** @internal An endpoint, with what only its network may know of it. */
export class MemberEndpoint implements Endpoint {
  readonly name: string;
  readonly netns: NetworkNamespace;
  readonly ifname: string;
  readonly address: string;
  readonly mac: string;
  readonly network: Network;
  readonly #attached: Attached;

  constructor(attached: Attached, network: Network) {
    const { name, ifname, address, mac } = attached.member;
    this.name = name;
    this.netns = attached.netns;
    this.ifname = ifname;
    this.address = address;
    this.mac = mac;
    this.network = network;
    this.#attached = attached;
  }

  static attachedOf(endpoint: MemberEndpoint): Attached {
    return endpoint.#attached;
  }
}
