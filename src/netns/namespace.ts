import type { ChildProcess } from 'node:child_process';
import type dgram from 'node:dgram';
import fs from 'node:fs';
import type http from 'node:http';
import type https from 'node:https';
import type net from 'node:net';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import type { OneEachOf } from '../base/one-each';
import { checkKeys } from '../errors/known-keys';
import { binding } from '../executor/run-program';
import type { Firewall } from '../firewall/client/firewall';
import { firewallOf } from '../firewall/client/firewall-of';
import { anonymous, createNamespaces } from '../nsfs/create';
import {
  fdOf,
  giveHandle,
  handleOf,
  takeHandle,
  type NamespaceSource,
  type OpenNamespace,
} from '../nsfs/handle';
import { openCurrent, openNamespace, type NamespaceLocation } from '../nsfs/open';
import type { NamespaceOptions } from '../nsfs/options';
import { killAll, type KillOptions, wantsKill } from '../nsfs/process/kill-all';
import { processesByNamespace } from '../nsfs/process/processes';
import {
  execInside,
  forkInside,
  spawnInside,
  type NamespaceExecOptions,
  type NamespaceForkOptions,
  type NamespaceSpawnOptions,
} from '../nsfs/process/spawn';
import { workerInside } from '../nsfs/process/worker';
import { watchNamespaces, type NamespaceChange } from '../nsfs/watch';
import type { Rtnl } from '../rtnl/rtnl';
import { closeRtnlOf, forgetRtnlOf, rtnlOf } from '../rtnl/rtnl-of';
import type { LineShape } from '../shape/options';
import type { ConnectOptions } from '../sockets/connect';
import type { DatagramType } from '../sockets/datagram-options';
import type { DispatcherOptions, FetchDispatcher } from '../sockets/dispatcher';
import type { ListenOptions } from '../sockets/listen-options';
import { lookupOf } from '../sockets/lookup-of';
import { forgetDevices, giveBackDevice, takeDevice, type TakeOptions } from './devices';
import { endNamespace } from './end';
import type { NamespaceSnapshot } from './inspect/snapshot';
import { lazy } from './lazy';
import { listNamespaces, type NamespaceInfo } from './list';

/**
 * A network namespace, held open by a descriptor of this process. An anonymous one lives as long as something holds it:
 * this object, a process inside, another descriptor. A named one is pinned under /run/netns as `ip netns` does, and
 * stays until its name is removed.
 *
 * Objects come from {@link NetworkNamespace.create}, {@link NetworkNamespace.open} and the like. One that is dropped
 * without `close` gives its descriptor back when it is collected.
 */
export class NetworkNamespace implements OpenNamespace, AsyncDisposable {
  /** The name under /run/netns; absent for anonymous namespaces and for those not opened by name. */
  declare readonly name?: string;
  /** The kernel's identity of the namespace (SO_NETNS_COOKIE): never reused while the machine is up. */
  readonly cookie: bigint;

  readonly #owned: boolean;
  #deleted: Promise<void> | undefined;

  /** @internal */
  constructor({ handle, cookie, name, owned }: NamespaceSource) {
    this.cookie = cookie;
    this.#owned = owned;
    if (name !== undefined) this.name = name;
    giveHandle(this, handle);
  }

  /**
   * Makes a namespace with its loopback device up. With a name it is pinned under /run/netns and `ip netns` sees it;
   * without, it is anonymous. A failure leaves nothing behind.
   *
   * Rejects with ValidationError for a bad name, NetlinkError EEXIST for one that is taken, ENOSPC when the kernel's
   * limit (user.max_net_namespaces) is reached, EPERM without CAP_SYS_ADMIN.
   */
  static async create(name?: string, options: NamespaceOptions = {}): Promise<NetworkNamespace> {
    const [made] = await createNamespaces('netns.create', [name], options);
    return new NetworkNamespace(made as NamespaceSource);
  }

  /** Makes many as one plan: all of them or, on a failure, none. A number makes so many anonymous ones. */
  static async createMany<const Names extends readonly string[] | number>(
    namesOrCount: Names,
    options: NamespaceOptions = {},
  ): Promise<OneEachOf<Names, NetworkNamespace>> {
    const operation = 'netns.createMany';
    const given: readonly string[] | number = namesOrCount;
    const names = Array.isArray(given) ? (given as readonly string[]) : anonymous(given, operation);
    const made = await createNamespaces(operation, names, options);
    return made.map((one) => new NetworkNamespace(one)) as OneEachOf<Names, NetworkNamespace>;
  }

  /**
   * Opens a namespace that exists: by name, by a process inside, by a path such as /proc/1/ns/net, or by a descriptor
   * of this process (which stays the caller's). Rejects with NetlinkError ENOENT, or EINVAL for what is no namespace.
   */
  static async open(ref: NamespaceLocation): Promise<NetworkNamespace> {
    return new NetworkNamespace(await openNamespace(ref));
  }

  /** The namespace that the calling thread lives in. */
  static async current(): Promise<NetworkNamespace> {
    return Promise.resolve(new NetworkNamespace(openCurrent()));
  }

  /** The named namespaces of the machine, sorted by name. What a killed process left half made is not listed. */
  static async list(): Promise<NamespaceInfo[]> {
    return listNamespaces();
  }

  /**
   * Names that appear under /run/netns or vanish from it, from now on, whoever makes them. Ends when the signal fires
   * or the loop over it is left.
   */
  static watch(options: { signal?: AbortSignal } = {}): AsyncIterable<NamespaceChange> {
    checkKeys(options, ['signal'], 'netns.watch');
    return watchNamespaces((options as { signal?: AbortSignal } | null)?.signal);
  }

  /** The open descriptor; -1 once closed. It stays this object's: do not close it. */
  get fd(): number {
    return fdOf(this);
  }

  /** Links, addresses, routes and the rest of this namespace; its socket opens on first use. */
  get rtnl(): Rtnl {
    return rtnlOf(this);
  }

  /** The nf_tables rules of this namespace. */
  get firewall(): Firewall {
    return firewallOf(this);
  }

  /** Everything that is configured inside, read one kind after another: not one consistent moment. */
  async inspect(): Promise<NamespaceSnapshot> {
    return lazy.snapshot().NamespaceSnapshot.take(this);
  }

  /** The processes that live in this namespace, as far as /proc shows them to the caller. */
  async pids(): Promise<number[]> {
    handleOf(this);
    const { ino } = fs.fstatSync(this.fd);
    return (await processesByNamespace()).get(ino) ?? [];
  }

  /**
   * Ends the processes inside: sends each the signal, and SIGKILL after the deadline to those that are left. Resolves with
   * the processes that it ended when none is left; how many start meanwhile does not matter. Threads of workers are not
   * processes: terminate these.
   *
   * Rejects with EPERM for a process that the caller may not signal, ValidationError for the namespace that this process
   * lives in.
   */
  async killAll(signal: NodeJS.Signals = 'SIGTERM', deadlineMs = 5_000): Promise<number[]> {
    return killAll(this, signal, deadlineMs);
  }

  /**
   * Like child_process.spawn; the child lives in this namespace. Throws a ClosedError after `close` or `delete`,
   * ValidationError for a user or group that does not exist.
   */
  spawn(command: string, args: readonly string[] = [], options: NamespaceSpawnOptions = {}): ChildProcess {
    return spawnInside(this, command, args, options);
  }

  /** Like child_process.fork: a Node.js process that lives in this namespace, with a channel for messages. */
  fork(
    modulePath: string | URL,
    args: readonly string[] = [],
    options: NamespaceForkOptions = {},
  ): ChildProcess {
    return forkInside(this, modulePath, args, options);
  }

  /**
   * A worker_threads.Worker whose thread lives in this namespace, so that unmodified packages listen and connect inside.
   * The one exception is what Node.js does in its thread pool: `dns.lookup`, and so the names given to `net.connect` or
   * `fetch`, resolve where the process lives. Throws a ClosedError after `close` or `delete`.
   */
  worker(file: string | URL, options: WorkerOptions = {}): Worker {
    return workerInside(this, file, options);
  }

  /**
   * Runs a command inside to its end, like the promise form of child_process.execFile: a failure carries `code`,
   * `stdout` and `stderr`.
   */
  async exec(
    command: string,
    args: readonly string[] = [],
    options: NamespaceExecOptions = {},
  ): Promise<{ stdout: string; stderr: string }> {
    return execInside(this, command, args, options);
  }

  /**
   * Has a net, http, https or http2 server listen inside, with the options of `server.listen`; resolves with it. Rejects
   * with Node.js's own errors (EADDRINUSE), a ClosedError after `close` or `delete`, or a ValidationError.
   */
  async listen<S extends net.Server>(server: S, options: ListenOptions): Promise<S> {
    return lazy.listen().listenInside(this, server, options);
  }

  /**
   * Like net.connect, from inside; also with `tls.connect({ socket })`. Failures are 'error' events, Node.js's own and naming
   * the namespace; throws a ClosedError after `close` or `delete`.
   */
  connect(options: ConnectOptions, listener?: () => void): net.Socket {
    return lazy.connect().connectInside(this, options, listener);
  }

  /** Like dgram.createSocket; what it binds, sends and joins, it does inside. Throws a ClosedError after `close` or `delete`. */
  createSocket(
    type: DatagramType,
    onMessage?: (message: Buffer, from: dgram.RemoteInfo) => void,
  ): dgram.Socket {
    return lazy.datagram().createSocketInside(this, type, onMessage);
  }

  /** An agent for `http.request` that connects from inside, with the options of http.Agent. */
  agent(options?: http.AgentOptions): http.Agent {
    return lazy.agent().agentInside(this, options);
  }

  /** An agent for `https.request` that connects from inside, with the options of https.Agent. */
  httpsAgent(options?: https.AgentOptions): https.Agent {
    return lazy.agent().httpsAgentInside(this, options);
  }

  /** A dispatcher for `fetch` that connects from inside. Throws unless the package undici is installed. */
  dispatcher(options?: DispatcherOptions): FetchDispatcher {
    return lazy.dispatcher().dispatcherInside(this, options);
  }

  /** Like dns.lookup, by the namespace's own hosts file and DNS servers. Needs no `this`: `{ lookup: netns.lookup }`. */
  get lookup(): net.LookupFunction {
    return lookupOf(this);
  }

  /**
   * Moves a device that exists into this namespace: a physical one, or any other that can move. It arrives without
   * addresses and down, as the kernel has it, and goes back by `giveBack` or before `delete`: under its old name, up if it
   * was up, its addresses and routes being the caller's to add again. Should this process be killed, the kernel returns a
   * physical device to the machine's first namespace when this one ends.
   *
   * Rejects with NetlinkError ENODEV if there is none of the name, EEXIST if the name is taken inside, EINVAL for devices
   * that cannot move.
   */
  async take(ifname: string, options: TakeOptions = {}): Promise<void> {
    checkKeys(options, ['from', 'as'], 'netns.take');
    if (options.from !== undefined) return takeDevice(this, ifname, { netns: options.from }, options.as);
    const netns = await NetworkNamespace.current();
    await takeDevice(this, ifname, { netns, close: () => netns.close() }, options.as);
  }

  /** Moves a device that this object took back to where it came from, by its name inside. Rejects with NetlinkError ENODEV. */
  async giveBack(ifname: string): Promise<void> {
    return giveBackDevice(this, ifname);
  }

  /**
   * Makes a device inside as slow, as far away and as unreliable as asked for, in both directions or in each its own way;
   * what it had of this before is replaced, and null takes all of it away. A rate needs tbf, the rest netem; what comes in
   * is shaped on an ifb of the name 'shapeN', N being the device's index.
   *
   * Rejects with NetlinkError ENODEV if there is no such device, ENOENT where the kernel lacks a part, which the message
   * names, EEXIST where the device has a qdisc of somebody else. Nothing has changed then.
   */
  async shape(ifname: string, shape: LineShape | null): Promise<void> {
    return lazy.shape().shapeLink(this, ifname, shape);
  }

  /**
   * Removes the name, gives the descriptor back and resolves when the kernel has let go of the namespace and of all
   * devices in it. One that is gone already succeeds. Rejects with NetlinkError EBUSY if processes or descriptors still
   * hold it, and names these: the name is gone by then, and the kernel removes the namespace with its last user. A further
   * call tries again.
   *
   * With `kill` the processes inside are killed first (SIGKILL; `killAll` before is gentler), and the workers that this
   * thread started there are terminated.
   *
   * Servers and sockets that this library opened inside are closed, connections by a reset in whatever state they are, and
   * the loops over its monitors end.
   * Devices that were taken go back first; one that cannot, because its name is in use at home, rejects and nothing is
   * deleted. Deletes that are asked for in one turn of the event loop go to the kernel together, which is much faster.
   */
  async delete(options: KillOptions = {}): Promise<void> {
    const kill = wantsKill(options, 'netns.delete');
    // One under way kills nobody, and may fail for that.
    if (kill) await this.#deleted?.catch(() => undefined);
    return (this.#deleted ??= endNamespace(this, kill).catch((error: unknown) => {
      // It can be deleted again.
      this.#deleted = undefined;
      throw error;
    }));
  }

  /**
   * Gives the descriptor back. What keeps a name, or another user, lives on, as do servers and sockets inside; an anonymous
   * namespace ends with the last of them.
   */
  async close(): Promise<void> {
    const handle = takeHandle(this);
    if (handle === undefined) return;
    await forgetDevices(this);
    await closeRtnlOf(this);
    // Who asks now is told that the namespace is closed; a network's own may be opened again.
    forgetRtnlOf(this);
    binding.close(handle);
  }

  /** Deletes what this object created, closes what it opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#deleted) return this.#deleted;
    return this.#owned && this.fd >= 0 ? this.delete() : this.close();
  }
}
