import { setTimeout as sleep } from 'node:timers/promises';
import { type Firewalled, rulesOf } from '../../firewall/choose';
import { tableName } from '../../firewall/network/network-table';
import { ANY_ADDRESS, isAnyAddress, type PublishedPort } from '../../firewall/network/published-port';
import type { FirewallTable } from '../../firewall/nft/ruleset';
import { familyOf } from '../../base/ip';
import type { HostAnswers } from './ask-host';
import { checkRivals, rivalsOf } from './choose-ports';
import { journalExists, readIntents } from '../journal/intents';
import type { CheckedRule } from './publication';
import { readRecords } from '../journal/records';
import { leasedRules } from '../leases/rules';
import type { NetworkRuntime } from '../runtime/runtime';
import { mayRead, stateDirectory } from '../journal/files/state';

/** A port that another network of the host has published, or is about to publish. */
export interface ForeignPort extends PublishedPort {
  readonly network: string;
}

// Of more ports than these the maps of other networks are read as a whole.
const FEW = 16;
// So long a refused rival may take to withdraw.
const WITHDRAWAL_MS = 1000;
const WITHDRAWAL_LOOK_MS = 10;

/** The ports of one network. */
interface PortsOfNetwork {
  readonly network: string;
  readonly ports: readonly PublishedPort[];
}

// What networks of this process are about to publish, by the host's cookie: the first to choose a port gets it.
const claims = new Map<bigint, Set<PortsOfNetwork>>();

/** The host's other networks, as far as their published ports go. */
export class OtherNetworks {
  readonly #runtime: NetworkRuntime;
  /** Those that live with a process, this one or another: their rules alone tell what they publish. */
  readonly #ofProcesses: readonly Firewalled[];

  constructor(runtime: NetworkRuntime, { tables }: HostAnswers) {
    this.#runtime = runtime;
    this.#ofProcesses = networksOfProcesses(runtime, tables);
  }

  /** What those that live with a process have published. If `rules` name few ports, only what is on these need be among it. */
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

  /** What persistent ones have published, and what any is about to publish. Under the lock nobody can add to it. */
  publishedOnRecord(): ForeignPort[] {
    const { host, layout } = this.#runtime;
    const cookie = String(host.cookie);
    const isReadable = hasJournal();
    const recorded = isReadable ? readRecords(cookie) : [];
    const underWay = isReadable ? readIntents(cookie).filter(({ action }) => action === 'publish') : [];
    const known: PortsOfNetwork[] = [
      ...recorded.map(({ layout: { name }, ports }) => ({ network: name, ports })),
      ...underWay.map(({ network, ports = [] }) => ({ network, ports })),
      ...(claims.get(host.cookie) ?? []),
    ];
    return known.filter(({ network }) => network !== layout.name).flatMap(ofNetwork);
  }

  /** Has other networks of this process refused what this one is about to publish, until the answer is called. */
  claim(ports: readonly PublishedPort[]): () => void {
    const { host, layout } = this.#runtime;
    const all = claims.get(host.cookie) ?? new Set();
    const own = { network: layout.name, ports };
    claims.set(host.cookie, all.add(own));
    return () => {
      all.delete(own);
      if (all.size === 0 && claims.get(host.cookie) === all) claims.delete(host.cookie);
    };
  }

  /**
   * Throws a ValidationError if others have published one of these ports meanwhile: those who live with a process ask no other
   * process. Of two that did so at the same moment each sees the other: the one whose name comes first stays and waits for the
   * other to withdraw. An other that stays was there before.
   */
  async check(
    rules: readonly CheckedRule[],
    ports: readonly PublishedPort[],
    operation: string,
  ): Promise<void> {
    const isLocked = this.#runtime.layout.lifetime === 'persistent';
    if (isLocked && this.#ofProcesses.length === 0) return;
    const end = Date.now() + WITHDRAWAL_MS;
    for (;;) {
      const others = [...(await this.publishedByProcesses(rules)), ...this.publishedOnRecord()];
      const rivals = rivalsOf(ports, others);
      if (rivals.length === 0) return;
      const isFirst = rivals.every(({ network = '' }) => this.#runtime.layout.name < network);
      if (!isFirst || Date.now() > end) checkRivals(ports, others, operation);
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
  // Rules of iptables belong to nobody: their networks are on disk for as long as they stand.
  if (isReadable) found.push(...leasedRules(cookie));
  const recorded = new Set(isReadable ? readRecords(cookie).map((record) => record.layout.name) : []);
  return found.filter(({ name }) => name !== layout.name && !recorded.has(name));
}

// Without a file the host has networks of processes alone, as by default.
function hasJournal(): boolean {
  return journalExists() && mayRead(stateDirectory());
}

/** The ports that could stand in the way of few; undefined: any could. */
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
