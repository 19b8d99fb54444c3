import { NETLINK } from '../native/protocols';
import { decodeMessage } from '../codec/decode/decode';
import { optional } from 'valibot';
import { NetlinkError, ValidationError } from '../errors/errors';
import { abortSignal, bufferSize, flag, options, validateOptions } from '../errors/validate-options';
import { readEvents } from '../executor/read-events';
import { binding } from '../executor/run-program';
import type { MonitorHandle, NamespaceHandle } from '../native/handles';
import type { NativeEvent } from '../native/contract';
import { hold } from '../nsfs/dependents';
import { type FamilyName, familyNamed, familyNames, type Objects } from './families';
import type { Body } from './types/common/body';
import type { BridgeLinkInfo } from './types';
import type { OpenNamespace } from '../nsfs/handle';

/**
 * Multicast groups by their RTNLGRP_ numbers of <linux/rtnetlink.h>. Events of 'fdb' arrive through the group of
 * 'neigh'.
 */
const groupNumbers = {
  link: [1],
  tc: [4],
  neigh: [3],
  addr: [5, 9],
  addr4: [5],
  addr6: [9],
  route: [7, 11],
  route4: [7],
  route6: [11],
  rule: [8, 19],
  rule4: [8],
  rule6: [19],
  netns: [28],
  nexthop: [32],
} as const;

export type MonitorGroup = keyof typeof groupNumbers;

const monitorOptions = options({
  signal: optional(abortSignal),
  allNamespaces: optional(flag),
  receiveBuffer: optional(bufferSize),
});

/** Checks a caller's options. Throws a ValidationError. */
export function checkMonitoring(given: unknown): MonitorOptions {
  return validateOptions(monitorOptions, given, 'rtnl.monitor') as MonitorOptions;
}

const everything: readonly MonitorGroup[] = ['link', 'addr', 'route', 'rule', 'neigh', 'nexthop', 'netns'];

export interface MonitorOptions {
  /** Ends the loop; events already received are still delivered. */
  readonly signal?: AbortSignal;
  /** True: also receives events from every namespace with an id in this one. Needs CAP_NET_BROADCAST. */
  readonly allNamespaces?: boolean;
  /** Size of the kernel's buffer for unread events, in bytes; 4 MiB by default. */
  readonly receiveBuffer?: number;
}

interface Change<F extends FamilyName> {
  readonly family: F;
  readonly action: 'new' | 'delete';
  readonly object: Objects[F];
  /** With `allNamespaces`: the id of the namespace where the event happened; absent for the monitor's own. */
  readonly nsid?: number;
}

/** An object was created, changed or deleted; or the kernel dropped events and the state must be read again. */
export type RtnlEvent =
  | { [F in FamilyName]: Change<F> }[FamilyName]
  | {
      readonly family: 'bridgeLink';
      readonly action: 'new' | 'delete';
      readonly object: BridgeLinkInfo;
      readonly nsid?: number;
    }
  | { readonly family: 'resync' };

/** The namespace of a monitor: `netns` is absent for the calling thread's own. */
export interface MonitorSource {
  readonly netns: OpenNamespace | undefined;
  readonly open: () => Promise<NamespaceHandle>;
  /** Receives the promise of the subscription, for requests that must not overtake it. */
  readonly subscribing: (subscribed: Promise<unknown>) => void;
}

/**
 * Subscribes to events of some groups from now on. Leaving the loop closes the monitor, even while it waits. So does
 * deleting the namespace, because the monitor's socket would hold it.
 */
export function watch(
  { netns, open, subscribing }: MonitorSource,
  groups: readonly MonitorGroup[] = everything,
  chosen: MonitorOptions = {},
): AsyncIterableIterator<RtnlEvent> {
  const numbers = numbersOf(groups);
  const monitor = open().then((handle) => subscribe(handle, numbers, chosen));
  subscribing(monitor);
  const subscription = new Subscription(monitor, netns?.name);
  const { signal } = chosen;
  const close = (): void => {
    signal?.removeEventListener('abort', close);
    forget?.();
    subscription.close();
  };
  const forget = netns && hold(netns, close);
  signal?.addEventListener('abort', close);
  if (signal?.aborted) close();
  const events = eventsOf(subscription, close);
  return {
    next: () => events.next(),
    return: () => {
      close(); // This also ends a `next` that waits for an event.
      return events.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* eventsOf(
  subscription: Subscription,
  close: () => void,
): AsyncGenerator<RtnlEvent, void, undefined> {
  try {
    for (;;) {
      for (const event of await subscription.read()) {
        if (event.lost === 'end') {
          checkEnd(event);
          return;
        }
        const told = present(event);
        if (told) yield told;
      }
    }
  } finally {
    close();
  }
}

class Subscription {
  readonly #monitor: Promise<MonitorHandle>;
  /** The name of its namespace. */
  readonly #label: string | undefined;
  #closed = false;

  constructor(monitor: Promise<MonitorHandle>, label: string | undefined) {
    this.#monitor = monitor;
    this.#label = label;
    monitor.catch(() => undefined); // `read` reports a failure to subscribe.
  }

  async read(): Promise<readonly NativeEvent[]> {
    // A failure after the monitor was closed is ignored.
    const monitor = await this.#monitor.catch((error: unknown) => {
      if (!this.#closed) throw error;
    });
    if (this.#closed || monitor === undefined) return [{ lost: 'end' }];
    return readEvents(monitor, { protocol: 'route', label: this.#label });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const closed = this.#monitor.then((monitor) => {
      binding.close(monitor);
    });
    closed.catch(() => undefined);
  }
}

function numbersOf(groups: readonly MonitorGroup[]): number[] {
  const given: unknown = groups;
  if (!Array.isArray(given))
    throw new ValidationError({
      operation: 'rtnl.monitor',
      path: 'groups',
      value: given,
      problem: `must be an array of ${Object.keys(groupNumbers).join(', ')}`,
    });
  const numbers = groups.flatMap((group, index): readonly number[] => {
    if (typeof (group as unknown) === 'string' && Object.hasOwn(groupNumbers, group))
      return groupNumbers[group];
    const problem = `must be one of ${Object.keys(groupNumbers).join(', ')}`;
    throw new ValidationError({
      operation: 'rtnl.monitor',
      path: `groups[${String(index)}]`,
      value: group,
      problem,
    });
  });
  return [...new Set(numbers)];
}

function subscribe(
  netns: NamespaceHandle,
  groups: readonly number[],
  chosen: MonitorOptions,
): Promise<MonitorHandle> {
  const { allNamespaces = false, receiveBuffer = 4 * 1024 * 1024 } = chosen;
  return new Promise((resolve, reject) => {
    binding.monitor(netns, 'route', groups, { allNamespaces, receiveBuffer }, (errno, monitor) => {
      if (monitor) resolve(monitor);
      else reject(new NetlinkError({ errno, operation: 'rtnl.monitor', syscall: 'socket' }));
    });
  });
}

// A monitor ends when it is closed or its socket fails.
function checkEnd(event: NativeEvent): void {
  if (event.errno) throw new NetlinkError({ errno: event.errno, operation: 'rtnl.monitor' });
}

/** Undefined for an event that no table describes. */
function present({ message, nsid }: NativeEvent): RtnlEvent | undefined {
  if (message === undefined) return { family: 'resync' };
  const change = decodeMessage(NETLINK.route, message);
  if (change === undefined) return undefined;
  const family = familyNames.find((name) => name === change.family);
  const object = (family && familyNamed(family).present?.(change.object as Body)) ?? change.object;
  return { ...change, object, ...(nsid === undefined ? {} : { nsid }) } as RtnlEvent;
}
