import type { NamespaceHandle, SocketHandle } from './handles';

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
