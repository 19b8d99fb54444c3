import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMessage } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import { readEvents } from '../../executor/read-events';
import { binding } from '../../executor/run-program';
import { deleteUdpConntrack } from '../../firewall/network/udp-conntrack';
import { createTable, deleteTable } from '../../firewall/network/table/create-table';
import {
  OWN_FAMILIES,
  type NetworkTable,
  tableFamily,
  tableName,
} from '../../firewall/network/table/network-table';
import type { MonitorHandle } from '../../native/handles';
import type { NativeEvent } from '../../native/contract';
import { handleOf } from '../../nsfs/handle';
import type { NetworkNamespace } from '../../netns/namespace';
import { changeOf, onceDone } from '../model/changes';
import { isDead, locked } from '../journal/intents';
import { NETLINK } from '../../native/protocols';
import type { NetworkRecord } from '../journal/records';
import { type Layout } from '../model/layout';
import { tablesOf } from '../steps/network-tables';
import { dropAdvertisements, dropsAdvertisements } from './router-advertisements';
import { peerSteps } from '../steps/peer-steps';
import { portSteps, rulesSteps } from '../steps/rules-steps';
import { undeleted } from '../journal/undeleted';
import { underWay } from '../journal/under-way';

/** NFNLGRP_NFTABLES of <linux/netfilter/nfnetlink.h>: every change of the namespace's nf_tables. */
const GROUP = 7;
const RECEIVE_BUFFER = 1 << 20;
const FIRST_CHECK_MS = 100;

// After a failure, such as in a process without free descriptors. Doubled each time.
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Watches the tables of a persistent network, which have no owner: a reload of the host's firewall removes them. They
 * are restored at once from the journal, under its lock, and only while the network's own record exists and nobody
 * deletes it. A failure is reported once, and retried until it passes. Does not keep the process alive.
 */
export class RulesGuard {
  readonly #host: NetworkNamespace;
  readonly #layout: Layout;
  readonly #stopping = new AbortController();
  #monitor: MonitorHandle | undefined;
  #checking: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(host: NetworkNamespace, layout: Layout) {
    this.#host = host;
    this.#layout = layout;
    void this.#guard();
  }

  /** Ends the watch, after a repair under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#closeMonitor();
    // Does not wait for the end of the watch: a read that keeps nothing alive may never return.
    await this.#checking.catch(() => undefined);
  }

  /** Restores the missing tables now. A failure is reported, and the watch retries. */
  async restore(): Promise<void> {
    await this.#checkNow().catch((error: unknown) => {
      this.#tell(error);
    });
  }

  async #guard(): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !this.#isStopped; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.#watch(() => {
          pause = FIRST_PAUSE_MS;
          this.#isFailing = false;
        });
      } catch (error) {
        this.#tell(error);
      }
      this.#closeMonitor();
      await this.#pause(pause);
    }
  }

  /** Ends only by an error, or when it is stopped. Calls `succeeded` after each check. */
  async #watch(succeeded: () => void): Promise<void> {
    const monitor = await subscribe(this.#host);
    this.#monitor = monitor;
    if (this.#isStopped) return;
    // Finds losses from before the watch. Delayed, because the creator's next operations are more urgent.
    await this.#pause(FIRST_CHECK_MS);
    await this.#checkNow();
    succeeded();
    for (;;) {
      const events = await readEvents(monitor, {
        ...({ protocol: 'netfilter', keepsAlive: false } as const),
        label: this.#host.name,
      });
      const end = events.find(({ lost }) => lost === 'end');
      if (end?.errno)
        throw new NetlinkError({ errno: end.errno, operation: 'network.watch', object: this.#layout.name });
      if (end) return;
      if (events.some((event) => isLoss(event, this.#layout.name))) await this.#checkNow();
      succeeded();
    }
  }

  #checkNow(): Promise<void> {
    return (this.#checking = this.#check());
  }

  async #check(): Promise<void> {
    if (this.#isStopped || (await isWhole(this.#host, this.#layout))) return;
    await locked(async () => {
      const record = this.#isStopped ? undefined : undeleted(this.#host, this.#layout);
      if (record && !(await isWhole(this.#host, this.#layout))) await repair(this.#host, record);
    });
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #closeMonitor(): void {
    if (this.#monitor) binding.close(this.#monitor);
    this.#monitor = undefined;
  }

  // Ends early when the guard is stopped.
  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { ref: false, signal: this.#stopping.signal }).catch(
      () => undefined,
    );
  }

  #tell(error: unknown): void {
    if (this.#isStopped || this.#isFailing) return;
    this.#isFailing = true;
    const text = error instanceof Error ? error.message : String(error);
    process.emitWarning(
      `watching the rules of network '${this.#layout.name}' failed, and is retried: ${text}`,
      'NetloomWarning',
    );
  }
}

function subscribe(host: NetworkNamespace): Promise<MonitorHandle> {
  const options = { allNamespaces: false, receiveBuffer: RECEIVE_BUFFER };
  return new Promise((resolve, reject) => {
    binding.monitor(handleOf(host), 'netfilter', [GROUP], options, (errno, monitor) => {
      if (monitor) resolve(monitor);
      else reject(new NetlinkError({ errno, operation: 'network.watch', syscall: 'socket' }));
    });
  });
}

// Elements are added and removed in normal operation. After a 'resync' anything may be lost.
function isLoss({ message }: NativeEvent, network: string): boolean {
  if (message === undefined) return true;
  const { family, action, object } = decodeMessage(NETLINK.netfilter, message) ?? {};
  const { table, name } = (object ?? {}) as { table?: string; name?: string };
  const isOurs = family === 'nftTable' ? name === tableName(network) : table === tableName(network);
  return isOurs && action === 'delete' && family !== 'nftSetElem';
}

async function isWhole(host: NetworkNamespace, layout: Layout): Promise<boolean> {
  const found = await Promise.all([
    ...tablesOf(layout).map((table) => hasRules(host, table)),
    dropsAdvertisements(host, layout),
  ]);
  return found.every(Boolean);
}

// Counted by chains: peers add rules of their own, so there may be more, but not in place of those of another chain.
async function hasRules(host: NetworkNamespace, table: NetworkTable): Promise<boolean> {
  const found = await host.firewall.rules({ family: tableFamily(table), table: tableName(table.name) });
  const counts = (chains: readonly (string | undefined)[]): Map<string | undefined, number> => {
    const byChain = new Map<string | undefined, number>();
    for (const chain of chains) byChain.set(chain, (byChain.get(chain) ?? 0) + 1);
    return byChain;
  };
  const wanted = createTable(table).flatMap(({ family, body }) => (family === 'nftRule' ? body.chain : []));
  const there = counts(found.map(({ chain }) => chain));
  return [...counts(wanted)].every(([chain, count]) => (there.get(chain) ?? 0) >= count);
}

/** Restores the tables with their content, as one transaction: no packet passes that the rules would not let. */
async function repair(host: NetworkNamespace, record: NetworkRecord): Promise<void> {
  const { layout } = record;
  // Ports and peers that others are about to enter may be in the tables already, or gone from them.
  const pending = underWay(String(host.cookie), layout.id).filter((intent) => !isDead(intent));
  const { ports, peers = [] } = onceDone(record, pending.flatMap(changeOf));
  const steps = [
    ...rulesSteps(layout),
    ...portSteps(layout, ports),
    ...peerSteps(layout, peers, { hasRoute: true }),
  ];
  const requests = steps.flatMap((step) => (step.op === 'firewall' ? step.requests : []));
  const there = await host.firewall.tables();
  const remains = OWN_FAMILIES.filter((own) =>
    there.some(({ name, family }) => name === tableName(layout.name) && family === own),
  ).flatMap((family) => deleteTable(layout.name, family));
  await host.firewall.transaction([...remains, ...requests]);
  await dropAdvertisements(host, layout);
  await deleteUdpConntrack(host, ports);
}
