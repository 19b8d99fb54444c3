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

/** Asks for confirmation before changes become final, as for changes that could cut the caller off. */
export interface ConfirmOptions {
  /**
   * Called when every step is done. True keeps the changes; they are undone if it returns false, rejects, or does not
   * answer in time.
   */
  readonly confirm?: () => Promise<boolean> | boolean;
  /**
   * Time allowed for the answer, in milliseconds; default 30,000. A native thread measures it, so everything is undone
   * even if JavaScript hangs. Nothing is undone if the process is killed.
   */
  readonly timeoutMs?: number;
}

/** Options of a plan's run. */
export interface PlanOptions extends ConfirmOptions {
  /** Aborts the plan and undoes it. */
  readonly signal?: AbortSignal;
}

/** The result of a successful plan. */
export interface PlanResult {
  /** Namespaces that its steps created or opened, by label. The caller must close or delete them. */
  readonly namespaces: Readonly<Record<string, NetworkNamespace>>;
  /** By step: the object that the kernel created, for steps with `echo`. */
  readonly replies: readonly (readonly object[] | undefined)[];
  /** Sockets of 'socket' steps, by label. */
  readonly sockets: Readonly<Record<string, SocketHandle>>;
  /** By step: the previous value of a sysctl. */
  readonly previous: Readonly<Record<number, string>>;
}
