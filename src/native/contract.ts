import type { NamespaceHandle, SocketHandle, MonitorHandle, LockHandle } from './handles';
import type { Schema } from './schema';
import type { NativeOutcome, EncodedProgram, EncodedPart } from './program';
/**
 * The addon's contract: everything that JavaScript can ask of it. JavaScript owns names, defaults, validation and
 * error classes; C++ owns descriptors, threads and state. Failures cross the border as plain fields.
 */

export interface NativeEvent {
  /** The kernel's message, to be read by decodeMessage; instead of it `lost`. */
  readonly message?: Uint8Array;
  /** 'resync' after the kernel dropped events, 'end' after the monitor failed or was closed. */
  readonly lost?: 'resync' | 'end';
  /** Under `allNamespaces`: the id of the namespace in which it happened, absent for the monitor's own. */
  readonly nsid?: number;
  readonly errno?: number;
}

/** An internet socket to open. */
export interface InetSocket {
  readonly type: 'udp' | 'tcp';
  /** A literal, whose family is the socket's. A device behind it, as in 'fe80::1%eth0', ties the socket to that device. */
  readonly address: string;
  /** 0 lets the kernel choose. Without one the socket is not bound, and the address tells its family alone. */
  readonly port?: number;
  readonly reuseAddress?: boolean;
  readonly reusePort?: boolean;
  readonly ipv6Only?: boolean;
  /** Of a stream socket that is to listen. */
  readonly backlog?: number;
}

/** A socket that waits for strangers: a TCP socket that listens, or a UDP socket that is bound and not connected. */
export interface BoundSocket {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** Bound to '::' and open to IPv4 as well. */
  readonly both: boolean;
}

export interface ProgramCallbacks {
  /** Called once for each part that was done, and with the outcome of the last one or of the failure. */
  readonly done: (outcome: NativeOutcome) => void;
  /** Called whenever a 'confirm' step begins to wait. */
  readonly waits?: (() => void) | undefined;
  /**
   * Takes the answers to dumps as they arrive, instead of {@link NativeResult.reply}: whole messages of a step, lent until it
   * returns, or no byte if those so far do not count, because the kernel is asked again.
   */
  readonly reply?: ((step: number, messages: Uint8Array) => void) | undefined;
}

export interface Binding {
  /** The attribute tables as data. */
  schema(): Schema;

  /**
   * Announces a program that will create so many namespaces: the executor creates the first few meanwhile. Returns the job to run
   * the program under.
   */
  prefetch(namespaces: number): number;
  /** The announced program will not come. Ignored for a job that has begun. */
  cancelPrefetch(job: number): void;
  /** Takes a program and hands it to the environment's executor. `prefetched`: a job of {@link Binding.prefetch}. */
  run(program: EncodedProgram, callbacks: ProgramCallbacks, prefetched?: number): number;
  /** Takes a further part of a running program; one that has ended ignores it. */
  extend(job: number, part: EncodedPart): void;
  /** Lets a program that waits in a 'confirm' step go on; one that does not wait, or has ended, is ignored. */
  confirm(job: number): void;
  /** Asks a running program to stop and undo; its outcome says `aborted`. A finished one is ignored. */
  abort(job: number): void;

  /**
   * Carries the transactions of a program out one after another, and waits for each: for the end of the process, when the executor
   * has ended. Throws for the first that is refused; those behind it are not carried out.
   */
  transactNow(program: EncodedProgram): void;

  /** The calling thread's namespace. */
  current(): { handle: NamespaceHandle; fd: number; cookie: bigint };
  /** The handle's descriptor, or -1 after close. */
  fdOf(handle: NamespaceHandle): number;
  close(handle: NamespaceHandle | SocketHandle | MonitorHandle | LockHandle): void;
  /**
   * Calls `body` with the calling thread inside the namespace, then brings it back. Nothing in `body` may await. If the
   * way back is barred the process is aborted: it could only go on in the wrong place.
   */
  within<T>(handle: NamespaceHandle, body: () => T): T;
  /**
   * Moves the calling thread into the namespace, for good: the way back is another call. Only for the helpers of test
   * runners, which keep a thread inside while tests run on it.
   */
  enter(handle: NamespaceHandle): void;
  /** Opens an internet socket in the calling thread's namespace. Returns its descriptor, which is the caller's. */
  inetSocket(wanted: InetSocket): number;
  /**
   * The sockets of the calling thread's namespace that wait for strangers, of these protocols. Fails with ENOENT where the
   * kernel has no diagnostics of them (CONFIG_INET_DIAG, CONFIG_INET_UDP_DIAG).
   */
  boundSockets(protocols: { tcp: boolean; udp: boolean }): readonly BoundSocket[];
  /**
   * The cookies of the namespaces that descriptors of a process, its sockets, belong to; 0n for those that are closed by now
   * or may not be looked at. Takes pidfd_getfd (Linux 5.6).
   */
  socketNamespaces(pid: number, descriptors: readonly number[]): readonly bigint[];
  /** Shuts down the connections among these descriptors of this process that belong to the namespace of that cookie. */
  shutDown(descriptors: readonly number[], cookie: bigint): void;
  /** The connection behind a descriptor of this process is reset when it is closed, whatever its state. */
  resetOnClose(fd: number): void;
  /** Locks a directory (flock) without waiting; undefined if another has it locked. */
  lock(directory: string): LockHandle | undefined;
  /**
   * Gives a sign of life by a byte of a directory that exists, for others to find in any PID namespace: a read lock, which the
   * kernel ends with its holder. `place` tells the directory from another that has its path later.
   */
  showLife(directory: string, byte: number): { handle: LockHandle; place: string };
  /** Whether anybody shows life by that byte of the directory. */
  seekLife(directory: string, byte: number): { lives: boolean; place: string };
  /**
   * Whether the network namespace of that cookie and inode is still there; undefined where that cannot be told: before Linux 6.18,
   * and without CAP_DAC_READ_SEARCH.
   */
  seekNamespace(cookie: bigint, inode: number): boolean | undefined;
  /** How many descriptors this process may have (RLIMIT_NOFILE); undefined: as many as it wants. */
  openFiles(): number | undefined;
  /** A user by name or number, with all of its groups; undefined if there is none. Asks the system's name services. */
  user(user: string | number): { uid: number; gid: number; groups: readonly number[] } | undefined;
  group(name: string): number | undefined;
  /**
   * Gives namespaces up (closes the handles) and tells, by index, which of them the kernel has taken apart, with the
   * devices in them. `done` is called as they go, until all are told; the last call may have those that something else
   * still held at the deadline, or the errno for which the rest cannot be observed.
   */
  release(
    handles: readonly NamespaceHandle[],
    deadlineMs: number,
    done: (gone: readonly number[], held: readonly number[], errno: number) => void,
  ): void;

  /** Subscribes a socket of that namespace to rtnetlink groups (RTNLGRP_ numbers). */
  monitor(
    netns: NamespaceHandle,
    protocol: 'route' | 'netfilter',
    groups: readonly number[],
    options: { allNamespaces: boolean; receiveBuffer: number },
    done: (errno: number, monitor: MonitorHandle | undefined) => void,
  ): void;
  /**
   * Calls `done` with the next events, as soon as there is at least one. One read at a time. With `keepsAlive` false the
   * process may end while it waits.
   */
  read(monitor: MonitorHandle, done: (events: readonly NativeEvent[]) => void, keepsAlive?: boolean): void;

  /**
   * Takes back the programs under way and ends the executor's thread, within five seconds. Afterwards nothing is called
   * back and all that needs the executor throws.
   */
  stop(): void;
}
