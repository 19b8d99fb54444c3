import type { Machine } from '../machine';
import { OURS, type Remark, type Results } from '../sample';
import { figures } from './plots';
import type { Comparison } from './summary';
import { COLUMNS, sheets } from './table';

const STYLE = `
  :root { color-scheme: light dark; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
  figure { margin: 2rem 0; }
  figcaption, caption { font-weight: 600; text-align: left; margin: 1.5rem 0 .5rem; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #8884; }
  th:first-child, td:first-child { text-align: left; }
  svg { --plot-background: transparent; }
  tr.ours { font-weight: 600; }
`;

/** A page that needs nothing but itself. */
export function page(
  machine: Machine,
  command: string,
  { samples, failed, skipped, disturbed }: Results,
  comparisons: readonly Comparison[],
): string {
  const facts = Object.entries({ ...machine, command }).map(([key, value]) => [key, value]);
  const drawings = figures(samples, comparisons).map(
    ({ title, svg }) => `<figure><figcaption>${escaped(title)}</figcaption>${svg}</figure>`,
  );
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>netloom: benchmark</title>',
    `<style>${STYLE}</style><h1>netloom: benchmark</h1>`,
    table('Machine', ['', ''], facts),
    ...drawings,
    ...sheets(comparisons).map(({ title, rows }) => table(title, COLUMNS, rows)),
    ...remarkTable('Failed', failed),
    ...remarkTable('Skipped', skipped),
    ...remarkTable('Disturbed', disturbed),
    '</html>',
  ].join('\n');
}

function remarkTable(title: string, list: readonly Remark[]): string[] {
  if (list.length === 0) return [];
  const rows = list.map(({ workload, n, contender, reason }) => [`${workload} ${n} ${contender}`, reason]);
  return [table(title, ['', 'why'], rows)];
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const heads = head.map((text) => `<th>${escaped(text)}</th>`).join('');
  const body = rows.map((cells) => {
    const ours = cells[0] === OURS ? ' class="ours"' : '';
    return `<tr${ours}>${cells.map((text) => `<td>${escaped(text)}</td>`).join('')}</tr>`;
  });
  return `<table><caption>${escaped(title)}</caption><tr>${heads}</tr>${body.join('')}</table>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
