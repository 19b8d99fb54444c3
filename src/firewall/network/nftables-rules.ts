import { firewallOf } from '../client/firewall-of';
import type { OpenNamespace } from '../../nsfs/handle';
import { ignoringNotFound } from '../../errors/not-found';
import type { FirewallElement } from '../nft/ruleset';
import { FAMILIES, type Family } from '../../base/ip';
import type { SocketHandle } from '../../native/handles';
import type { NetworkRules } from './network-rules';
import { ANY_MAP, MAP, OWN_FAMILIES, type OwnFamily, tableName } from './table/network-table';
import { deleteTable } from './table/create-table';
import { changePeers, PEERS, rangeOf } from './peers';
import { elementsOf, publishedPortOf, publishPorts, withdrawPorts } from './published-ports';
import { portKey, type PublishedPort } from './published-port';

// Up to this many elements are requested one by one; for more, the whole map is read. One request costs as much as ten
// elements of a list.
const FEW = 32;

/** A network's nf_tables tables. `owner` is the socket that owns them; absent for tables without an owner. */
export class NftablesRules implements NetworkRules {
  readonly #host: OpenNamespace;
  readonly #network: string;
  readonly #options: { owner?: SocketHandle };

  constructor(host: OpenNamespace, network: string, owner?: SocketHandle) {
    this.#host = host;
    this.#network = network;
    this.#options = owner ? { owner } : {};
  }

  async exist(): Promise<boolean> {
    return (await this.#families()).length > 0;
  }

  async published(sought?: readonly PublishedPort[]): Promise<PublishedPort[]> {
    const elements = await (sought && sought.length <= FEW ? this.#named(sought) : this.#all());
    return elements.flatMap(({ key, data }) =>
      key?.value && data?.value ? [publishedPortOf(key.value, data.value)] : [],
    );
  }

  async publish(ports: readonly PublishedPort[]): Promise<void> {
    await firewallOf(this.#host).transaction(publishPorts(this.#network, ports), this.#options);
  }

  async withdraw(ports: readonly PublishedPort[]): Promise<void> {
    await firewallOf(this.#host).transaction(withdrawPorts(this.#network, ports), this.#options);
  }

  async arePreparedForPeers(): Promise<boolean> {
    return (await this.#elementsOf('ip', PEERS)) !== undefined;
  }

  async withdrawPeers(subnets: readonly string[]): Promise<void> {
    const requests = changePeers('delete', this.#network, subnets.map(rangeOf));
    await ignoringNotFound(firewallOf(this.#host).transaction(requests, this.#options));
  }

  // One transaction for all tables, because each costs the kernel a grace period, even if refused. It is refused if a
  // table has been removed in the meantime.
  async remove(): Promise<void> {
    let done: true | undefined;
    while (done === undefined) {
      const requests = (await this.#families()).flatMap((family) => deleteTable(this.#network, family));
      if (requests.length === 0) return;
      const removed = firewallOf(this.#host).transaction(requests, this.#options);
      done = await ignoringNotFound(removed.then(() => true));
    }
  }

  #named(ports: readonly PublishedPort[]): Promise<FirewallElement[]> {
    const once = new Map(ports.map((port) => [portKey(port), port]));
    return firewallOf(this.#host).find(elementsOf(this.#network, [...once.values()], 1), this.#options);
  }

  async #all(): Promise<FirewallElement[]> {
    const read = FAMILIES.flatMap((family) => [MAP, ANY_MAP].map((set) => this.#elementsOf(family, set)));
    return (await Promise.all(read)).flatMap((found) => found ?? []);
  }

  /** Undefined if there is no such set. */
  #elementsOf(family: Family, set: string): Promise<FirewallElement[] | undefined> {
    const where = { family, table: tableName(this.#network), set };
    return ignoringNotFound(firewallOf(this.#host).elements(where, this.#options));
  }

  /** The families that have a table. */
  async #families(): Promise<OwnFamily[]> {
    const tables = await firewallOf(this.#host).tables(this.#options);
    const own = tables.filter(({ name }) => name === tableName(this.#network));
    return OWN_FAMILIES.filter((family) => own.some((table) => table.family === family));
  }
}
