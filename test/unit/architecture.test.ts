import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { conditions, lifetimeConditions } from '../../scripts/architecture/conditions';
import { FLOORS } from '../../scripts/architecture/floors';
import { circles, filesOf, importsOf, roomOf } from '../../scripts/architecture/imports';

const root = path.join(__dirname, '../..');
const imports = importsOf(root);
const files = filesOf(root);
const floors = new Map(FLOORS.flat().map((room, height) => [room, height]));
const heightOf = (file: string): number => floors.get(roomOf(file)) ?? NaN;
const linesOf = (file: string): number =>
  fs.readFileSync(path.join(root, file), 'utf8').split('\n').length - 1;

test('every room has a floor, and every floor a room', () => {
  const rooms = new Set(files.map(roomOf));
  expect([...rooms].filter((room) => !floors.has(room))).toEqual([]);
  expect([...floors.keys()].filter((room) => !rooms.has(room))).toEqual([]);
});

test('no file imports from a higher floor, types and lazy loads included', () => {
  const upwards = files.flatMap((file) =>
    [...(imports.get(file) ?? [])]
      .filter((target) => heightOf(target) > heightOf(file))
      .map((target) => `${file} -> ${target}`),
  );
  expect(upwards).toEqual([]);
});

test('no files import each other in a circle', () => {
  expect(circles(imports)).toEqual([]);
});

test('the judge of circles finds one', () => {
  const graph = new Map([
    ['a', new Set(['b'])],
    ['b', new Set(['c', 'd'])],
    ['c', new Set(['a'])],
    ['d', new Set<string>()],
  ]);
  expect(circles(graph)).toEqual([['a', 'b', 'c']]);
});

test('a folder has at most 15 source files', () => {
  const counts = new Map<string, number>();
  for (const file of files) counts.set(roomOf(file), (counts.get(roomOf(file)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > 15)).toEqual([]);
});

test('files are short', () => {
  expect(files.map((file) => ({ file, lines: linesOf(file) })).filter(({ lines }) => lines > 300)).toEqual(
    [],
  );
  const lengths = files.map(linesOf).sort((a, b) => a - b);
  expect(lengths[lengths.length >> 1]).toBeLessThan(80);
});

/** Where drivers do not decide yet. It only becomes smaller. */
const CONDITIONS = 2;

test('no further code asks for the kind of a network', () => {
  const found = conditions(root);
  expect({ found, more: found.length > CONDITIONS }).toEqual({ found, more: false });
});

test('no further code asks for the lifetime of a network', () => {
  expect(lifetimeConditions(root)).toEqual([]);
});

test('the picture of docs/architecture.md is what the imports say', () => {
  const drawn = spawnSync(process.execPath, ['scripts/architecture/draw.js', '--check'], { cwd: root });
  expect(String(drawn.stderr)).toBe('');
});
