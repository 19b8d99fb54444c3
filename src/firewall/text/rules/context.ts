import type { SetElement, SetShape } from '../values/elements';
import type { ValueNames } from '../values/values';

/** A set or map as rules use it. */
export interface KnownSet extends SetShape {
  readonly name: string;
  readonly objType?: string;
  readonly desc?: { readonly size?: number };
  readonly elements: readonly SetElement[];
}

/** What the words of a rule depend on beside itself. */
export interface RuleContext extends ValueNames {
  /** That of the table; by it a header is known without a match. */
  readonly family: string;
  /** The sets of the table. Those without a name are written out. */
  readonly set?: (name: string) => KnownSet | undefined;
}
