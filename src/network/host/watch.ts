import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError } from '../../errors/errors';
import { readEvents } from '../../executor/read-events';
import { binding } from '../../executor/run-program';
import type { MonitorHandle } from '../../native/handles';
import type { NativeEvent } from '../../native/contract';
import { handleOf } from '../../nsfs/handle';
import type { NetworkNamespace } from '../../netns/namespace';

/** The events that one socket receives of a host. */
interface Source {
  readonly protocol: 'route' | 'netfilter';
  readonly groups: readonly number[];
  readonly concerns: (event: NativeEvent) => boolean;
  /** A burst, such as a thousand new ports, is one change: reported after a pause. */
  readonly pauseMs: number;
  /** Reports once without an event, for changes from before the socket was opened. */
  readonly firstMs?: number;
}

/**
 * RTNLGRP_IPV4_NETCONF and RTNLGRP_IPV6_NETCONF: new devices have settings, and settings change. RTNLGRP_IPV4_RULE and
 * RTNLGRP_IPV6_RULE: other tables are looked up. RTNLGRP_IPV4_IFADDR and RTNLGRP_IPV6_IFADDR: a network's own address
 * may be removed. Routes are not watched, since some hosts change thousands of them in a second: tables get the
 * network's own routes beforehand.
 */
const DEVICES: Source = {
  protocol: 'route',
  groups: [24, 25, 8, 19, 5, 9],
  concerns: () => true,
  pauseMs: 50,
};

/** NFNLGRP_NFTABLES of <linux/netfilter/nfnetlink.h>: every change of the namespace's nf_tables. */
const NFTABLES = 7;
// The low byte of a message's type: NFT_MSG_DELTABLE, DELCHAIN, DELRULE, DELSET and DELSETELEM of <linux/netfilter/nf_tables.h>.
const DELETIONS: ReadonlySet<number> = new Set([2, 5, 8, 11, 14]);
const TYPE_AT = 4;
/** RTNLGRP_LINK: its messages have the device's index after two headers. */
const LINK = 1;
const INDEX_AT = 20;

const RECEIVE_BUFFER = 1 << 18;
const LATEST_MS = 1000;
// Meanwhile the addon collects events: in a series of attaches each would otherwise wake this thread once or twice.
// Shorter than the pause, so that no change is reported in the middle of a burst.
const COLLECT_MS = 25;
const AGAIN_MS = 1000;

type Listener = () => void;

/** One socket of a protocol for all networks of a host. */
const watches = new Map<string, HostWatch>();

/**
 * Calls `changed` after devices, addresses or rules of a host were added or removed, or the forwarding of devices was
 * switched, by anybody. Does not keep the process alive. Returns a function that ends it.
 */
export function watchHost(host: NetworkNamespace, changed: Listener): () => void {
  return watch(host, DEVICES, changed);
}

/** The same after a change of one device, such as when it was down. */
export function watchDevice(host: NetworkNamespace, index: number, changed: Listener): () => void {
  const concerns = ({ message }: NativeEvent): boolean =>
    message === undefined || Buffer.from(message).readInt32LE(INDEX_AT) === index;
  return watch(
    host,
    { protocol: 'route', groups: [LINK], concerns, pauseMs: 50, firstMs: 100 },
    changed,
    ` ${String(index)}`,
  );
}

/**
 * The same after an object of an nf_tables table was removed. Without a pause, as the object may be the one that
 * blocks transit traffic.
 */
export function watchTable(host: NetworkNamespace, table: string, changed: Listener): () => void {
  // Other tables change often. A message without this table's name is not about this one.
  const concerns = ({ message }: NativeEvent): boolean =>
    message === undefined || (DELETIONS.has(message[TYPE_AT] ?? 0) && Buffer.from(message).includes(table));
  const source = { protocol: 'netfilter', groups: [NFTABLES], concerns, pauseMs: 0, firstMs: 100 } as const;
  return watch(host, source, changed);
}

function watch(host: NetworkNamespace, source: Source, changed: Listener, what = ''): () => void {
  const key = `${String(host.cookie)} ${source.protocol}${what}`;
  const found = watches.get(key) ?? new HostWatch(source, key);
  watches.set(key, found);
  return found.add(host, changed);
}

class HostWatch {
  readonly #source: Source;
  readonly #key: string;
  /** Each with its network's own handle of the host: a leaving network closes it. */
  readonly #listeners = new Map<Listener, NetworkNamespace>();
  #monitor: MonitorHandle | undefined;
  #timer: NodeJS.Timeout | undefined;
  #since = 0;

  constructor(source: Source, key: string) {
    this.#source = source;
    this.#key = key;
  }

  add(host: NetworkNamespace, changed: Listener): () => void {
    const isFirst = this.#listeners.size === 0;
    this.#listeners.set(changed, host);
    if (isFirst) this.#keep();
    return () => {
      if (!this.#listeners.delete(changed) || this.#listeners.size > 0) return;
      watches.delete(this.#key);
      clearTimeout(this.#timer);
      if (this.#monitor) binding.close(this.#monitor);
    };
  }

  // A failed socket is replaced, and changes meanwhile are checked for.
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
    const [host] = this.#listeners.values();
    const monitor = await subscribe(host as NetworkNamespace, this.#source);
    this.#monitor = monitor;
    if (this.#source.firstMs !== undefined) this.#note(this.#source.firstMs);
    while (!this.#isOver()) {
      const { protocol } = this.#source;
      const events = await readEvents(monitor, { protocol, label: host?.name, keepsAlive: false });
      const end = events.find(({ lost }) => lost === 'end');
      if (end) throw new NetlinkError({ errno: end.errno ?? 0, operation: 'network.watch' });
      if (events.some(this.#source.concerns)) this.#note(this.#source.pauseMs);
      await sleep(COLLECT_MS, undefined, { ref: false });
    }
    binding.close(monitor);
  }

  // All listeners of this watch have gone, and the next one has a watch of its own.
  #isOver(): boolean {
    return watches.get(this.#key) !== this;
  }

  #note(pause: number): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#since = now;
    clearTimeout(this.#timer);
    const wait = Math.min(pause, Math.max(0, this.#since + LATEST_MS - now));
    this.#timer = setTimeout(() => {
      this.#tell();
    }, wait).unref();
  }

  #tell(): void {
    this.#timer = undefined;
    for (const changed of this.#listeners.keys()) changed();
  }
}

function subscribe(host: NetworkNamespace, { protocol, groups }: Source): Promise<MonitorHandle> {
  const options = { allNamespaces: false, receiveBuffer: RECEIVE_BUFFER };
  return new Promise((resolve, reject) => {
    binding.monitor(handleOf(host), protocol, groups, options, (errno, monitor) => {
      if (monitor) resolve(monitor);
      else reject(new NetlinkError({ errno, operation: 'network.watch', syscall: 'socket' }));
    });
  });
}
