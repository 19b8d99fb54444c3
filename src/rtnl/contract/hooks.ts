import type { NativeVerb } from '../../native/contract';
import { word } from '../../base/format';

/** An object whose keys are known to the attribute tables only. */
export type Body = Readonly<Record<string, unknown>>;

/** What a family adds to its attribute tables: conveniences that iproute2 has and the kernel has not. */
export interface FamilyHooks {
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

/** The words 'key value' for those keys that the body has. */
export function words(body: Body, keys: readonly string[]): string {
  return keys.flatMap((key) => (body[key] === undefined ? [] : [`${key} ${word(body[key])}`])).join(' ');
}
