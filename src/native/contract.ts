/**
 * The addon's contract: everything that JavaScript can ask of it. JavaScript owns names, defaults, validation and
 * error classes; C++ owns descriptors, threads and state. Failures cross the border as plain fields.
 */
import path from 'node:path';
import load from 'node-gyp-build';
import { packageRoot } from '../base/package-root';

/** An open network namespace. The addon closes it on {@link Binding.close}, or when the handle is collected. */
export interface NamespaceHandle {
  readonly namespaceHandle: unique symbol;
}

/** A netlink socket that outlives a program; closed in the same way. */
export interface SocketHandle {
  readonly socketHandle: unique symbol;
}

/** A multicast subscription, read by {@link Binding.read}; closed in the same way. */
export interface MonitorHandle {
  readonly monitorHandle: unique symbol;
}

/** A lock on a directory, or a sign of life in one. Ends when it is closed or collected, and with its environment. */
export interface LockHandle {
  readonly lockHandle: unique symbol;
}

export type NativeVerb = 'add' | 'replace' | 'append' | 'set' | 'delete' | 'get' | 'list';

/**
 * One request: a family and verb of the attribute tables and the object to encode by them. A body of bytes is sent as
 * it stands (fixed header and attributes). In a body, a namespace descriptor is the number of a slot.
 */
export interface NativeRequest {
  readonly family: string;
  readonly verb: NativeVerb;
  readonly body: object;
  /** Further NLM_F_ flags by number: `NLM_F_ECHO` (0x8) has the kernel send back what it made. */
  readonly flags?: number;
}

export interface NativeRequestStep extends NativeRequest {
  readonly op: 'request';
  readonly slot: number;
  /** True for get, list and echo: the answer comes as {@link NativeResult.reply}. */
  readonly reply?: boolean;
  /** Of a list: only objects whose prefix overlaps this network, of 4 or 16 bytes. The others never reach JavaScript. */
  readonly overlapping?: { readonly network: Uint8Array; readonly prefix: number };
  /** What takes the step back: a request, or 'restore', which reads the object by `undo.request` first. */
  readonly undo?: {
    readonly mode: 'inverse' | 'restore';
    readonly slot?: number;
    readonly request: NativeRequest;
  };
}

export interface NativeTransactionStep {
  readonly op: 'transaction';
  readonly slot: number;
  readonly requests: readonly NativeRequest[];
  readonly inverse?: readonly NativeRequest[];
}

export type NativeStep =
  | NativeRequestStep
  | NativeTransactionStep
  | { readonly op: 'create'; readonly slot: number; readonly path?: string }
  | { readonly op: 'open'; readonly slot: number; readonly path: string }
  /** With an inode, only if the name means that namespace. */
  | { readonly op: 'unpin'; readonly path: string; readonly inode?: number }
  | { readonly op: 'sysctl'; readonly slot: number; readonly path: string; readonly value: string }
  | {
      readonly op: 'socket';
      readonly slot: number;
      readonly protocol: 'route' | 'netfilter';
      readonly receiveBuffer?: number;
    }
  /** Waits for {@link Binding.confirm}; fails with ETIMEDOUT otherwise. */
  | { readonly op: 'confirm'; readonly timeoutMs: number };

/** A namespace of a program. Empty: a 'create' or 'open' step fills it. Sockets are used if given, else opened once. */
export interface NativeSlot {
  readonly netns?: NamespaceHandle;
  readonly route?: SocketHandle;
  readonly netfilter?: SocketHandle;
}

export interface NativeProgram {
  readonly slots: readonly NativeSlot[];
  readonly steps: readonly NativeStep[];
  /** True: stop at the first failure and undo everything. False: every step runs and has its own result. */
  readonly atomic: boolean;
  /** How long one request may stay unanswered, in milliseconds. */
  readonly deadlineMs: number;
  /** True: parts follow, given to {@link Binding.extend}; this one is carried out meanwhile. */
  readonly more?: boolean;
}

/** A further part of a program: its slots are numbered on, and what is atomic is the whole. */
export type NativePart = Pick<NativeProgram, 'slots' | 'steps' | 'more'>;

/** A request as bytes, but for what is known only when it is sent. */
export interface EncodedRequest {
  readonly family: string;
  readonly verb: NativeVerb;
  /** One whole message, with sequence number and port 0. */
  readonly bytes: Uint8Array;
  /** Where the index of a device is to be filled in, and where the descriptor of a slot's namespace. */
  readonly devices: readonly { readonly at: number; readonly name: string }[];
  readonly namespaces: readonly { readonly at: number; readonly slot: number }[];
}

/** A part of a program as it crosses the border: its steps as numbers, the bytes of messages and texts, each in order. */
export interface EncodedPart extends Omit<NativePart, 'steps'> {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly texts: readonly string[];
}

export type EncodedProgram = EncodedPart & Pick<NativeProgram, 'atomic' | 'deadlineMs'>;

export interface NativeFailure {
  readonly errno: number;
  /** The system call, or 'netlink' for the kernel's answer to a request. */
  readonly call: string;
  /** The kernel's extended acknowledgement; empty if it gave none. */
  readonly text: string;
  /** The attribute that the kernel pointed at, as a path into the request's body; empty if it gave none. */
  readonly path: string;
  /** Which request of a transaction failed; -1 if unknown or not a transaction. */
  readonly request: number;
}

export interface NativeResult {
  readonly done: boolean;
  readonly failure?: NativeFailure;
  /** What the kernel answered: whole messages, one after another, to be read by decodeReply. */
  readonly reply?: Uint8Array;
  /** The dump was changed under its reader (NLM_F_DUMP_INTR) at every repetition. */
  readonly interrupted?: boolean;
  readonly netns?: { readonly handle: NamespaceHandle; readonly fd: number; readonly cookie: bigint };
  readonly socket?: SocketHandle;
  /** The value of a sysctl before. */
  readonly previous?: string;
}

/** What came of a program, or of one of its parts. Steps are numbered through all parts. */
export interface NativeOutcome {
  readonly results: readonly NativeResult[];
  /** The number of the step that `results` begins with. */
  readonly first: number;
  /** False of a part that was done and is followed by others. */
  readonly last: boolean;
  /** The step that ended an atomic program; -1 if none did. */
  readonly failed: number;
  readonly aborted: boolean;
  readonly notUndone: readonly { readonly step: number; readonly failure: NativeFailure }[];
}

export interface NativeEvent {
  /** The kernel's message, to be read by decodeMessage; instead of it `lost`. */
  readonly message?: Uint8Array;
  /** 'resync' after the kernel dropped events, 'end' after the monitor failed or was closed. */
  readonly lost?: 'resync' | 'end';
  /** Under `allNamespaces`: the id of the namespace in which it happened, absent for the monitor's own. */
  readonly nsid?: number;
  readonly errno?: number;
}

/** One row of an attribute table, as {@link Binding.schema} tells it. */
export interface SchemaRow {
  readonly type: number;
  readonly key: string;
  readonly kind: string;
  readonly arg: number;
  readonly access: 'both' | 'reply' | 'request';
  /** Name of the nested table. */
  readonly nest?: string;
  readonly names?: { readonly bitmask: boolean; readonly values: Readonly<Record<string, number>> };
  readonly selector?: string;
  readonly variants?: Readonly<Record<string, string>>;
}
export interface Schema {
  readonly families: Readonly<
    Record<
      string,
      {
        readonly table: string;
        readonly protocol: number;
        readonly newType: number;
        readonly deleteType: number;
        readonly getType: number;
        readonly addressFamily: number;
        /** Of generic netlink: the family's name there; the types are its commands. */
        readonly generic?: string;
        readonly identity: readonly string[];
      }
    >
  >;
  readonly tables: Readonly<
    Record<
      string,
      {
        readonly headerSize: number;
        /** Of the u8 in the header that takes the address family of the first address encoded; -1 if there is none. */
        readonly familyOffset: number;
        /** Of the u32 in the header that collects the mask of the bits written; -1 if there is none. */
        readonly changeOffset: number;
        readonly header: readonly SchemaRow[];
        readonly attrs: readonly SchemaRow[];
      }
    >
  >;
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

/** The executable that prepares a child process before its command; it lies beside the addon, wherever that is. */
export function launcherPath(): string {
  return path.join(path.dirname(load.resolve(packageRoot)), 'launcher');
}

/** Loads the addon: a prebuilt one of the package, or one built from source. Says what helps where there is none. */
export function loadBinding(): Binding {
  try {
    return load(packageRoot) as Binding; // The addon's exports are this interface: the only cast in the library.
  } catch (cause) {
    throw new Error(explainLoadFailure(cause as Error), { cause });
  }
}

function explainLoadFailure(cause: Error): string {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const libc = report.header.glibcVersionRuntime;
  const found = `${process.platform}-${process.arch}, ${libc === undefined ? 'musl' : `glibc ${libc}`}, Node.js ${process.version}`;
  return [
    `netloom could not load its native addon on ${found}: ${cause.message.split('\n')[0] ?? ''}`,
    process.platform === 'linux'
      ? `Needed: a prebuilt addon for this system under ${packageRoot}/prebuilds, or a C++20 compiler, make and python3 to build one:`
      : 'netloom speaks to the Linux kernel and runs on Linux only: use a Linux machine, container or virtual machine.',
    ...(process.platform === 'linux' ? [`  cd ${packageRoot} && npx node-gyp rebuild`] : []),
  ].join('\n');
}
