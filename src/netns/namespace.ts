import { rtnlOf } from '../rtnl/rtnl-of';
import type { ChildProcess } from 'node:child_process';
import type dgram from 'node:dgram';
import type http from 'node:http';
import type https from 'node:https';
import type net from 'node:net';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import type { OneEachOf } from '../base/one-each';
import type { Firewall } from '../firewall/client/firewall';
import { firewallOf } from '../firewall/client/firewall-of';
import { createNamespaces, namesToCreate } from '../nsfs/create';
import { fdOf, giveHandle, type NamespaceSource, type OpenNamespace } from '../nsfs/handle';
import { openCurrent, openNamespace, type NamespaceLocation } from '../nsfs/open';
import type { NamespaceOptions } from '../nsfs/options';
import { killAll, type KillOptions, wantsKill } from '../nsfs/process/kill-all';
import { pidsInside } from '../nsfs/process/processes';
import {
  execInside,
  forkInside,
  spawnInside,
  type NamespaceExecOptions,
  type NamespaceForkOptions,
  type NamespaceSpawnOptions,
} from '../nsfs/process/spawn';
import { workerInside } from '../nsfs/process/worker';
import { watchNamespaces, watchSignal, type NamespaceChange } from '../nsfs/watch';
import type { Rtnl } from '../rtnl/rtnl';
import type { LineShape } from '../shape/options';
import type { ConnectOptions } from '../sockets/connect';
import type { DatagramType } from '../sockets/datagram-options';
import type { DispatcherOptions, FetchDispatcher } from '../sockets/dispatcher';
import type { ListenOptions } from '../sockets/listen-options';
import { lookupOf } from '../sockets/lookup-of';
import { checkTaking, giveBackDevice, takeDevice, type TakeOptions } from './devices';
import { closeNamespace, endNamespace } from './end';
import type { NamespaceSnapshot } from './inspect/snapshot';
import { lazy } from './lazy';
import { listNamespaces, type NamespaceInfo } from './list';

/**
 * A network namespace, held open by a descriptor of this process. An anonymous namespace lives as long as something holds
 * it: this object, a process inside, another descriptor. A named one is pinned under /run/netns, as `ip netns` does, and
 * stays until its name is removed.
 *
 * Objects come from {@link NetworkNamespace.create}, {@link NetworkNamespace.open} and the like. If an object is dropped
 * without `close`, garbage collection closes its descriptor.
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
   * Creates a namespace with its loopback device up: pinned under /run/netns, where `ip netns` sees it, or anonymous if no
   * name is given. A failure leaves nothing behind.
   *
   * Rejects with ValidationError for an invalid name, NetlinkError EEXIST if the name is taken, ENOSPC at the kernel's
   * limit (user.max_net_namespaces), EPERM without CAP_SYS_ADMIN.
   */
  static async create(name?: string, options: NamespaceOptions = {}): Promise<NetworkNamespace> {
    const [made] = await createNamespaces('netns.create', [name], options);
    return new NetworkNamespace(made as NamespaceSource);
  }

  /** Creates many in one go: all of them or, on a failure, none. A number creates that many anonymous namespaces. */
  static async createMany<const Names extends readonly string[] | number>(
    namesOrCount: Names,
    options: NamespaceOptions = {},
  ): Promise<OneEachOf<Names, NetworkNamespace>> {
    const operation = 'netns.createMany';
    const made = await createNamespaces(operation, namesToCreate(namesOrCount, operation), options);
    return made.map((one) => new NetworkNamespace(one)) as OneEachOf<Names, NetworkNamespace>;
  }

  /**
   * Opens an existing namespace by name, by a process inside, by a path such as /proc/1/ns/net, or by a descriptor of this
   * process (which stays the caller's). Rejects with NetlinkError ENOENT, or EINVAL if it is not a network namespace.
   */
  static async open(ref: NamespaceLocation): Promise<NetworkNamespace> {
    return new NetworkNamespace(await openNamespace(ref));
  }

  /** The namespace that the calling thread lives in. */
  static async current(): Promise<NetworkNamespace> {
    return Promise.resolve(new NetworkNamespace(openCurrent()));
  }

  /** The named namespaces of the machine, sorted by name. A name without a namespace, left by a killed process, is omitted. */
  static async list(): Promise<NamespaceInfo[]> {
    return listNamespaces();
  }

  /** Reports names added to /run/netns and removed from it, by any process, until the signal fires or the loop is left. */
  static watch(options: { signal?: AbortSignal } = {}): AsyncIterable<NamespaceChange> {
    return watchNamespaces(watchSignal(options));
  }

  /** The open descriptor; -1 once closed. It belongs to this object: do not close it. */
  get fd(): number {
    return fdOf(this);
  }

  /** Links, addresses, routes and the other rtnetlink objects of this namespace. The socket opens on first use. */
  get rtnl(): Rtnl {
    return rtnlOf(this);
  }

  /** The nf_tables rules of this namespace. */
  get firewall(): Firewall {
    return firewallOf(this);
  }

  /** Reads everything that is configured inside, one kind after another: the snapshot is not atomic. */
  async inspect(): Promise<NamespaceSnapshot> {
    return lazy.snapshot().NamespaceSnapshot.take(this);
  }

  /** The processes in this namespace, as far as /proc shows them to the caller. */
  async pids(): Promise<number[]> {
    return pidsInside(this);
  }

  /**
   * Ends the processes inside, including those started in the meantime: sends each the signal, and SIGKILL to those left
   * after the deadline. Resolves with the ended processes. Threads of workers are not processes: terminate these.
   *
   * Rejects with EPERM for a process that the caller may not signal, ValidationError for this process's own namespace.
   */
  async killAll(signal: NodeJS.Signals = 'SIGTERM', deadlineMs = 5_000): Promise<number[]> {
    return killAll(this, signal, deadlineMs);
  }

  /**
   * Like child_process.spawn, inside this namespace. Throws a ClosedError after `close` or `delete`, ValidationError for a
   * user or group that does not exist.
   */
  spawn(command: string, args: readonly string[] = [], options: NamespaceSpawnOptions = {}): ChildProcess {
    return spawnInside(this, command, args, options);
  }

  /** Like child_process.fork, inside this namespace: a Node.js process with a message channel. */
  fork(
    modulePath: string | URL,
    args: readonly string[] = [],
    options: NamespaceForkOptions = {},
  ): ChildProcess {
    return forkInside(this, modulePath, args, options);
  }

  /**
   * A worker_threads.Worker whose thread is in this namespace, so that unmodified packages listen and connect inside. The
   * exception is Node.js's thread pool: `dns.lookup`, and so host names given to `net.connect` or `fetch`, are resolved in
   * the process's namespace. Throws a ClosedError after `close` or `delete`.
   */
  worker(file: string | URL, options: WorkerOptions = {}): Worker {
    return workerInside(this, file, options);
  }

  /**
   * Runs a command inside and waits for its end, like the promise form of child_process.execFile: a failure carries `code`,
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
   * Makes a net, http, https or http2 server listen inside, with the options of `server.listen`; resolves with it. Rejects
   * with Node.js's own errors (EADDRINUSE), a ClosedError after `close` or `delete`, or a ValidationError.
   */
  async listen<S extends net.Server>(server: S, options: ListenOptions): Promise<S> {
    return lazy.listen().listenInside(this, server, options);
  }

  /**
   * Like net.connect, from inside; also for `tls.connect({ socket })`. Failures are Node.js's own 'error' events, which also
   * name the namespace. Throws a ClosedError after `close` or `delete`.
   */
  connect(options: ConnectOptions, listener?: () => void): net.Socket {
    return lazy.connect().connectInside(this, options, listener);
  }

  /** Like dgram.createSocket; the socket binds, sends and joins inside. Throws a ClosedError after `close` or `delete`. */
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

  /** Like dns.lookup, with the namespace's own hosts file and DNS servers. Needs no `this`: `{ lookup: netns.lookup }`. */
  get lookup(): net.LookupFunction {
    return lookupOf(this);
  }

  /**
   * Moves an existing device into this namespace. The kernel takes it down and removes its addresses. `giveBack` and
   * `delete` move it back under its old name, and up if it was up; the caller adds its addresses and routes again. So does
   * an endpoint's namespace when another object or process detaches the endpoint. After `close`, or if this process is
   * killed, nobody does: when this namespace ends, the kernel moves physical devices to the initial namespace and deletes
   * virtual ones.
   *
   * Rejects with NetlinkError ENODEV if there is no such device, EEXIST if the name is taken inside, EINVAL for devices that
   * cannot be moved.
   */
  async take(ifname: string, options: TakeOptions = {}): Promise<void> {
    const { from, as } = checkTaking(ifname, options);
    if (from !== undefined) return takeDevice(this, ifname, { netns: from }, as);
    const netns = await NetworkNamespace.current();
    await takeDevice(this, ifname, { netns, close: () => netns.close() }, as);
  }

  /** Moves a device that this object took back to its namespace, by its name inside. Rejects with NetlinkError ENODEV. */
  async giveBack(ifname: string): Promise<void> {
    return giveBackDevice(this, ifname);
  }

  /**
   * Limits the rate of a device inside and adds delay, jitter and loss, in both directions or in each separately. The new
   * shape replaces the old one; null removes it. A rate needs tbf, the rest netem; incoming traffic is shaped on an ifb named
   * 'shapeN', where N is the device's index.
   *
   * Rejects with NetlinkError ENODEV if there is no such device, ENOENT if the kernel lacks a feature, which the message
   * names, EEXIST if the device has a qdisc of another owner. Nothing has changed then.
   */
  async shape(ifname: string, shape: LineShape | null): Promise<void> {
    return lazy.shape().shapeLink(this, ifname, shape);
  }

  /**
   * Removes the name, closes the descriptor and resolves when the kernel has removed the namespace with all its devices. A
   * namespace that is already gone is no error. Rejects with NetlinkError EBUSY if processes or descriptors still hold it,
   * and names them: the name is removed by then, and the kernel removes the namespace with its last user. Call it again to
   * retry.
   *
   * With `kill` the processes inside are killed first (SIGKILL; `killAll` before is gentler), and the workers that this
   * thread started there are terminated.
   *
   * Servers, sockets and monitors that this library opened inside are closed, connections by a reset. Devices that were
   * taken are moved back first; if one cannot be, because its old name is in use, the call rejects and nothing is deleted.
   * Deletions in one turn of the event loop are sent to the kernel together, which is much faster.
   */
  async delete(options: KillOptions = {}): Promise<void> {
    const kill = wantsKill(options, 'netns.delete');
    // A deletion in progress without `kill` may fail where this one would succeed.
    if (kill) await this.#deleted?.catch(() => undefined);
    return (this.#deleted ??= endNamespace(this, kill).catch((error: unknown) => {
      // The deletion can be retried.
      this.#deleted = undefined;
      throw error;
    }));
  }

  /**
   * Closes the descriptor. The namespace stays while it has a name or another user, such as a server or socket inside.
   */
  async close(): Promise<void> {
    await closeNamespace(this);
  }

  /** Deletes what this object created, closes what it opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#deleted) return this.#deleted;
    return this.#owned && this.fd >= 0 ? this.delete() : this.close();
  }
}
