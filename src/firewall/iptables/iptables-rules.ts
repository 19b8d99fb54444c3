import { FAMILIES, type Family, familyOf } from '../../ip';
import type { NetworkNamespace } from '../../netns/namespace';
import type { NetworkRules, OpenedChange } from '../network-rules';
import type { PublishedPort } from '../published';
import type { Flavour } from './flavour';
import { openedInterfaces, openedRules } from './opened';
import { peerRemovalOf } from './peers';
import { portOfRule, portRules } from './rules';
import { restore, save } from './run';
import { isSaved, parseSaved, removalOf, type SavedTable } from './saved';

/** A network's rules as the tool iptables keeps them. Each change is one run of iptables-restore for each family. */
export class IptablesRules implements NetworkRules {
  readonly #host: NetworkNamespace;
  readonly #network: string;
  readonly #flavour: Flavour;

  constructor(host: NetworkNamespace, network: string, flavour: Flavour) {
    this.#host = host;
    this.#network = network;
    this.#flavour = flavour;
  }

  async exist(): Promise<boolean> {
    return isSaved(await this.#saved('ip'), this.#network);
  }

  async published(): Promise<PublishedPort[]> {
    const saved = await Promise.all(FAMILIES.map((family) => this.#saved(family)));
    return saved
      .flat()
      .flatMap(({ lines }) => lines.map((line) => portOfRule(this.#network, line)))
      .filter((port) => port !== undefined);
  }

  async publish(ports: readonly PublishedPort[]): Promise<void> {
    await this.#change('-A', ports);
  }

  async withdraw(ports: readonly PublishedPort[]): Promise<void> {
    await this.#change('-D', ports);
  }

  // Its rules need nothing that others had brought.
  knowPeers(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async opened(family: Family): Promise<readonly string[]> {
    return openedInterfaces(await this.#saved(family), this.#network);
  }

  async changeOpened(family: Family, change: OpenedChange): Promise<void> {
    await restore(this.#host, this.#flavour, family, openedRules(this.#network, change));
  }

  async withdrawPeers(subnets: readonly string[]): Promise<void> {
    const removal = peerRemovalOf(await this.#saved('ip'), this.#network, subnets);
    await restore(this.#host, this.#flavour, 'ip', removal);
  }

  async remove(): Promise<void> {
    for (const family of FAMILIES) {
      const removal = removalOf(await this.#saved(family), this.#network);
      await restore(this.#host, this.#flavour, family, removal);
    }
  }

  async #change(verb: '-A' | '-D', ports: readonly PublishedPort[]): Promise<void> {
    for (const family of FAMILIES) {
      const its = ports.filter(({ hostAddress }) => familyOf(hostAddress) === family);
      if (its.length > 0)
        await restore(this.#host, this.#flavour, family, portRules(this.#network, verb, its));
    }
  }

  async #saved(family: Family): Promise<SavedTable[]> {
    return parseSaved(await save(this.#host, this.#flavour, family));
  }
}
