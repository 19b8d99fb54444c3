import type { PublishedPort } from './published-port';

/** The rules of one network on one host, whoever carries them out. Those of both families of addresses together. */
export interface NetworkRules {
  /** Whether there are any, whoever owns them. */
  exist(): Promise<boolean>;
  /**
   * The ports that are published, as the kernel has them, each once; none if the rules are gone. With `sought`, of thousands
   * only what these ports of the host lead to need be among them.
   */
  published(sought?: readonly PublishedPort[]): Promise<PublishedPort[]>;
  publish(ports: readonly PublishedPort[]): Promise<void>;
  /** Withdraws ports that are published. */
  withdraw(ports: readonly PublishedPort[]): Promise<void>;
  /** Whether these rules have met peers: the first brings what the others use. */
  knowPeers(): Promise<boolean>;
  /** Shuts peers' subnets out again; those that are out already are well. */
  withdrawPeers(subnets: readonly string[]): Promise<void>;
  /** Removes them all; those that are gone already are well. */
  remove(): Promise<void>;
}

/** Those of a network that has none. */
export const NO_RULES: NetworkRules = {
  exist: () => Promise.resolve(false),
  published: () => Promise.resolve([]),
  publish: () => Promise.resolve(),
  withdraw: () => Promise.resolve(),
  knowPeers: () => Promise.resolve(false),
  withdrawPeers: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};
