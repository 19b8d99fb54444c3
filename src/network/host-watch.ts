import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError } from '../errors';
import { binding } from '../executor';
import type { MonitorHandle, NativeEvent } from '../native';
import { handleOf } from '../netns/handle';
import type { NetworkNamespace } from '../netns/namespace';

/**
 * RTNLGRP_IPV4_NETCONF and RTNLGRP_IPV6_NETCONF: devices come with their settings, and settings change. RTNLGRP_IPV4_RULE
 * and RTNLGRP_IPV6_RULE: other tables are looked up. Not routes, of which some hosts change thousands in a second: tables have the
 * network's own before others come.
 */
const GROUPS = [24, 25, 8, 19] as const;
const RECEIVE_BUFFER = 1 << 18;
// A burst, such as a thousand ports that are made, is one change: what comes after a pause, or at the latest.
const PAUSE_MS = 50;
const LATEST_MS = 1000;
// Meanwhile the addon collects: an attach in a row would otherwise wake this thread once or twice each. Less than the pause, so
// that no change is told amid a burst.
const COLLECT_MS = 25;
const AGAIN_MS = 1000;

type Listener = () => void;

/** One socket for all networks of a host, by the host's cookie. */
const watches = new Map<bigint, HostWatch>();

/**
 * Calls `changed` after devices or rules came to a host, or the forwarding of devices was switched, by anybody. Keeps nothing
 * alive. Returns what ends it.
 */
export function watchHost(host: NetworkNamespace, changed: Listener): () => void {
  const watch = watches.get(host.cookie) ?? new HostWatch(host);
  watches.set(host.cookie, watch);
  return watch.add(changed);
}

class HostWatch {
  readonly #host: NetworkNamespace;
  readonly #listeners = new Set<Listener>();
  #monitor: MonitorHandle | undefined;
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  constructor(host: NetworkNamespace) {
    this.#host = host;
    this.#keep();
  }

  add(changed: Listener): () => void {
    this.#listeners.add(changed);
    return () => {
      if (!this.#listeners.delete(changed) || this.#listeners.size > 0) return;
      watches.delete(this.#host.cookie);
      clearTimeout(this.#timer);
      if (this.#monitor) binding.close(this.#monitor);
    };
  }

  // A socket that failed is replaced, and what happened meanwhile is looked for.
  #keep(): void {
    this.#watch().catch(() => {
      if (this.#isOver()) return;
      setTimeout(() => {
        if (!this.#isOver()) this.#keep();
        this.#tell();
      }, AGAIN_MS).unref();
    });
  }

  async #watch(): Promise<void> {
    const monitor = await subscribe(this.#host);
    this.#monitor = monitor;
    while (!this.#isOver()) {
      const events = await new Promise<readonly NativeEvent[]>((resolve) => {
        binding.read(monitor, resolve, false);
      });
      const end = events.find(({ lost }) => lost === 'end');
      if (end) throw new NetlinkError({ errno: end.errno ?? 0, operation: 'network.watch' });
      this.#note();
      await sleep(COLLECT_MS, undefined, { ref: false });
    }
    binding.close(monitor);
  }

  // Whoever had this one has gone, and the next has one of its own.
  #isOver(): boolean {
    return watches.get(this.#host.cookie) !== this;
  }

  #note(): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#since = now;
    clearTimeout(this.#timer);
    const wait = Math.min(PAUSE_MS, Math.max(0, this.#since + LATEST_MS - now));
    this.#timer = setTimeout(() => {
      this.#tell();
    }, wait).unref();
  }

  #tell(): void {
    this.#timer = undefined;
    for (const changed of this.#listeners) changed();
  }
}

function subscribe(host: NetworkNamespace): Promise<MonitorHandle> {
  const options = { allNamespaces: false, receiveBuffer: RECEIVE_BUFFER };
  return new Promise((resolve, reject) => {
    binding.monitor(handleOf(host), 'route', GROUPS, options, (errno, monitor) => {
      if (monitor) resolve(monitor);
      else reject(new NetlinkError({ errno, operation: 'network.watch', syscall: 'socket' }));
    });
  });
}
