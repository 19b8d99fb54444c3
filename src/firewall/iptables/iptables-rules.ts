import { FAMILIES, type Family, familyOf } from '../../base/ip';
import type { NetworkRules } from '../network/network-rules';
import type { PublishedPort } from '../network/published-port';
import { removeEmptyTables } from './empty-tables';
import type { Flavour } from './flavour';
import { openedInterfaces, openedRules } from './opened';
import { peerRemovalOf } from './peers';
import { portOfRule, portRules } from './rules';
import { restore, save } from './run';
import { isSaved, parseSaved, portRemovalOf, removalOf, type SavedTable } from './saved';
import type { OpenNamespace } from '../../nsfs/handle';

/** A network's rules in iptables. Each change is one run of iptables-restore per address family. */
export class IptablesRules implements NetworkRules {
  readonly #host: OpenNamespace;
  readonly #network: string;
  readonly #flavour: Flavour;

  constructor(host: OpenNamespace, network: string, flavour: Flavour) {
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
    for (const family of FAMILIES) {
      const its = ports.filter(({ hostAddress }) => familyOf(hostAddress) === family);
      if (its.length > 0)
        await restore(this.#host, this.#flavour, family, portRules(this.#network, '-A', its));
    }
  }

  async withdraw(ports: readonly PublishedPort[]): Promise<void> {
    const families = FAMILIES.filter((family) => ports.some((port) => familyOf(port.hostAddress) === family));
    for (const family of families)
      await this.#remove(family, (saved) => portRemovalOf(saved, this.#network, ports));
  }

  // Its rules need no preparation for peers.
  arePreparedForPeers(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /**
   * Makes the rules drop packets that arrive on these interfaces and are for no network: the interfaces forward only
   * for networks.
   */
  async blockTransit(family: Family, interfaces: readonly string[]): Promise<void> {
    const found = await this.opened(family);
    const add = interfaces.filter((ifname) => !found.includes(ifname));
    const remove = found.filter((ifname) => !interfaces.includes(ifname));
    await restore(this.#host, this.#flavour, family, openedRules(this.#network, { add, remove }));
  }

  /** The interfaces with such rules. */
  async opened(family: Family): Promise<string[]> {
    return openedInterfaces(await this.#saved(family), this.#network);
  }

  async withdrawPeers(subnets: readonly string[]): Promise<void> {
    await this.#remove('ip', (saved) => peerRemovalOf(saved, this.#network, subnets));
  }

  async remove(): Promise<void> {
    for (const family of FAMILIES) {
      const touched = await this.#remove(family, (saved) => removalOf(saved, this.#network));
      if (touched.length > 0 && this.#flavour !== 'iptables-legacy')
        await removeEmptyTables(this.#host, family, touched);
    }
  }

  /**
   * Removes the existing rules, and returns the names of the affected tables. If a rule has disappeared since, the tool
   * rejects the whole table; removal is then retried with fewer rules.
   */
  async #remove(family: Family, removalFrom: (saved: readonly SavedTable[]) => string): Promise<string[]> {
    let removal = removalFrom(await this.#saved(family));
    const touched = parseSaved(removal).map(({ table }) => table);
    while (removal !== '') {
      try {
        await restore(this.#host, this.#flavour, family, removal);
        break;
      } catch (error) {
        const left = removalFrom(await this.#saved(family));
        if (left.length >= removal.length) throw error;
        removal = left;
      }
    }
    return touched;
  }

  async #saved(family: Family): Promise<SavedTable[]> {
    return parseSaved(await save(this.#host, this.#flavour, family));
  }
}
