import type { Expression } from './expressions';

/** Where an object belongs: `ip`, `inet`, `ip6`, `netdev`, `bridge` or `arp`, and the table. */
interface InTable {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** The kernel's number for the object, unique in its table. */
  readonly handle: bigint;
}

export interface FirewallTable extends Omit<InTable, 'table'> {
  readonly flags?: readonly string[];
  /** How many chains, sets and objects it has. */
  readonly use: number;
  /** The port of the socket that owns the table; absent unless it has the flag `owner`. */
  readonly owner?: number;
  readonly userdata?: Uint8Array;
}

/** Where a base chain stands. */
export interface FirewallHook {
  readonly hooknum: number;
  readonly priority: number;
  readonly dev?: string;
  /** The devices of a chain of family `netdev`, or at the hook `ingress`. */
  readonly devs?: readonly string[];
}

export interface FirewallChain extends InTable {
  /** Absent for a chain that other chains jump to. */
  readonly hook?: FirewallHook;
  readonly type?: string;
  readonly policy?: string;
  /** How many rules it has, and jumps lead to it. */
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
  /** nft's numbers for types, six bits for each part of a concatenation. */
  readonly keyType?: number;
  readonly keyLen: number;
  readonly dataType?: number;
  readonly dataLen?: number;
  /** The type of the objects that a map leads to. */
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

/** One element of a set or map; keys and values as the registers hold them. */
export interface FirewallElement {
  readonly key?: { readonly value?: Uint8Array };
  /** The last key of an interval, in a set of concatenated parts. */
  readonly keyEnd?: { readonly value?: Uint8Array };
  readonly data?: {
    readonly value?: Uint8Array;
    readonly verdict?: { readonly code?: string | number; readonly chain?: string };
  };
  /** `intervalEnd`: the first key behind an interval; `catchall`: for all that no other element is for. */
  readonly flags?: readonly string[];
  readonly userdata?: Uint8Array;
  /** In milliseconds. */
  readonly timeout?: bigint;
  readonly expiration?: bigint;
  readonly objref?: string;
  readonly expr?: Expression;
  readonly expressions?: readonly Expression[];
}

/** An object that rules use by its name: a counter, quota, limit, or a helper of connection tracking. */
export interface FirewallObject extends InTable {
  readonly type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly userdata?: Uint8Array;
}

/** Everything that nf_tables holds in a namespace. */
export interface FirewallRuleset {
  readonly tables: readonly FirewallTable[];
  readonly chains: readonly FirewallChain[];
  readonly rules: readonly FirewallRule[];
  readonly sets: readonly FirewallSet[];
  readonly objects: readonly FirewallObject[];
}
