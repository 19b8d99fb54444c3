import type { PublishedPort } from './published-port';

/** The rules of one network on one host, for both address families, independent of the back end. */
export interface NetworkRules {
  /** Whether there are any rules, whoever owns them. */
  exist(): Promise<boolean>;
  /**
   * The published ports as the kernel has them, each once; empty if the rules are gone. With `sought`, the result may
   * be limited to these ports of the host.
   */
  published(sought?: readonly PublishedPort[]): Promise<PublishedPort[]>;
  publish(ports: readonly PublishedPort[]): Promise<void>;
  /** Withdraws published ports. */
  withdraw(ports: readonly PublishedPort[]): Promise<void>;
  /** Whether the rules are prepared for peers: the first peer adds the shared parts. */
  arePreparedForPeers(): Promise<boolean>;
  /** Blocks peers' subnets again; already blocked ones are ignored. */
  withdrawPeers(subnets: readonly string[]): Promise<void>;
  /** Removes all rules; already removed ones are ignored. */
  remove(): Promise<void>;
}

/** For a network without rules. */
export const NO_RULES: NetworkRules = {
  exist: () => Promise.resolve(false),
  published: () => Promise.resolve([]),
  publish: () => Promise.resolve(),
  withdraw: () => Promise.resolve(),
  arePreparedForPeers: () => Promise.resolve(false),
  withdrawPeers: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};
