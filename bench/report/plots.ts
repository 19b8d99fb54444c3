import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { FLOOR, OURS, type Sample } from '../sample';
import type { Comparison } from './summary';

/** A drawing, and what it shows. */
export interface Figure {
  readonly title: string;
  readonly svg: string;
}

export function figures(samples: readonly Sample[], comparisons: readonly Comparison[]): Figure[] {
  return [
    growth('create', 'Creation, microseconds a namespace', comparisons),
    growth('teardown observed', 'Teardown, microseconds a namespace', comparisons),
    distribution('latency', 'Attaching one namespace: share that took at most so long', samples),
    distribution('spawn', 'Starting a process until it ends: share that took at most so long', samples),
    distribution('dump', 'Reading all links: share that took at most so long', samples),
    bars('publish', 'Publishing ports, milliseconds', comparisons),
  ].filter((figure) => figure !== undefined);
}

interface Point {
  readonly contender: string;
  readonly n: number;
  readonly us: number;
}

/** The cost of one against the number of all, a line for each. */
function growth(metric: string, title: string, comparisons: readonly Comparison[]): Figure | undefined {
  const points = comparisons
    .filter((one) => one.workload === 'volume' && one.metric === metric)
    .flatMap(({ n, rows }) => rows.map(({ contender, median }): Point => ({ contender, n, us: median / n })));
  if (points.length === 0) return undefined;
  // Told apart by their names at the ends: there are more of them than colours.
  const ends = Plot.selectLast({ x: 'n', y: 'us', z: 'contender', text: 'contender', fill: colour });
  return draw(title, {
    ...{ height: 560, marginRight: 150 },
    x: { type: 'log', label: 'namespaces', ticks: [...new Set(points.map(({ n }) => n))], tickFormat: ',' },
    y: { type: 'log', label: 'us each', tickFormat: ',' },
    marks: [
      Plot.line(points, { x: 'n', y: 'us', z: 'contender', stroke: colour, strokeWidth: weight }),
      Plot.dot(points, { x: 'n', y: 'us', fill: colour, r: 2.5 }),
      Plot.text(points, { ...ends, textAnchor: 'start', dx: 6 }),
    ],
  });
}

function colour({ contender }: Point): string {
  if (contender === OURS) return '#d6453d';
  return contender === FLOOR ? 'currentColor' : '#7f8c99';
}

function weight({ contender }: Point): number {
  return contender === OURS ? 3 : 1.5;
}

/** The cumulated distribution of single values. */
function distribution(workload: string, title: string, samples: readonly Sample[]): Figure | undefined {
  const values = samples.filter((sample) => sample.workload === workload);
  if (values.length === 0) return undefined;
  const options: Plot.LineOptions = { x: 'value', z: 'contender', stroke: 'contender', curve: 'step-after' };
  return draw(title, {
    color: { legend: true },
    x: { type: 'log', label: 'us', tickFormat: ',' },
    y: { label: 'share', tickFormat: '%' },
    marks: [
      Plot.ruleY([0, 0.5, 0.99, 1], { strokeOpacity: 0.15 }),
      Plot.line(shares(values), { ...options, y: 'share' }),
    ],
  });
}

function shares(samples: readonly Sample[]): { contender: string; value: number; share: number }[] {
  const contenders = [...new Set(samples.map(({ contender }) => contender))];
  return contenders.flatMap((contender) => {
    const own = samples.filter((sample) => sample.contender === contender).sort((a, b) => a.value - b.value);
    return own.map(({ value }, index) => ({ contender, value, share: (index + 1) / own.length }));
  });
}

function bars(workload: string, title: string, comparisons: readonly Comparison[]): Figure | undefined {
  const found = comparisons.find((one) => one.workload === workload);
  if (!found) return undefined;
  return draw(title, {
    marginLeft: 130,
    x: { type: 'log', label: 'ms', tickFormat: ',' },
    y: { label: null, domain: found.rows.map(({ contender }) => contender) },
    marks: [
      Plot.dot(found.rows, { x: ({ median }) => median / 1000, y: 'contender', r: 5, fill: 'contender' }),
      Plot.ruleY(found.rows, {
        x1: ({ least }) => least / 1000,
        x2: ({ most }) => most / 1000,
        y: 'contender',
      }),
      Plot.text(found.rows, {
        ...{ x: ({ median }) => median / 1000, y: 'contender', dy: -10 },
        text: ({ median }) => (median / 1000).toPrecision(3),
      }),
    ],
  });
}

function draw(title: string, options: Plot.PlotOptions): Figure {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawing = Plot.plot({ document, width: 860, marginLeft: 70, grid: true, ...options });
  return { title, svg: drawing.outerHTML };
}
