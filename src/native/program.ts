import type { NamespaceHandle, SocketHandle } from './handles';

export type NativeVerb = 'add' | 'replace' | 'append' | 'set' | 'delete' | 'get' | 'list';

/**
 * One request: a family and verb of the attribute tables, and the object to encode by them. A body of bytes is sent
 * unchanged (fixed header and attributes). In a body, a namespace descriptor is a slot number.
 */
export interface NativeRequest {
  readonly family: string;
  readonly verb: NativeVerb;
  readonly body: object;
  /** Additional NLM_F_ flags: `NLM_F_ECHO` (0x8) makes the kernel return the object it created. */
  readonly flags?: number;
}

export interface NativeRequestStep extends NativeRequest {
  readonly op: 'request';
  readonly slot: number;
  /** True for get, list and echo: the answer is in {@link NativeResult.reply}. */
  readonly reply?: boolean;
  /** For a list: only objects whose prefix overlaps this network of 4 or 16 bytes. Others never reach JavaScript. */
  readonly overlapping?: { readonly network: Uint8Array; readonly prefix: number };
  /** Undoes the step: a request, or 'restore', which first reads the object by `undo.request`. */
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
  /** With an inode: only if the name refers to that namespace. */
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

/**
 * A namespace of a program. An empty slot is filled by a 'create' or 'open' step. Given sockets are used; others are
 * opened once.
 */
export interface NativeSlot {
  readonly netns?: NamespaceHandle;
  readonly route?: SocketHandle;
  readonly netfilter?: SocketHandle;
  /** The name of the namespace in traces. The addon ignores it. */
  readonly label?: string | undefined;
}

export interface NativeProgram {
  readonly slots: readonly NativeSlot[];
  readonly steps: readonly NativeStep[];
  /** True: stop at the first failure and undo everything. False: every step runs and has its own result. */
  readonly atomic: boolean;
  /** How long one request may go unanswered, in milliseconds. */
  readonly deadlineMs: number;
  /** True: more parts follow through {@link Binding.extend}; this one runs in the meantime. */
  readonly more?: boolean;
}

/** A further part of a program. Slot numbers continue, and atomicity covers the whole program. */
export type NativePart = Pick<NativeProgram, 'slots' | 'steps' | 'more'>;

/** An encoded request, except for values known only when it is sent. */
export interface EncodedRequest {
  readonly family: string;
  readonly verb: NativeVerb;
  /** One whole message, with sequence number and port 0. */
  readonly bytes: Uint8Array;
  /** Offsets at which to fill in the index of a device, and the descriptor of a slot's namespace. */
  readonly devices: readonly { readonly at: number; readonly name: string }[];
  readonly namespaces: readonly { readonly at: number; readonly slot: number }[];
}

/** An encoded part of a program: steps as numbers, then messages and texts, each in order. */
export interface EncodedPart extends Omit<NativePart, 'steps'> {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  readonly texts: readonly string[];
}

export type EncodedProgram = EncodedPart & Pick<NativeProgram, 'atomic' | 'deadlineMs'>;

export interface NativeFailure {
  readonly errno: number;
  /** The system call, or 'netlink' for a request that the kernel refused. */
  readonly call: string;
  /** The kernel's extended acknowledgement; empty if it gave none. */
  readonly text: string;
  /** The attribute that the kernel reported, as a path into the request's body; empty if none. */
  readonly path: string;
  /** The request of a transaction that failed; -1 if unknown or not a transaction. */
  readonly request: number;
}

export interface NativeResult {
  readonly done: boolean;
  readonly failure?: NativeFailure;
  /** The kernel's answer: concatenated whole messages, for decodeReply. */
  readonly reply?: Uint8Array;
  /** The dump was interrupted by a change (NLM_F_DUMP_INTR) at every attempt. */
  readonly interrupted?: boolean;
  readonly netns?: { readonly handle: NamespaceHandle; readonly fd: number; readonly cookie: bigint };
  readonly socket?: SocketHandle;
  /** The previous value of a sysctl. */
  readonly previous?: string;
}

/** The outcome of a program or of one of its parts. Steps are numbered across all parts. */
export interface NativeOutcome {
  readonly results: readonly NativeResult[];
  /** The number of the first step in `results`. */
  readonly first: number;
  /** False for a part that succeeded and is followed by others. */
  readonly last: boolean;
  /** The step that ended an atomic program; -1 if none did. */
  readonly failed: number;
  readonly aborted: boolean;
  readonly notUndone: readonly { readonly step: number; readonly failure: NativeFailure }[];
}
