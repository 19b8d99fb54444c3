import { group, max, median, min, quantile } from 'd3-array';
import { FLOOR, OURS, type Sample, type Unit } from '../sample';

/** One contender's values of one metric. */
export interface Row {
  readonly contender: string;
  readonly count: number;
  readonly median: number;
  readonly p99: number;
  readonly least: number;
  readonly most: number;
  /** How many times as long as ours it takes. */
  readonly againstOurs: number | undefined;
  /** How many times as long as the floor's. */
  readonly againstFloor: number | undefined;
}

/** What can be compared: one metric of one workload at one size. */
export interface Comparison {
  readonly workload: string;
  readonly n: number;
  readonly metric: string;
  readonly unit: Unit;
  readonly rows: readonly Row[];
}

/** The best first. */
export function compare(samples: readonly Sample[]): Comparison[] {
  const groups = group(samples, ({ workload, n, metric }) => `${workload} ${String(n)} ${metric}`);
  return [...groups.values()].map(comparisonOf);
}

function comparisonOf(samples: readonly Sample[]): Comparison {
  const [{ workload, n, metric, unit }] = samples as readonly [Sample];
  const byContender = group(samples, ({ contender }) => contender);
  const medianOf = (contender: string): number | undefined =>
    median(byContender.get(contender) ?? [], ({ value }) => value);
  const isRate = unit === 'per second';
  const ratio = (value: number, other: number | undefined): number | undefined =>
    other === undefined ? undefined : isRate ? other / value : value / other;
  const rows = [...byContender].map(([contender, of]): Row => {
    const values = of.map(({ value }) => value);
    const middle = median(values) ?? NaN;
    return {
      contender,
      count: values.length,
      median: middle,
      p99: quantile(values, 0.99) ?? NaN,
      least: min(values) ?? NaN,
      most: max(values) ?? NaN,
      againstOurs: ratio(middle, medianOf(OURS)),
      againstFloor: ratio(middle, medianOf(FLOOR)),
    };
  });
  rows.sort((a, b) => (isRate ? b.median - a.median : a.median - b.median));
  return { workload, n, metric, unit, rows };
}

/** A value as people read it. */
export function written(value: number, unit: Unit): string {
  if (unit === 'us') return duration(value);
  if (unit === 'bytes') return `${(value / 1024).toFixed(1)} KiB`;
  return `${Math.round(value / 1000)} k/s`;
}

function duration(micros: number): string {
  const [value, unit] =
    micros < 1000 ? [micros, 'us'] : micros < 1e6 ? [micros / 1e3, 'ms'] : [micros / 1e6, 's'];
  return `${value.toPrecision(3)} ${unit}`;
}

export function writtenRatio(ratio: number | undefined): string {
  if (ratio === undefined) return '';
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} x`;
}
