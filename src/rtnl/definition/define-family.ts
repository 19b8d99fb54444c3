import type { NativeVerb } from '../../native/program';
import type { RequestPrinter } from '../commands/printer';
import type { Body } from '../types/common/body';

/**
 * One family of rtnetlink: its verbs, and additions to its attribute table, mostly conveniences of iproute2 that the
 * kernel lacks.
 */
export interface FamilyDefinition {
  /** The family's verbs, as in iproute2. */
  readonly verbs: readonly NativeVerb[];
  /** The command for a request. Absent in families that no plan changes. */
  readonly command?: RequestPrinter;
  /** Converts the caller's body for the codec. */
  prepare?(body: Body, verb: NativeVerb): Body;
  /** A key to omit from replies to the body. */
  leavesOut?(body: Body, verb: NativeVerb): string | undefined;
  /** Converts a kernel object for callers. */
  present?(object: Body): Body;
  /** True: the kernel answers a get only by a notification, which must be requested with echo. */
  readonly answersByEcho?: boolean;
  /** The remedy for a refusal without explanation, by body and error code. */
  hint?(body: Body, verb: NativeVerb, code: string): string | undefined;
  /** Names the object of a body in errors: 'veth0', '10.0.0.2/24 dev eth0'. */
  describe(body: Body): string;
}

/** A definition with the types of its verbs' bodies, and of the object in its replies. */
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
