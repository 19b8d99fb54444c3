/** One measured value. */
export interface Sample {
  readonly workload: string;
  readonly contender: string;
  /** How many namespaces, ports or links it was about. */
  readonly n: number;
  readonly metric: string;
  readonly unit: Unit;
  readonly value: number;
  readonly round: number;
}

export type Unit = 'us' | 'ms' | 'bytes' | 'per second';

/** What a turn prints, a line each: a sample without what its starter knows. */
export type Finding = Pick<Sample, 'metric' | 'unit' | 'value'>;

/** A turn of which something is to be told: that it did not come to its end, could not begin, or was disturbed. */
export interface Remark {
  readonly workload: string;
  readonly contender: string;
  readonly n: number;
  readonly reason: string;
}

export interface Results {
  readonly samples: Sample[];
  readonly failed: Remark[];
  readonly skipped: Remark[];
  /** Their samples count all the same. */
  readonly disturbed: Remark[];
}

/** Names the one all others are compared with. */
export const OURS = 'netloom';
export const FLOOR = 'C floor';
