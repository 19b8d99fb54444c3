import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMessage } from '../codec/decode';
import { NetlinkError } from '../errors';
import { binding } from '../executor';
import { forgetUdp } from '../firewall/conntrack';
import {
  createTable,
  deleteTable,
  type NetworkTable,
  tableFamily,
  tableName,
} from '../firewall/network-table';
import type { MonitorHandle, NativeEvent } from '../native';
import { handleOf } from '../netns/handle';
import type { NetworkNamespace } from '../netns/namespace';
import { locked } from './journal';
import { type NetworkRecord, readRecord } from './records';
import { type Layout, tablesOf } from './layout';
import { peerSteps } from './peer-steps';
import { portSteps, rulesSteps } from './rules-steps';

/** NFNLGRP_NFTABLES of <linux/netfilter/nfnetlink.h>: every change of the namespace's nf_tables. */
const GROUP = 7;
const NETLINK_NETFILTER = 12;
const RECEIVE_BUFFER = 1 << 20;
const FIRST_CHECK_MS = 100;

/**
 * Watches the tables of a persistent network, which are nobody's property: a reload of the host's firewall takes them
 * away. They are made anew at once, as the journal says. Neither keeps the process alive nor hears its own network end:
 * who deletes that removes its record under the same lock.
 */
export class RulesGuard {
  readonly #host: NetworkNamespace;
  readonly #layout: Layout;
  readonly #monitor: Promise<MonitorHandle>;
  #checking: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(host: NetworkNamespace, layout: Layout) {
    this.#host = host;
    this.#layout = layout;
    this.#monitor = subscribe(host);
    this.#watch().catch((error: unknown) => {
      if (this.#stopped) return;
      const text = error instanceof Error ? error.message : String(error);
      process.emitWarning(
        `the rules of network '${layout.name}' are not watched any more: ${text}`,
        'NetloomWarning',
      );
    });
  }

  /** Ends the watch. What is being repaired is finished first. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const monitor = await this.#monitor.catch(() => undefined);
    if (monitor) binding.close(monitor);
    // Not for the end of the watch: a read that keeps nothing alive may never return.
    await this.#checking.catch(() => undefined);
  }

  async #watch(): Promise<void> {
    const monitor = await this.#monitor;
    // What was lost while nobody watched. Not before all that its maker is about to do: that is more urgent.
    await sleep(FIRST_CHECK_MS, undefined, { ref: false });
    await this.#checkNow();
    while (this.#stopped === undefined) {
      const events = await new Promise<readonly NativeEvent[]>((resolve) => {
        binding.read(monitor, resolve, false);
      });
      const end = events.find(({ lost }) => lost === 'end');
      if (end?.errno)
        throw new NetlinkError({ errno: end.errno, operation: 'network.watch', object: this.#layout.name });
      if (end) return;
      if (events.some((event) => isLoss(event, this.#layout.name))) await this.#checkNow();
    }
  }

  #checkNow(): Promise<void> {
    return (this.#checking = this.#check());
  }

  async #check(): Promise<void> {
    if (this.#stopped !== undefined || (await isWhole(this.#host, this.#layout))) return;
    await locked(async () => {
      const record = readRecord(String(this.#host.cookie), this.#layout.name);
      if (record && !(await isWhole(this.#host, this.#layout))) await repair(this.#host, record);
    });
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

// Elements come and go by themselves. After a 'resync' anything may be lost.
function isLoss({ message }: NativeEvent, network: string): boolean {
  if (message === undefined) return true;
  const { family, action, object } = decodeMessage(NETLINK_NETFILTER, message) ?? {};
  const { table, name } = (object ?? {}) as { table?: string; name?: string };
  const isOurs = family === 'nftTable' ? name === tableName(network) : table === tableName(network);
  return isOurs && action === 'delete' && family !== 'nftSetElem';
}

async function isWhole(host: NetworkNamespace, layout: Layout): Promise<boolean> {
  const found = await Promise.all(tablesOf(layout).map((table) => hasRules(host, table)));
  return found.every(Boolean);
}

// Peers bring rules of their own: there may be more.
async function hasRules(host: NetworkNamespace, table: NetworkTable): Promise<boolean> {
  const wanted = createTable(table).filter(({ family }) => family === 'nftRule').length;
  const rules = await host.firewall.rules({ family: tableFamily(table), table: tableName(table.name) });
  return rules.length >= wanted;
}

/** Makes the tables anew with all that was in them, as one transaction: nothing passes that the rules would not let. */
async function repair(host: NetworkNamespace, { layout, ports, peers = [] }: NetworkRecord): Promise<void> {
  const steps = [
    ...rulesSteps(layout),
    ...portSteps(layout, ports),
    ...peerSteps(layout, peers, { hasRoute: true }),
  ];
  const requests = steps.flatMap((step) => (step.op === 'firewall' ? step.requests : []));
  const there = await host.firewall.tables();
  const remains = there
    .filter(({ name }) => name === tableName(layout.name))
    .flatMap(({ family }) => deleteTable(layout.name, family === 'ip6' ? 'ip6' : 'ip'));
  await host.firewall.transaction([...remains, ...requests]);
  await forgetUdp(host, ports);
}
