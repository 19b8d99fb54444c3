import type { Expression } from './expressions';

/** The family, `ip`, `inet`, `ip6`, `netdev`, `bridge` or `arp`, and the table of an object. */
interface InTable {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** The kernel's number for the object, unique in its table. */
  readonly handle: bigint;
}

export interface FirewallTable extends Omit<InTable, 'table'> {
  readonly flags?: readonly string[];
  /** The number of its chains, sets and objects. */
  readonly use: number;
  /** The port of the socket that owns the table; absent without the flag `owner`. */
  readonly owner?: number;
  readonly userdata?: Uint8Array;
}

/** The hook of a base chain. */
export interface FirewallHook {
  readonly hooknum: number;
  readonly priority: number;
  readonly dev?: string;
  /** The devices of a chain of family `netdev`, or at the hook `ingress`. */
  readonly devs?: readonly string[];
}

export interface FirewallChain extends InTable {
  /** Absent for a chain that is only a jump target. */
  readonly hook?: FirewallHook;
  readonly type?: string;
  readonly policy?: string;
  /** The number of its rules and of jumps to it. */
  readonly use: number;
  readonly flags?: readonly string[];
  readonly userdata?: Uint8Array;
}

export interface FirewallRule extends Omit<InTable, 'name'> {
  readonly chain: string;
  readonly expressions?: readonly Expression[];
  readonly userdata?: Uint8Array;
}

export interface FirewallSet extends InTable {
  readonly flags?: readonly string[];
  /** nft's type numbers, six bits for each part of a concatenation. */
  readonly keyType?: number;
  readonly keyLen: number;
  readonly dataType?: number;
  readonly dataLen?: number;
  /** The object type of the map's values. */
  readonly objType?: string;
  readonly policy?: string;
  readonly desc?: { readonly size?: number };
  /** In milliseconds. */
  readonly timeout?: bigint;
  readonly gcInterval?: number;
  readonly userdata?: Uint8Array;
  readonly expr?: Expression;
  readonly expressions?: readonly Expression[];
  readonly elements: readonly FirewallElement[];
}

/** One element of a set or map; keys and values as stored in registers. */
export interface FirewallElement {
  readonly key?: { readonly value?: Uint8Array };
  /** The last key of an interval, in a set of concatenated parts. */
  readonly keyEnd?: { readonly value?: Uint8Array };
  readonly data?: {
    readonly value?: Uint8Array;
    readonly verdict?: { readonly code?: string | number; readonly chain?: string };
  };
  /** `intervalEnd`: the first key after an interval; `catchall`: matches all keys without an element of their own. */
  readonly flags?: readonly string[];
  readonly userdata?: Uint8Array;
  /** In milliseconds. */
  readonly timeout?: bigint;
  readonly expiration?: bigint;
  readonly objref?: string;
  readonly expr?: Expression;
  readonly expressions?: readonly Expression[];
}

/** A named object for rules: a counter, quota, limit, or a helper of connection tracking. */
export interface FirewallObject extends InTable {
  readonly type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly userdata?: Uint8Array;
}

/** All nf_tables objects of a namespace. */
export interface FirewallRuleset {
  readonly tables: readonly FirewallTable[];
  readonly chains: readonly FirewallChain[];
  readonly rules: readonly FirewallRule[];
  readonly sets: readonly FirewallSet[];
  readonly objects: readonly FirewallObject[];
}
