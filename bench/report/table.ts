import Table from 'cli-table3';
import { group } from 'd3-array';
import type { Remark, Unit } from '../sample';
import { type Comparison, type Row, written, writtenRatio } from './summary';

export const COLUMNS = ['', 'median', 'p99', 'range', 'runs', 'against ours', 'against the floor'] as const;

/** A table as it is printed and put on the page. */
export interface Sheet {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** One for each comparison; what only one contender was measured for is put together. */
export function sheets(comparisons: readonly Comparison[]): Sheet[] {
  const groups = group(comparisons, ({ workload, n, metric, rows: [row, ...others] }) =>
    others.length > 0
      ? `${workload}, ${count(n)}: ${metric}`
      : `${workload}, ${count(n)}: ${row?.contender ?? ''}`,
  );
  return [...groups].map(([title, list]) => ({
    title,
    rows: list.flatMap((one) =>
      one.rows.map((row) => cellsOf(one.rows.length > 1 ? row.contender : one.metric, row, one.unit)),
    ),
  }));
}

function count(n: number): string {
  return n.toLocaleString('en');
}

function cellsOf(label: string, row: Row, unit: Unit): string[] {
  return [
    label,
    written(row.median, unit),
    row.count < 20 ? '' : written(row.p99, unit),
    `${written(row.least, unit)} – ${written(row.most, unit)}`,
    String(row.count),
    writtenRatio(row.againstOurs),
    writtenRatio(row.againstFloor),
  ];
}

export function printed(all: readonly Sheet[]): string {
  return all
    .map(({ title, rows }) => {
      const table = new Table({
        head: [...COLUMNS],
        colAligns: ['left', ...COLUMNS.slice(1).map(() => 'right' as const)],
        style: { head: [], border: [], compact: true },
      });
      table.push(...rows.map((cells) => [...cells]));
      return `${title}\n${table.toString()}`;
    })
    .join('\n\n');
}

/** A line for each remark. */
export function told(what: string, list: readonly Remark[]): string[] {
  return list.map(
    ({ workload, n, contender, reason }) => `${what}: ${workload} ${n} ${contender}: ${reason}`,
  );
}
