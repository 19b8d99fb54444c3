/** The families of tables. */
export const TABLE_FAMILIES = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'] as const;
export type TableFamily = (typeof TABLE_FAMILIES)[number];

/** The table of an object. */
export interface InTable {
  readonly family: TableFamily;
  readonly table: string;
}

/** A name, or the kernel's number for the object. */
export type Named =
  { readonly name: string; readonly handle?: never } | { readonly handle: bigint; readonly name?: never };

/** The place of a rule; `position` is the rule after which to insert it, or before which if it is added to the head. */
export interface RulePlace extends InTable {
  readonly chain: string;
  readonly position?: bigint;
}

/**
 * `add` creates an object that must be new, as nft's `create`; it inserts a rule at the head of its chain, as
 * `nft insert rule`. `append` creates an object that may exist, and adds a rule at the end.
 */
export type Making = 'add' | 'append';

export interface Request<F extends string, V extends string, B> {
  readonly family: F;
  readonly verb: V;
  readonly body: B;
}
