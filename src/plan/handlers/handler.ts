import type { ErrorPlace } from '../../errors/errors';
import type { NativeFailure, NativeResult, NativeStep } from '../../native/program';
import type { SocketHandle } from '../../native/handles';
import type { NetworkNamespace } from '../../netns/namespace';
import type { NamespaceResolver } from '../../rtnl/request';
import type { Step } from '../spec/step';
import type { Fields } from './fields';

/** Everything that the library knows about the steps of one operation, or of one family of operations. */
export interface StepHandler<S extends Step = Step> {
  /** The fields that the step can have. */
  readonly fields: Fields;
  /** The executor's form of the step. Pure. Throws a ValidationError for an invalid step. */
  compile(step: S, labels: Labels): NativeStep;
  /** The shell commands that do the same. */
  explain(step: S, names: ShellNames): readonly string[];
  /** What errors say about the step besides its operation. */
  describe?(step: S): Pick<ErrorPlace, 'object' | 'hint'>;
  /** The object of a failure of one part of the step, if it has parts. */
  failedPart?(step: S, failure: NativeFailure): string | undefined;
  /** Whether a completed step cannot be undone. Absent: it can. */
  irreversible?(step: S): boolean;
  /** Whether a completed step is left as it is by the plan's choice, when the plan is undone. Absent: it is undone. */
  leavesUndone?(step: S): boolean;
  /** The step creates the namespace of its label. */
  readonly createsNamespace?: boolean;
  /** Adds the result of a completed step to those of the plan. */
  record?(step: S, result: NativeResult, results: StepResults, index: number): void;
  /** The objects in the kernel's answer. */
  reply?(step: S, messages: Uint8Array): object[];
  /** The plan's caller gets a result of this step. Chunks from step templates record namespaces only. */
  keepsResult?(step: S): boolean;
  /** Set for steps that JavaScript runs, not the executor. */
  readonly outside?: OutsideRun<S>;
}

/** The slots of a plan's namespaces, by label. Each method throws a ValidationError for a label that does not fit. */
export interface Labels {
  /** A new slot. */
  add(label: string): number;
  slot(label: string): number;
  /** The slot of a namespace that the plan is given. */
  given(label: string): number;
  readonly resolve: NamespaceResolver;
}

/** The results of a plan, step by step. */
export interface StepResults {
  readonly namespaces: Record<string, NetworkNamespace>;
  readonly sockets: Record<string, SocketHandle>;
  readonly previous: Record<number, string>;
}

/** The names of namespaces in shell commands. */
export interface ShellNames {
  /** A namespace without a name is called by its label. */
  of(label: string): string;
  set(label: string, name: string): void;
}

/** How JavaScript runs a step. Its namespace is a given one, and it needs nothing from other steps. */
export interface OutsideRun<S extends Step = Step> {
  /** Before the executor's steps; or after them, in place of a confirmation, while the executor can still undo them. */
  readonly when: 'before' | 'after';
  run(step: S, context: OutsideContext): Promise<void>;
  /** How long the step may take, in milliseconds. Needed for steps that run after the executor's. */
  deadlineMs?(step: S): number;
}

export interface OutsideContext {
  /** The number of the step. */
  readonly index: number;
  readonly namespace: NetworkNamespace;
  /** Registers how to undo the step; it is not asked for if the step is irreversible. `undo` rejects if it is refused. */
  readonly onUndo: (undo: () => Promise<unknown>) => void;
}

/** The executor's form of a step that JavaScript runs: an empty transaction, so that the steps keep their numbers. */
export function placeholder({ netns }: { readonly netns: string }, labels: Labels): NativeStep {
  return { op: 'transaction', slot: labels.given(netns), requests: [] };
}
