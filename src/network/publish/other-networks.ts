import { setTimeout as sleep } from 'node:timers/promises';
import { type Firewalled, rulesOf } from '../../firewall/choose';
import { tableName } from '../../firewall/network/table/network-table';
import { ANY_ADDRESS, isAnyAddress, type PublishedPort } from '../../firewall/network/published-port';
import type { FirewallTable } from '../../firewall/nft/ruleset';
import { familyOf } from '../../base/ip';
import type { HostAnswers } from './ask-host';
import { checkConflicts, conflictingPorts } from './choose-ports';
import { journalExists, readIntents } from '../journal/intents';
import type { CheckedRule } from './publication';
import { readRecords } from '../journal/records';
import { leasedRules } from '../leases/rules';
import { lifetimeOf } from '../model/lifetime';
import type { NetworkRuntime } from '../runtime/runtime';
import { mayRead, stateDirectory } from '../journal/files/paths';

/** A port that another network of the host has published, or is about to publish. */
export interface ForeignPort extends PublishedPort {
  readonly network: string;
}

// For more ports than these, the other networks' maps are read as a whole.
const FEW = 16;
// Time for a refused rival to withdraw.
const WITHDRAWAL_MS = 1000;
const WITHDRAWAL_LOOK_MS = 10;

/** The ports of one network. */
interface PortsOfNetwork {
  readonly network: string;
  readonly ports: readonly PublishedPort[];
}

// Ports that networks of this process are about to publish, by the host's cookie: the first to choose a port gets it.
const pendingPorts = new Map<bigint, Set<PortsOfNetwork>>();

/** The published ports of the host's other networks. */
export class OtherNetworks {
  readonly #runtime: NetworkRuntime;
  /** Networks that live with a process, this one or another: only their rules show their published ports. */
  readonly #ofProcesses: readonly Firewalled[];

  constructor(runtime: NetworkRuntime, { tables }: HostAnswers) {
    this.#runtime = runtime;
    this.#ofProcesses = networksOfProcesses(runtime, tables);
  }

  /** The ports published by networks that live with a process. If `rules` name few ports, other ports may be missing. */
  async publishedByProcesses(rules: readonly CheckedRule[]): Promise<ForeignPort[]> {
    if (this.#ofProcesses.length === 0) return [];
    const { host, owner } = this.#runtime;
    const sought = soughtBy(rules);
    const found = await Promise.all(
      this.#ofProcesses.map(async (network) => {
        const ports = await rulesOf(host, network, owner).published(sought);
        return ofNetwork({ network: network.name, ports });
      }),
    );
    return found.flat();
  }

  /**
   * The ports that persistent networks have published, and those that any network is about to. Under the lock nobody
   * can add any.
   */
  publishedOnRecord(): ForeignPort[] {
    const { host, layout } = this.#runtime;
    const cookie = String(host.cookie);
    const isReadable = hasJournal();
    const recorded = isReadable ? readRecords(cookie) : [];
    const underWay = isReadable ? readIntents(cookie).filter(({ action }) => action === 'publish') : [];
    const known: PortsOfNetwork[] = [
      ...recorded.map(({ layout: { name }, ports }) => ({ network: name, ports })),
      ...underWay.map(({ network, ports = [] }) => ({ network, ports })),
      ...(pendingPorts.get(host.cookie) ?? []),
    ];
    return known.filter(({ network }) => network !== layout.name).flatMap(ofNetwork);
  }

  /** Makes other networks of this process refuse these ports until the returned function is called. */
  reserve(ports: readonly PublishedPort[]): () => void {
    const { host, layout } = this.#runtime;
    const all = pendingPorts.get(host.cookie) ?? new Set();
    const own = { network: layout.name, ports };
    pendingPorts.set(host.cookie, all.add(own));
    return () => {
      all.delete(own);
      if (all.size === 0 && pendingPorts.get(host.cookie) === all) pendingPorts.delete(host.cookie);
    };
  }

  /**
   * Throws a ValidationError if others have published one of these ports meanwhile: networks that live with a process
   * ask no other process. Two that publish at the same moment see each other: the one with the first name stays and
   * waits for the other to withdraw. If the other stays, it was there before.
   */
  async check(
    rules: readonly CheckedRule[],
    ports: readonly PublishedPort[],
    operation: string,
  ): Promise<void> {
    const isLocked = lifetimeOf(this.#runtime.layout).hasRecord;
    if (isLocked && this.#ofProcesses.length === 0) return;
    const end = Date.now() + WITHDRAWAL_MS;
    for (;;) {
      const others = [...(await this.publishedByProcesses(rules)), ...this.publishedOnRecord()];
      const rivals = conflictingPorts(ports, others);
      if (rivals.length === 0) return;
      const isFirst = rivals.every(({ network = '' }) => this.#runtime.layout.name < network);
      if (!isFirst || Date.now() > end) checkConflicts(ports, others, operation);
      await sleep(WITHDRAWAL_LOOK_MS);
    }
  }
}

function ofNetwork({ network, ports }: PortsOfNetwork): ForeignPort[] {
  return ports.map((port) => ({ ...port, network }));
}

function networksOfProcesses(
  { host, layout }: NetworkRuntime,
  tables: readonly FirewallTable[],
): Firewalled[] {
  const start = tableName('');
  const named = tables.filter(({ name }) => name.startsWith(start));
  const found: Firewalled[] = [...new Set(named.map(({ name }) => name.slice(start.length)))].map((name) => ({
    name,
  }));
  const cookie = String(host.cookie);
  const isReadable = hasJournal();
  // iptables rules have no owner: their networks are on disk as long as they exist.
  if (isReadable) found.push(...leasedRules(cookie));
  const recorded = new Set(isReadable ? readRecords(cookie).map((record) => record.layout.name) : []);
  return found.filter(({ name }) => name !== layout.name && !recorded.has(name));
}

// Without a file the host has only networks that live with processes, the default.
function hasJournal(): boolean {
  return journalExists() && mayRead(stateDirectory());
}

/** The ports that could conflict with a few rules; undefined: any could. */
function soughtBy(rules: readonly CheckedRule[]): PublishedPort[] | undefined {
  const count = rules.reduce((sum, rule) => sum + rule.count, 0);
  const isOpen = rules.some(({ hostAddress, hostPort }) => hostPort === 0 || isAnyAddress(hostAddress));
  if (isOpen || count > FEW) return undefined;
  return rules.flatMap(({ hostAddress, hostPort: first, protocol, count: many, port }) =>
    [hostAddress, ANY_ADDRESS[familyOf(hostAddress)]].flatMap((address) =>
      Array.from({ length: many }, (_, index) => ({
        ...{ hostAddress: address, hostPort: first + index, protocol },
        // Elements are found by their keys alone.
        ...{ address, port },
      })),
    ),
  );
}
