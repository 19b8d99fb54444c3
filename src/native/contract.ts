import type { NamespaceHandle, SocketHandle, MonitorHandle, LockHandle } from './handles';
import type { Schema } from './schema';
import type { NativeOutcome, EncodedProgram, EncodedPart } from './program';
/**
 * The addon's interface. JavaScript owns names, defaults, validation and error classes; C++ owns descriptors, threads
 * and state. Failures cross the boundary as plain fields.
 */

export interface NativeEvent {
  /** The kernel's message, for decodeMessage; absent if `lost` is set. */
  readonly message?: Uint8Array;
  /** 'resync' after the kernel dropped events, 'end' after the monitor failed or was closed. */
  readonly lost?: 'resync' | 'end';
  /** With `allNamespaces`: the id of the namespace where the event happened; absent for the monitor's own. */
  readonly nsid?: number;
  readonly errno?: number;
}

/** An internet socket to open. */
export interface InetSocket {
  readonly type: 'udp' | 'tcp';
  /**
   * A literal address, which determines the socket's family. A zone, as in 'fe80::1%eth0', binds the socket to that
   * device.
   */
  readonly address: string;
  /** 0 lets the kernel choose. If absent, the socket is not bound, and the address only determines the family. */
  readonly port?: number;
  readonly reuseAddress?: boolean;
  readonly reusePort?: boolean;
  readonly ipv6Only?: boolean;
  /** For a stream socket: makes it listen. */
  readonly backlog?: number;
}

/** A socket that accepts traffic from any peer: a listening TCP socket, or a UDP socket that is bound and not connected. */
export interface BoundSocket {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** Bound to '::' and also accepts IPv4. */
  readonly both: boolean;
}

export interface ProgramCallbacks {
  /** Called for each part that succeeded, and with the outcome of the last part or of the failure. */
  readonly done: (outcome: NativeOutcome) => void;
  /** Called each time a 'confirm' step begins to wait. */
  readonly waits?: (() => void) | undefined;
  /**
   * Takes dump replies as they arrive, instead of {@link NativeResult.reply}. `messages` holds whole messages of a step
   * and is valid until the call returns. Empty `messages`: those received so far are void, and the dump is repeated.
   */
  readonly reply?: ((step: number, messages: Uint8Array) => void) | undefined;
}

export interface Binding {
  /** The attribute tables as data. */
  schema(): Schema;

  /**
   * Announces a program that will create this many namespaces: the executor creates the first few in advance. Returns
   * the job under which to run the program.
   */
  prefetch(namespaces: number): number;
  /** The announced program will not be run. Ignored for a job that has begun. */
  cancelPrefetch(job: number): void;
  /** Passes a program to the environment's executor. `prefetched`: a job of {@link Binding.prefetch}. */
  run(program: EncodedProgram, callbacks: ProgramCallbacks, prefetched?: number): number;
  /** Adds a part to a running program. Ignored for one that has ended. */
  extend(job: number, part: EncodedPart): void;
  /** Continues a program that waits in a 'confirm' step. Ignored for one that does not wait or has ended. */
  confirm(job: number): void;
  /** Asks a running program to stop and undo; its outcome has `aborted`. Ignored for one that has ended. */
  abort(job: number): void;

  /**
   * Runs the transactions of a program one after another, synchronously: for the end of the process, when the executor
   * has stopped. Throws for the first one that fails; later ones are not run.
   */
  transactNow(program: EncodedProgram): void;

  /** The calling thread's namespace. */
  current(): { handle: NamespaceHandle; fd: number; cookie: bigint };
  /** The handle's descriptor, or -1 after close. */
  fdOf(handle: NamespaceHandle): number;
  close(handle: NamespaceHandle | SocketHandle | MonitorHandle | LockHandle): void;
  /**
   * Calls `body` with the calling thread inside the namespace, then returns the thread. `body` must not await. If the
   * thread cannot return, the process is aborted: its code would run in the wrong namespace.
   */
  within<T>(handle: NamespaceHandle, body: () => T): T;
  /**
   * Moves the calling thread into the namespace; only another call moves it back. Only for test runner integrations,
   * which keep a thread inside while tests run on it.
   */
  enter(handle: NamespaceHandle): void;
  /** Opens an internet socket in the calling thread's namespace. Returns its descriptor, which the caller must close. */
  inetSocket(wanted: InetSocket): number;
  /**
   * The {@link BoundSocket}s of these protocols in the calling thread's namespace. Fails with ENOENT if the kernel
   * lacks socket diagnostics (CONFIG_INET_DIAG, CONFIG_INET_UDP_DIAG).
   */
  boundSockets(protocols: { tcp: boolean; udp: boolean }): readonly BoundSocket[];
  /**
   * The cookies of the namespaces of a process's sockets, by descriptor; 0n for a descriptor that is closed by now or
   * not accessible. Needs pidfd_getfd (Linux 5.6).
   */
  socketNamespaces(pid: number, descriptors: readonly number[]): readonly bigint[];
  /** Shuts down those connections among this process's descriptors that belong to the namespace with this cookie. */
  shutDown(descriptors: readonly number[], cookie: bigint): void;
  /** Makes closing this descriptor reset its connection, in any state. */
  resetOnClose(fd: number): void;
  /** Locks a directory (flock) without waiting; undefined if someone else holds the lock. */
  lock(directory: string): LockHandle | undefined;
  /**
   * Signals that the caller is alive by a read lock on one byte of an existing directory. Processes in any PID
   * namespace can see the lock; the kernel removes it when its holder ends. `place` distinguishes the directory from a
   * later one at the same path.
   */
  takeLivenessLock(directory: string, byte: number): { handle: LockHandle; place: string };
  /** Whether anyone holds that byte of the directory. */
  readLivenessLock(directory: string, byte: number): { isHeld: boolean; place: string };
  /**
   * Whether the network namespace with this cookie and inode still exists; undefined if unknown: before Linux 6.18, or
   * without CAP_DAC_READ_SEARCH.
   */
  namespaceExists(cookie: bigint, inode: number): boolean | undefined;
  /** The maximum number of descriptors of this process (RLIMIT_NOFILE); undefined: unlimited. */
  openFiles(): number | undefined;
  /** A user by name or number, with all groups; undefined if there is none. Uses the system's name services. */
  user(user: string | number): { uid: number; gid: number; groups: readonly number[] } | undefined;
  group(name: string): number | undefined;
  /**
   * Closes the handles and reports, by index, the namespaces that the kernel has removed with their devices. `done` is
   * called repeatedly until all are reported. The last call may list those still held at the deadline, or give the
   * errno for which the rest cannot be observed.
   */
  release(
    handles: readonly NamespaceHandle[],
    deadlineMs: number,
    done: (gone: readonly number[], held: readonly number[], errno: number) => void,
  ): void;

  /** Subscribes a socket in that namespace to rtnetlink groups (RTNLGRP_ numbers). */
  monitor(
    netns: NamespaceHandle,
    protocol: 'route' | 'netfilter',
    groups: readonly number[],
    options: { allNamespaces: boolean; receiveBuffer: number },
    done: (errno: number, monitor: MonitorHandle | undefined) => void,
  ): void;
  /**
   * Calls `done` with the next events, once there is at least one. One read at a time. With `keepsAlive` false, the
   * process may exit while the read waits.
   */
  read(monitor: MonitorHandle, done: (events: readonly NativeEvent[]) => void, keepsAlive?: boolean): void;

  /**
   * Undoes running programs and ends the executor's thread, within five seconds. Afterwards no callback is called, and
   * every call that needs the executor throws.
   */
  stop(): void;
}
