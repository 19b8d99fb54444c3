import type { NetlinkProtocol } from '../native/protocols';
import type { NativeVerb } from '../native/program';

/** What all events have in common. */
interface Traced {
  /** Milliseconds since 1970, with fractions. */
  readonly time: number;
}

/** Published on the diagnostics channel `netloom:plan` when a plan begins, and when it ends. */
export type TracedPlan = Traced & {
  /** The number of the plan in this thread. */
  readonly plan: number;
} & (
    | { readonly event: 'begin' }
    /** `steps`: how many were done. */
    | { readonly event: 'done'; readonly steps: number; readonly durationMs: number }
    /** The plan failed or was aborted. The steps that were done are undone. */
    | {
        readonly event: 'undone';
        readonly steps: number;
        readonly durationMs: number;
        readonly error: unknown;
      }
  );

/**
 * Published on the diagnostics channel `netloom:step` for each step of a plan, when the executor reports it: at the end
 * of the plan, or of each chunk of a long one. Steps that other programs carry out, iptables and Open vSwitch, are
 * published when these are done.
 */
export interface TracedStep extends Traced {
  readonly plan: number;
  /** Its position in the plan. */
  readonly step: number;
  readonly op: string;
  /** The label of its namespace in the plan. */
  readonly netns?: string | undefined;
  /** 'veth0', '10.0.0.2/24 dev eth0'. */
  readonly object?: string | undefined;
  readonly result: 'done' | 'failed' | 'undone' | 'not undone';
  /** The symbolic error of a failure: 'EEXIST'. */
  readonly code?: string | undefined;
}

/** Where a message was sent or received. */
export interface TracedPlace extends Traced {
  readonly protocol: NetlinkProtocol;
  /** The label of the namespace in its plan, or its name. */
  readonly netns?: string | undefined;
  /** The inode of the namespace, as in `ls -l /proc/self/ns/net`. Unknown for a socket whose namespace is closed. */
  readonly inode?: number | undefined;
  /** The plan whose step it belongs to. */
  readonly plan?: number | undefined;
  /** The step of that plan, or the request of that batch. */
  readonly step?: number | undefined;
}

/** What a request is about. */
export interface TracedRequest extends TracedPlace {
  /** The kind of object by the attribute tables: 'link', 'addr', 'nftRule'. */
  readonly family: string;
  readonly verb: NativeVerb;
  /** The request reads the object first, so that the step can be undone; or it undoes the step. */
  readonly undo?: 'read' | 'inverse';
}

/** Published on the diagnostics channel `netloom:message` for netlink messages, decoded by the attribute tables. */
export type TracedMessage =
  /** A request, when it is passed to the executor. A request after one that failed has no answer: it may not be sent. */
  | (TracedRequest & {
      readonly direction: 'sent';
      readonly kind: 'request';
      /** The message type and the NLM_F_ flags of its header. */
      readonly type: number;
      readonly flags: number;
      readonly body: object;
    })
  /** An object in the answer to a request. */
  | (TracedRequest & { readonly direction: 'received'; readonly kind: 'object'; readonly body: object })
  /** The request succeeded. `durationMs` is the time since the program with the request was passed to the executor. */
  | (TracedRequest & {
      readonly direction: 'received';
      readonly kind: 'done';
      readonly durationMs: number;
    })
  /** The request failed: by the kernel's answer, or by a system call before it was sent. */
  | (TracedRequest & {
      readonly direction: 'received';
      readonly kind: 'error';
      readonly durationMs: number;
      readonly code: string;
      /** 'netlink' for the kernel's answer. */
      readonly call: string;
      /** The kernel's explanation, and the attribute that it reported; empty if it gave none. */
      readonly text: string;
      readonly path: string;
    })
  /** A change that a monitor received. */
  | (TracedPlace & {
      readonly direction: 'received';
      readonly kind: 'event';
      /** For a monitor of all namespaces: the id of the one where it happened. */
      readonly nsid?: number | undefined;
      readonly family: string;
      readonly action: 'new' | 'delete';
      readonly body: object;
    });

/** Published on the diagnostics channel `netloom:lock` when the lock of the state directory is taken and released. */
export interface TracedLock extends Traced {
  readonly event: 'locked' | 'released';
  readonly directory: string;
  /** How long this process waited for the lock, or had it. */
  readonly durationMs: number;
}
