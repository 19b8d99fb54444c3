import type { NativeVerb } from '../../native/program';
import type { RequestPrinter } from '../commands/printer';
import type { Body } from '../types/common/body';

/**
 * One family of rtnetlink: its verbs, and what it adds to its attribute table, mostly conveniences that iproute2 has and the
 * kernel has not.
 */
export interface FamilyDefinition {
  /** iproute2's verbs that the family knows. */
  readonly verbs: readonly NativeVerb[];
  /** The command that a request stands for. Absent in families that no plan changes. */
  readonly command?: RequestPrinter;
  /** The caller's body as the codec takes it. */
  prepare?(body: Body, verb: NativeVerb): Body;
  /** A key that answers to the body are to be without. */
  leavesOut?(body: Body, verb: NativeVerb): string | undefined;
  /** An object of the kernel's as callers see it. */
  present?(object: Body): Body;
  /** True: the kernel answers a get only by its notification of it, which has to be asked for as an echo. */
  readonly answersByEcho?: boolean;
  /** What helps after the kernel's bare refusal of a body, by the code of its error. */
  hint?(body: Body, verb: NativeVerb, code: string): string | undefined;
  /** Names the object of a body, for errors: 'veth0', '10.0.0.2/24 dev eth0'. */
  describe(body: Body): string;
}

/** A definition with the types of the bodies that its verbs take, and of the object that it answers with. */
export interface Family<R, O> extends FamilyDefinition {
  /** Types only, never set. */
  readonly requests?: R;
  readonly object?: O;
}

export function defineFamily<R, O>(
  definition: FamilyDefinition & { readonly verbs: readonly (keyof R & NativeVerb)[] },
): Family<R, O> {
  return definition;
}
