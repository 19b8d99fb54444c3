import type { ObjectData } from './object-types';
import type { RegisterData, RuleExpression } from './rule-types';
import type { InTable, Making, Named, Request, RulePlace, TableFamily } from './request-shape';
import type { FirewallHook } from './ruleset';

export interface TableBody {
  readonly family: TableFamily;
  readonly name: string;
  /**
   * `owner`: the table can be changed only through the socket that created it, and is removed with that socket. With
   * `persist` it stays.
   */
  readonly flags?: readonly ('dormant' | 'owner' | 'persist')[];
  readonly userdata?: Uint8Array;
}

export interface ChainBody extends InTable {
  readonly name: string;
  /** Absent for a chain that is only a jump target. */
  readonly hook?: FirewallHook;
  /** For a chain with a hook: `filter`, `nat` or `route`. */
  readonly type?: 'filter' | 'nat' | 'route';
  readonly policy?: 'accept' | 'drop';
  readonly flags?: readonly ('base' | 'hwOffload' | 'binding')[];
  readonly userdata?: Uint8Array;
}

/** A rule as expressions. */
export interface RuleBody extends RulePlace {
  readonly expressions: readonly RuleExpression[];
  readonly userdata?: Uint8Array;
}

export interface SetBody extends InTable {
  readonly name: string;
  /** Unique in a transaction, so that elements of the same one can refer to it. The kernel requires an id. */
  readonly id: number;
  readonly flags?: readonly (
    'anonymous' | 'constant' | 'interval' | 'map' | 'timeout' | 'dynamic' | 'object' | 'concat' | 'expr'
  )[];
  /** nft's type numbers, six bits for each part of a concatenation; the kernel only stores them. */
  readonly keyType?: number;
  /** In bytes; each part of a concatenation is padded to four bytes. */
  readonly keyLen: number;
  readonly dataType?: number;
  readonly dataLen?: number;
  readonly objType?: keyof ObjectData;
  readonly policy?: 'performance' | 'memory';
  /** The maximum number of elements, and the lengths of a key's parts if some of these are intervals. */
  readonly desc?: { readonly size?: number; readonly concat?: readonly { readonly len: number }[] };
  /** In milliseconds. */
  readonly timeout?: bigint;
  readonly gcInterval?: number;
  readonly userdata?: Uint8Array;
  readonly expr?: RuleExpression;
  readonly expressions?: readonly RuleExpression[];
}

export interface ElementBody {
  readonly key?: RegisterData;
  /** The last key of an interval of concatenated parts. */
  readonly keyEnd?: RegisterData;
  readonly data?: RegisterData;
  readonly flags?: readonly ('intervalEnd' | 'catchall')[];
  /** In milliseconds. */
  readonly timeout?: bigint;
  readonly expiration?: bigint;
  readonly userdata?: Uint8Array;
  readonly objref?: string;
  readonly expr?: RuleExpression;
  readonly expressions?: readonly RuleExpression[];
}

export interface ElementsBody extends InTable {
  readonly set: string;
  /** The id of a set in the same transaction. */
  readonly setId?: number;
  /** As objects, or already encoded. */
  readonly elements: readonly ElementBody[] | Uint8Array;
}

/** A named object for rules. */
export type ObjectBody = {
  [T in keyof ObjectData]: InTable & {
    readonly name: string;
    readonly type: T;
    readonly data: ObjectData[T];
    readonly userdata?: Uint8Array;
  };
}[keyof ObjectData];

/** One nf_tables message; the requests of a transaction are applied together. */
export type FirewallRequest =
  | Request<'nftTable', Making, TableBody>
  | Request<'nftTable', 'delete', { readonly family: TableFamily } & Named>
  | Request<'nftChain', Making, ChainBody>
  | Request<'nftChain', 'delete', InTable & Named>
  | Request<'nftRule', Making, RuleBody>
  | Request<'nftRule', 'replace', RuleBody & { readonly handle: bigint }>
  /** Without a handle, all rules of the chain; without a chain, all rules of the table. */
  | Request<'nftRule', 'delete', InTable & { readonly chain?: string; readonly handle?: bigint }>
  | Request<'nftSet', Making, SetBody>
  | Request<'nftSet', 'delete', InTable & Named>
  | Request<'nftSetElem', Making, ElementsBody>
  /** Without elements, all elements of the set. */
  | Request<'nftSetElem', 'delete', Omit<ElementsBody, 'elements'> & Partial<Pick<ElementsBody, 'elements'>>>
  | Request<'nftObj', Making, ObjectBody>
  | Request<'nftObj', 'delete', InTable & Named & { readonly type: keyof ObjectData }>;
