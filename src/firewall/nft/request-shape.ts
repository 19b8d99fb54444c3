/** The families of tables. */
export type TableFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

/** In which table. */
export interface InTable {
  readonly family: TableFamily;
  readonly table: string;
}

/** A name, or the kernel's number for the object. */
export type Named =
  { readonly name: string; readonly handle?: never } | { readonly handle: bigint; readonly name?: never };

/** Where a rule stands; `position` is the rule that it comes behind, or in front of where it is added to the head. */
export interface RulePlace extends InTable {
  readonly chain: string;
  readonly position?: bigint;
}

/**
 * `add` makes what must be new, as nft's `create`; of rules it puts one in front of its chain's others, as `nft insert rule`
 * does. `append` makes what may be there already, and puts a rule behind the others.
 */
export type Making = 'add' | 'append';

export interface Request<F extends string, V extends string, B> {
  readonly family: F;
  readonly verb: V;
  readonly body: B;
}
