import type { SetElement, SetShape } from '../values/elements';
import type { ValueNames } from '../values/values';

/** A set or map as used by rules. */
export interface KnownSet extends SetShape {
  readonly name: string;
  readonly objType?: string;
  readonly desc?: { readonly size?: number };
  readonly elements: readonly SetElement[];
}

/** The context of a rule's text. */
export interface RuleContext extends ValueNames {
  /** The table's family, which implies a header without a match. */
  readonly family: string;
  /** The sets of the table. Anonymous ones are written inline. */
  readonly set?: (name: string) => KnownSet | undefined;
}
