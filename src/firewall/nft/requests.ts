import type { ObjectData } from './object-types';
import type { RegisterData, RuleExpression } from './rule-types';
import type { InTable, Making, Named, Request, RulePlace, TableFamily } from './request-shape';
import type { FirewallHook } from './ruleset';

export interface TableBody {
  readonly family: TableFamily;
  readonly name: string;
  /** `owner`: only through the socket that made it can it be changed, and it ends with that. `persist` lets it stay then. */
  readonly flags?: readonly ('dormant' | 'owner' | 'persist')[];
  readonly userdata?: Uint8Array;
}

export interface ChainBody extends InTable {
  readonly name: string;
  /** Absent for a chain that other chains jump to. */
  readonly hook?: FirewallHook;
  /** Of a chain with a hook: `filter`, `nat` or `route`. */
  readonly type?: 'filter' | 'nat' | 'route';
  readonly policy?: 'accept' | 'drop';
  readonly flags?: readonly ('base' | 'hwOffload' | 'binding')[];
  readonly userdata?: Uint8Array;
}

/** A rule by its expressions. */
export interface RuleBody extends RulePlace {
  readonly expressions: readonly RuleExpression[];
  readonly userdata?: Uint8Array;
}

export interface SetBody extends InTable {
  readonly name: string;
  /** Unique in a transaction, for elements that come in the same. The kernel asks for one. */
  readonly id: number;
  readonly flags?: readonly (
    'anonymous' | 'constant' | 'interval' | 'map' | 'timeout' | 'dynamic' | 'object' | 'concat' | 'expr'
  )[];
  /** nft's numbers for types, six bits for each part of a concatenation; the kernel only stores them. */
  readonly keyType?: number;
  /** In bytes; each part of a concatenation takes whole words of four. */
  readonly keyLen: number;
  readonly dataType?: number;
  readonly dataLen?: number;
  readonly objType?: keyof ObjectData;
  readonly policy?: 'performance' | 'memory';
  /** The greatest number of elements, and the lengths of the parts of a key of which some are intervals. */
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
  /** Of a set of the same transaction. */
  readonly setId?: number;
  /** As objects, or as they stand in a message. */
  readonly elements: readonly ElementBody[] | Uint8Array;
}

/** An object that rules use by its name. */
export type ObjectBody = {
  [T in keyof ObjectData]: InTable & {
    readonly name: string;
    readonly type: T;
    readonly data: ObjectData[T];
    readonly userdata?: Uint8Array;
  };
}[keyof ObjectData];

/** One nf_tables message; the requests of one transaction are carried out together. */
export type FirewallRequest =
  | Request<'nftTable', Making, TableBody>
  | Request<'nftTable', 'delete', { readonly family: TableFamily } & Named>
  | Request<'nftChain', Making, ChainBody>
  | Request<'nftChain', 'delete', InTable & Named>
  | Request<'nftRule', Making, RuleBody>
  | Request<'nftRule', 'replace', RuleBody & { readonly handle: bigint }>
  /** Without a handle all rules of the chain, and without a chain all of the table. */
  | Request<'nftRule', 'delete', InTable & { readonly chain?: string; readonly handle?: bigint }>
  | Request<'nftSet', Making, SetBody>
  | Request<'nftSet', 'delete', InTable & Named>
  | Request<'nftSetElem', Making, ElementsBody>
  /** Without elements all of the set's. */
  | Request<'nftSetElem', 'delete', Omit<ElementsBody, 'elements'> & Partial<Pick<ElementsBody, 'elements'>>>
  | Request<'nftObj', Making, ObjectBody>
  | Request<'nftObj', 'delete', InTable & Named & { readonly type: keyof ObjectData }>;
