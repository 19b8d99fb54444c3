import fs from 'node:fs';
import path from 'node:path';

const native = path.join(__dirname, '../../native');

/** The floors of native/, the lowest first: a file includes files of its own folder and of lower floors. */
const FLOORS = [
  'base',
  'netlink launcher',
  'schema/common',
  'schema/link schema/nft schema/tc',
  'schema',
  'sockets',
  'netns',
  'program',
  'request',
  'undo',
  'prefetch',
  'executor',
  'napi',
].map((line) => line.split(' '));
/** Tests and fuzzers, which may include everything. */
const TESTS = 'test';
const MOST_FILES = 15;
const MOST_LINES = 350;

const sources = fs
  .readdirSync(native, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(cc|h)$/.test(file))
  .sort();
const built = sources.filter((file) => path.dirname(file) !== TESTS);
const read = (file: string): string => fs.readFileSync(path.join(native, file), 'utf8');

const floorOf = (file: string): number => FLOORS.findIndex((folders) => folders.includes(path.dirname(file)));

/** Files of native/ that a file includes. */
function includes(file: string): string[] {
  const quoted = [...read(file).matchAll(/^#include "([^"]+)"/gm)].map(([, name = '']) => name);
  return quoted.map((name) => path.join(path.dirname(file), name));
}

/** A circle of includes that begins with the file, undefined if there is none. */
function circleFrom(file: string, way: readonly string[] = []): string[] | undefined {
  const at = way.indexOf(file);
  if (at >= 0) return way.slice(at);
  for (const next of includes(file)) {
    const circle = circleFrom(next, [...way, file]);
    if (circle) return circle;
  }
  return undefined;
}

describe('the folders of native/', () => {
  test('are each on a floor', () => {
    expect(built.filter((file) => floorOf(file) < 0)).toEqual([]);
    const used = new Set(built.map((file) => path.dirname(file)));
    expect(FLOORS.flat().filter((folder) => !used.has(folder))).toEqual([]);
  });

  test('include nothing from a higher floor, nor from a neighbour on the same', () => {
    const wrong = built.flatMap((file) =>
      includes(file)
        .filter((other) => path.dirname(other) !== path.dirname(file) && floorOf(other) >= floorOf(file))
        .map((other) => `${file} -> ${other}`),
    );
    expect(wrong).toEqual([]);
  });

  test('include no file in a circle', () => {
    expect(built.flatMap((file) => circleFrom(file) ?? [])).toEqual([]);
  });

  test('have few files, a .cc and its .h counted as one', () => {
    const units = [...new Set(built.map((file) => file.replace(/\.\w+$/, '')))];
    const crowded = FLOORS.flat().filter(
      (folder) => units.filter((unit) => path.dirname(unit) === folder).length > MOST_FILES,
    );
    expect(crowded).toEqual([]);
  });

  test('have short files', () => {
    expect(sources.filter((file) => read(file).split('\n').length - 1 > MOST_LINES)).toEqual([]);
  });
});
