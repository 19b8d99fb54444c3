import type {
  CtData,
  ExthdrData,
  FibData,
  HashData,
  MetaData,
  NumgenData,
  OsfData,
  PayloadData,
  RtData,
  SocketData,
  XfrmData,
} from './load-types';
import type {
  ConnlimitData,
  CounterData,
  LastData,
  LimitData,
  QuotaData,
  SynproxyData,
} from './object-types';

/**
 * The expressions of rules, each with its attributes under the kernel's names; docs/attributes.md lists them. Registers
 * are numbers: 1 to 4 of 16 bytes, 8 to 23 their quarters, 0 for the verdict.
 */

/** A value to load into a register or to compare with one: bytes, or a verdict. */
export type RegisterData =
  | { readonly value: Uint8Array; readonly verdict?: never }
  | { readonly verdict: RuleVerdict; readonly value?: never };

export type RuleVerdict =
  | { readonly code: 'accept' | 'drop' | 'continue' | 'break' | 'return' }
  | { readonly code: 'jump' | 'goto'; readonly chain: string };

export interface ImmediateData {
  readonly dreg?: number;
  readonly data?: RegisterData;
}

export interface CmpData {
  readonly sreg?: number;
  readonly op?: 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte';
  readonly data?: RegisterData;
}

export interface RangeData {
  readonly sreg?: number;
  readonly op?: 'eq' | 'neq';
  readonly from?: RegisterData;
  readonly to?: RegisterData;
}

export interface BitwiseData {
  readonly sreg?: number;
  readonly dreg?: number;
  readonly len?: number;
  readonly mask?: RegisterData;
  readonly xor?: RegisterData;
  readonly op?: 'bool' | 'lshift' | 'rshift';
  readonly data?: RegisterData;
}

export interface ByteorderData {
  readonly sreg?: number;
  readonly dreg?: number;
  readonly op?: 'ntoh' | 'hton';
  readonly len?: number;
  readonly size?: number;
}

export interface LookupData {
  readonly set?: string;
  readonly sreg?: number;
  readonly dreg?: number;
  readonly setId?: number;
  readonly flags?: readonly 'inv'[];
}

export interface NatData {
  readonly type?: 'snat' | 'dnat';
  readonly family?: 'ip' | 'ip6';
  readonly regAddrMin?: number;
  readonly regAddrMax?: number;
  readonly regProtoMin?: number;
  readonly regProtoMax?: number;
  readonly flags?: readonly (
    'mapIps' | 'protoSpecified' | 'random' | 'persistent' | 'fullyRandom' | 'netmap'
  )[];
}

export interface MasqData {
  readonly flags?: readonly (
    'mapIps' | 'protoSpecified' | 'random' | 'persistent' | 'fullyRandom' | 'netmap'
  )[];
  readonly regProtoMin?: number;
  readonly regProtoMax?: number;
}

export interface RedirData {
  readonly regProtoMin?: number;
  readonly regProtoMax?: number;
  readonly flags?: readonly (
    'mapIps' | 'protoSpecified' | 'random' | 'persistent' | 'fullyRandom' | 'netmap'
  )[];
}

export interface RejectData {
  readonly type?: 'icmp' | 'tcpReset' | 'icmpx';
  readonly icmpCode?: number;
}

export interface LogData {
  readonly group?: number;
  readonly prefix?: string;
  readonly snaplen?: number;
  readonly qthreshold?: number;
  readonly level?: number;
  readonly flags?: number;
}

export interface ObjrefData {
  readonly type?:
    | 'counter'
    | 'quota'
    | 'ctHelper'
    | 'limit'
    | 'connlimit'
    | 'tunnel'
    | 'ctTimeout'
    | 'secmark'
    | 'ctExpect'
    | 'synproxy';
  readonly name?: string;
  readonly sreg?: number;
  readonly set?: string;
  readonly setId?: number;
}

/** Has no attributes. */
export type NotrackData = Readonly<Record<string, never>>;

export interface DynsetData {
  readonly set?: string;
  readonly setId?: number;
  readonly op?: 'add' | 'update' | 'delete';
  readonly sregKey?: number;
  readonly sregData?: number;
  readonly timeout?: bigint;
  readonly expr?: RuleExpression;
  readonly flags?: readonly ('inv' | 'expr')[];
  readonly expressions?: readonly RuleExpression[];
}

export interface QueueData {
  readonly num?: number;
  readonly total?: number;
  readonly flags?: readonly ('bypass' | 'fanout')[];
  readonly sregQnum?: number;
}

export interface TproxyData {
  readonly family?: number;
  readonly regAddr?: number;
  readonly regPort?: number;
}

export interface DupData {
  readonly sregAddr?: number;
  readonly sregDev?: number;
}

export interface FwdData {
  readonly sregDev?: number;
  readonly sregAddr?: number;
  readonly nfproto?: number;
}

export interface FlowData {
  readonly table?: string;
}

export interface MatchData {
  readonly name?: string;
  readonly rev?: number;
  readonly info?: Uint8Array;
}

export interface TargetData {
  readonly name?: string;
  readonly rev?: number;
  readonly info?: Uint8Array;
}

/** The attributes of every expression, by its name. */
export interface ExpressionData {
  readonly immediate: ImmediateData;
  readonly payload: PayloadData;
  readonly meta: MetaData;
  readonly cmp: CmpData;
  readonly range: RangeData;
  readonly bitwise: BitwiseData;
  readonly byteorder: ByteorderData;
  readonly lookup: LookupData;
  readonly ct: CtData;
  readonly fib: FibData;
  readonly nat: NatData;
  readonly masq: MasqData;
  readonly redir: RedirData;
  readonly reject: RejectData;
  readonly counter: CounterData;
  readonly limit: LimitData;
  readonly log: LogData;
  readonly objref: ObjrefData;
  readonly notrack: NotrackData;
  readonly dynset: DynsetData;
  readonly quota: QuotaData;
  readonly connlimit: ConnlimitData;
  readonly last: LastData;
  readonly queue: QueueData;
  readonly tproxy: TproxyData;
  readonly dup: DupData;
  readonly fwd: FwdData;
  readonly synproxy: SynproxyData;
  readonly flow_offload: FlowData;
  readonly exthdr: ExthdrData;
  readonly rt: RtData;
  readonly socket: SocketData;
  readonly numgen: NumgenData;
  readonly hash: HashData;
  readonly osf: OsfData;
  readonly xfrm: XfrmData;
  readonly match: MatchData;
  readonly target: TargetData;
}

/** One expression of a rule. */
export type RuleExpression = {
  [N in keyof ExpressionData]: { readonly name: N; readonly data?: ExpressionData[N] };
}[keyof ExpressionData];
