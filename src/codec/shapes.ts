import type { Source } from './source';
import type { Read } from './values';

export type DecodedObject = Record<string, unknown>;

/** A value at a fixed place: its bytes go from `at` to `end`, counted from where the structure starts. */
export interface Field {
  readonly key: string;
  readonly at: number;
  readonly end: number;
  readonly read: Read;
}

// V8 keeps what it learns about objects for each place in the code. Functions that are made from text, one for each key and
// one for each structure, have such places of their own: a list of thousands of objects is decoded several times as fast.
// The text has nothing but keys of the attribute tables and numbers in it.

/** A function that gives an object this property. */
export function setterOf(key: string): (object: DecodedObject, value: unknown) => void {
  const set = compile(['object', 'value'], `object[${JSON.stringify(key)}] = value;`);
  return set ?? ((object: DecodedObject, value: unknown) => (object[key] = value));
}

/** A function that makes an object of these fields. */
export function makerOf(fields: readonly Field[]): (source: Source, start: number) => DecodedObject {
  const properties = fields.map(
    ({ key, at, end }, i) => `${JSON.stringify(key)}: read${i}(source, start + ${at}, start + ${end})`,
  );
  const reads = fields.map((_field, i) => `read${i}`);
  const bind = compile(reads, `return (source, start) => ({ ${properties.join(', ')} });`);
  if (bind) return bind(...fields.map(({ read }) => read)) as ReturnType<typeof makerOf>;
  return (source, start) =>
    Object.fromEntries(fields.map(({ key, at, end, read }) => [key, read(source, start + at, start + end)]));
}

/** Undefined where code must not be made from text: `node --disallow-code-generation-from-strings`. */
function compile(
  parameters: readonly string[],
  body: string,
): ((...values: unknown[]) => unknown) | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    return new Function(...parameters, body) as (...values: unknown[]) => unknown;
  } catch {
    return undefined;
  }
}
