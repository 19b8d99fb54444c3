import type { SocketHandle } from '../../native/handles';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Step } from './step';

/** What a plan works on. */
export interface PlanSpec {
  /** Namespaces that exist, by the label that the steps use. */
  readonly namespaces?: Readonly<Record<string, NetworkNamespace>>;
  /** Sockets to use in a namespace instead of opening new ones, by the namespace's label. */
  readonly sockets?: Readonly<Record<string, PlanSockets>>;
  readonly steps: readonly Step[];
}

export interface PlanSockets {
  readonly route?: SocketHandle;
  readonly netfilter?: SocketHandle;
}

/** Asks for an answer before what was done is final, as for changes that could cut the caller off. */
export interface ConfirmOptions {
  /**
   * Called when every step is done. True keeps what was done; everything is taken back if it answers false or rejects,
   * or does not answer in time.
   */
  readonly confirm?: () => Promise<boolean> | boolean;
  /**
   * How long the answer may take, in milliseconds; default 30,000. A native thread keeps this time, so that everything is
   * taken back as well if JavaScript hangs. A process that is killed takes nothing back.
   */
  readonly timeoutMs?: number;
}

/** How a plan is carried out. */
export interface PlanOptions extends ConfirmOptions {
  /** Aborts the plan and takes back what was done. */
  readonly signal?: AbortSignal;
}

/** What a plan that succeeded leaves in the caller's hands. */
export interface PlanResult {
  /** Namespaces that its steps created or opened, by label. They are the caller's to close or delete. */
  readonly namespaces: Readonly<Record<string, NetworkNamespace>>;
  /** By step: what the kernel made, for steps with `echo`. */
  readonly replies: readonly (readonly object[] | undefined)[];
  /** Sockets of 'socket' steps, by label. */
  readonly sockets: Readonly<Record<string, SocketHandle>>;
  /** By step: the value of a sysctl before. */
  readonly previous: Readonly<Record<number, string>>;
}
