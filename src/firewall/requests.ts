import type { Rule } from './rule/rule';
import type { ObjectData } from './object-types';
import type { RegisterData, RuleExpression } from './rule-types';
import type { FirewallHook } from './ruleset';

/** The families of tables. */
export type TableFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

/** In which table. */
interface InTable {
  readonly family: TableFamily;
  readonly table: string;
}

/** A name, or the kernel's number for the object. */
type Named =
  { readonly name: string; readonly handle?: never } | { readonly handle: bigint; readonly name?: never };

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

/** Where a rule stands; `position` is the rule that it comes behind, or in front of where it is added to the head. */
interface RulePlace extends InTable {
  readonly chain: string;
  readonly position?: bigint;
}

/** A rule by its expressions. */
export interface RuleBody extends RulePlace {
  readonly expressions: readonly RuleExpression[];
  readonly userdata?: Uint8Array;
}

/** A rule made by `firewall.rule`; with it come the sets that it has without a name. */
export interface WrittenRuleBody extends RulePlace {
  readonly rule: Rule;
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

/**
 * `add` makes what must be new, as nft's `create`; of rules it puts one in front of its chain's others, as `nft insert rule`
 * does. `append` makes what may be there already, and puts a rule behind the others.
 */
type Making = 'add' | 'append';

interface Request<F extends string, V extends string, B> {
  readonly family: F;
  readonly verb: V;
  readonly body: B;
}

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

/** A request of which the words of a rule are compiled when it is carried out. */
export type WrittenRuleRequest =
  | Request<'nftRule', Making, WrittenRuleBody>
  | Request<'nftRule', 'replace', WrittenRuleBody & { readonly handle: bigint }>;

/** What a transaction takes. */
export type TransactionRequest = FirewallRequest | WrittenRuleRequest;
