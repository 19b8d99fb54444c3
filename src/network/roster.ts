import { ValidationError } from '../errors';
import { forgetResolver, type NetworkNames } from '../sockets/resolvers';
import type { Attached } from './attach';
import { type Endpoint, MemberEndpoint } from './endpoint';
import type { Network } from './network';

/** The endpoints that one object of a network attached or found. */
export class Roster {
  readonly #network: Network;
  /** What namespaces are told of the network's resolver; undefined without one. */
  readonly #names: NetworkNames | undefined;
  readonly #endpoints = new Map<string, MemberEndpoint>();

  constructor(network: Network, names: NetworkNames | undefined) {
    this.#network = network;
    this.#names = names;
  }

  get endpoints(): readonly Endpoint[] {
    return [...this.#endpoints.values()];
  }

  get attached(): Attached[] {
    return [...this.#endpoints.values()].map((endpoint) => MemberEndpoint.attachedOf(endpoint));
  }

  add(attached: readonly Attached[]): Endpoint[] {
    return attached.map((one) => {
      const endpoint = new MemberEndpoint(one, this.#network, this.#names);
      this.#endpoints.set(one.member.port, endpoint);
      return endpoint;
    });
  }

  /** Those of some endpoints that were not struck off. Throws a ValidationError for another network's. */
  find(endpoints: readonly Endpoint[]): Attached[] {
    return endpoints.map((endpoint) => this.#attachedOf(endpoint)).filter((one) => one !== undefined);
  }

  /** Strikes endpoints off; those that were before are ignored. Throws a ValidationError for another network's. */
  remove(endpoints: readonly Endpoint[]): Attached[] {
    const attached = this.find(endpoints);
    for (const { member, netns } of attached) {
      this.#endpoints.delete(member.port);
      forgetResolver(netns, this.#network.gateway);
    }
    return attached;
  }

  clear(): void {
    for (const { netns } of this.attached) forgetResolver(netns, this.#network.gateway);
    this.#endpoints.clear();
  }

  #attachedOf(endpoint: Endpoint): Attached | undefined {
    if (endpoint instanceof MemberEndpoint && endpoint.network === this.#network) {
      const attached = MemberEndpoint.attachedOf(endpoint);
      return this.#endpoints.get(attached.member.port) === endpoint ? attached : undefined;
    }
    const problem = `must be an endpoint of the network '${this.#network.name}'`;
    throw new ValidationError({ operation: 'network.detach', path: 'endpoint', value: endpoint, problem });
  }
}
