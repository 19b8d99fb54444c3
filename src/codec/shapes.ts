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

export type Setter = (object: DecodedObject, value: unknown) => void;
export type Maker = (source: Source, start: number) => DecodedObject;

// V8 keeps what it learns about objects for each place in the code. Functions that are made from text, one for each key and
// one for each structure, have such places of their own: a list of thousands of objects is decoded several times as fast.
// The text has nothing but keys of the attribute tables and numbers in it. To make one takes as long as to decode an object
// without, so that it comes with the many.
const MANY = 50;

/** A function that is made from text when it was needed so often that this pays. */
export class Tempered<F> {
  #uses = 0;
  #function: F;
  readonly #compiled: () => F | undefined;

  constructor(plain: F, compiled: () => F | undefined) {
    this.#function = plain;
    this.#compiled = compiled;
  }

  get function(): F {
    if (this.#uses < MANY && ++this.#uses === MANY) this.#function = this.#compiled() ?? this.#function;
    return this.#function;
  }
}

/** What gives an object this property. */
export function setterOf(key: string): Tempered<Setter> {
  return new Tempered<Setter>(
    (object, value) => (object[key] = value),
    () => compile(['object', 'value'], `object[${JSON.stringify(key)}] = value;`),
  );
}

/** What makes an object of these fields. */
export function makerOf(fields: readonly Field[]): Tempered<Maker> {
  return new Tempered<Maker>(
    (source, start) =>
      Object.fromEntries(
        fields.map(({ key, at, end, read }) => [key, read(source, start + at, start + end)]),
      ),
    () => compiledMaker(fields),
  );
}

function compiledMaker(fields: readonly Field[]): Maker | undefined {
  const properties = fields.map(
    ({ key, at, end }, i) => `${JSON.stringify(key)}: read${i}(source, start + ${at}, start + ${end})`,
  );
  const reads = fields.map((_field, i) => `read${i}`);
  const bind = compile(reads, `return (source, start) => ({ ${properties.join(', ')} });`);
  return bind?.(...fields.map(({ read }) => read)) as Maker | undefined;
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
