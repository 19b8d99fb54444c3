/** Named objects of rules, and the expressions with a state of their own: they have the same attributes. */

export interface CounterData {
  readonly bytes?: bigint;
  readonly packets?: bigint;
}

export interface LimitData {
  readonly rate?: bigint;
  readonly unit?: bigint;
  readonly burst?: number;
  readonly type?: 'packets' | 'bytes';
  readonly flags?: readonly 'inv'[];
}

export interface QuotaData {
  readonly bytes?: bigint;
  readonly flags?: readonly ('inv' | 'depleted')[];
  readonly consumed?: bigint;
}

export interface ConnlimitData {
  readonly count?: number;
  readonly flags?: readonly 'inv'[];
}

export interface LastData {
  readonly set?: number;
  readonly msecs?: bigint;
}

export interface SynproxyData {
  readonly mss?: number;
  readonly wscale?: number;
  readonly flags?: number;
}

export interface CtHelperData {
  readonly name?: string;
  readonly l3proto?: number;
  readonly l4proto?: number;
}

export interface CtTimeoutData {
  readonly l3proto?: number;
  readonly l4proto?: number;
  readonly data?: Uint8Array;
}

export interface SecmarkData {
  readonly ctx?: string;
}

export interface CtExpectData {
  readonly l3proto?: number;
  readonly l4proto?: number;
  readonly dport?: number;
  readonly timeout?: number;
  readonly size?: number;
}

/** The attributes of every named object, by type. */
export interface ObjectData {
  readonly counter: CounterData;
  readonly quota: QuotaData;
  readonly ctHelper: CtHelperData;
  readonly limit: LimitData;
  readonly connlimit: ConnlimitData;
  readonly ctTimeout: CtTimeoutData;
  readonly secmark: SecmarkData;
  readonly ctExpect: CtExpectData;
  readonly synproxy: SynproxyData;
}
