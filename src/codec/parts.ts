import type { Source } from './source';
import type { Read, ValueKind } from './values';

/** Reads an object whose first byte, or its message's, is at `start`. */
export type ReadObject = (source: Source, start: number, places?: Int32Array) => object;

/** A part of a decoded object. Its place is counted from where the message starts. */
export interface Part {
  read(source: Source, start: number): unknown;
  /** The same as JavaScript. */
  text(context: Context): string;
}

/** One plain value. */
export class ValuePart implements Part {
  readonly #kind: ValueKind;
  readonly #at: number;
  readonly #end: number;

  constructor(kind: ValueKind, at: number, end: number) {
    this.#kind = kind;
    this.#at = at;
    this.#end = end;
  }

  read(source: Source, start: number): unknown {
    return this.#kind.read(source, start + this.#at, start + this.#end);
  }

  text(context: Context): string {
    const { word, read } = this.#kind;
    const [at, end] = [this.#at - context.base, this.#end - context.base];
    if (word && at % 4 === 0 && this.#at + 4 <= context.length)
      return word(`words[first + ${context.place(at / 4)}]`);
    return `${context.name(read)}(source, start + ${context.place(at)}, start + ${context.place(end)})`;
  }
}

/** An object. A key that comes twice keeps its place and takes the later value. */
export class ObjectPart implements Part {
  readonly #keys: (string | number)[] = [];
  readonly #parts: Part[] = [];
  readonly #at: number;
  #unknown: ObjectPart | undefined;

  constructor(at: number) {
    this.#at = at;
  }

  add(key: string | number, part: Part): void {
    this.#keys.push(key);
    this.#parts.push(part);
  }

  /** The object under the key `unknown`. */
  get unknown(): ObjectPart {
    if (this.#unknown === undefined) this.add('unknown', (this.#unknown = new ObjectPart(this.#at)));
    return this.#unknown;
  }

  read(source: Source, start: number): object {
    const [keys, parts] = [this.#keys, this.#parts];
    const object: Record<string | number, unknown> = {};
    for (let i = 0; i < keys.length; i++) {
      object[keys[i] as string | number] = (parts[i] as Part).read(source, start);
    }
    return object;
  }

  text(context: Context): string {
    if (this.#keys.length < WORTH_SHARING) return this.#literal(context);
    const own = new Context(this.#at, context.length);
    const read = own.function(this.#literal(own));
    return `${context.name(read)}(source, start + ${context.place(this.#at - context.base)})`;
  }

  /** A function that makes the whole object at once, several times as fast as part by part. */
  compile(length: number): (source: Source, start: number) => object {
    const places: number[] = [];
    const context = new Context(this.#at, length, places);
    const read = context.function(this.#literal(context));
    const all = Int32Array.from(places);
    return (source, start) => read(source, start, all);
  }

  #literal(context: Context): string {
    const fields = this.#parts.map((part, i) => `${JSON.stringify(this.#keys[i])}: ${part.text(context)}`);
    return `{ ${fields.join(', ')} }`;
  }
}

export class ListPart implements Part {
  readonly items: Part[] = [];

  read(source: Source, start: number): unknown[] {
    return this.items.map((item) => item.read(source, start));
  }

  text(context: Context): string {
    return `[${this.items.map((item) => item.text(context)).join(', ')}]`;
  }
}

/** Objects of so many fields have a function of their own, which all have that are laid out alike, wherever they stand. */
const WORTH_SHARING = 8;
const MOST_SHARED = 512;

type Called = Read | ReadObject;
const shared = new Map<string, ReadObject>();
const numbers = new WeakMap<Called, number>();
let lastNumber = 0;

/** What surrounds a text: it is of `source`, `start`, the source's `words`, and `first`, the number of that at `start`. */
class Context {
  readonly #called = new Map<string, Called>();

  /** Of what starts at `base` in messages of so many bytes; with places to be collected, the text is of these, too. */
  constructor(
    readonly base: number,
    readonly length: number,
    readonly places?: number[],
  ) {}

  place(number: number): string {
    return this.places ? `places[${this.places.push(number) - 1}]` : String(number);
  }

  name(called: Called): string {
    const number = numbers.get(called) ?? ++lastNumber;
    numbers.set(called, number);
    const name = `f${number}`;
    this.#called.set(name, called);
    return name;
  }

  /** In the text there is nothing but keys of the attribute tables and numbers. */
  function(text: string): ReadObject {
    const known = shared.get(text);
    if (known) return known;
    const body = `const { words } = source; const first = start >> 2; return ${text};`;
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const bind = new Function(
      ...this.#called.keys(),
      `return (source, start, places) => { ${body} };`,
    ) as Bind;
    const made = bind(...this.#called.values());
    if (shared.size >= MOST_SHARED) shared.clear();
    shared.set(text, made);
    return made;
  }
}

type Bind = (...called: readonly Called[]) => ReadObject;
