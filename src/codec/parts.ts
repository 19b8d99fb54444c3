import type { Source } from './source';
import type { Read, ValueKind } from './values';

/** A part of a decoded object. Its place is counted from where the message starts. */
export interface Part {
  read(source: Source, start: number): unknown;
  /** The same as JavaScript, of `source`, `start`, the source's `words`, and `first`, the message's first word. */
  text(reads: Reads): string;
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

  text(reads: Reads): string {
    const { word, read } = this.#kind;
    if (word && this.#at % 4 === 0 && this.#at + 4 <= reads.length)
      return word(`words[first + ${this.#at / 4}]`);
    return `${reads.name(read)}(source, start + ${this.#at}, start + ${this.#end})`;
  }
}

/** An object. A key that comes twice keeps its place and takes the later value. */
export class ObjectPart implements Part {
  readonly fields = new Map<string | number, Part>();

  read(source: Source, start: number): object {
    const object: Record<string | number, unknown> = {};
    for (const [key, part] of this.fields) object[key] = part.read(source, start);
    return object;
  }

  text(reads: Reads): string {
    const fields = [...this.fields].map(([key, part]) => `${JSON.stringify(key)}: ${part.text(reads)}`);
    return `{ ${fields.join(', ')} }`;
  }
}

export class ListPart implements Part {
  readonly items: Part[] = [];

  read(source: Source, start: number): unknown[] {
    return this.items.map((item) => item.read(source, start));
  }

  text(reads: Reads): string {
    return `[${this.items.map((item) => item.text(reads)).join(', ')}]`;
  }
}

/** The functions that a text calls, and what it calls them. */
class Reads {
  readonly #names = new Map<Read, string>();

  /** Of messages of so many bytes. */
  constructor(readonly length: number) {}

  name(read: Read): string {
    const name = this.#names.get(read) ?? `read${this.#names.size}`;
    this.#names.set(read, name);
    return name;
  }

  get names(): string[] {
    return [...this.#names.values()];
  }

  get functions(): Read[] {
    return [...this.#names.keys()];
  }
}

type Bind = (...reads: readonly Read[]) => ObjectPart['read'];

/**
 * A function that makes the whole object at once, from text in which there is nothing but keys of the attribute tables and
 * numbers: several times as fast as part by part. Undefined where code must not be made from text:
 * `node --disallow-code-generation-from-strings`.
 */
export function compile(object: ObjectPart, length: number): ObjectPart['read'] | undefined {
  const reads = new Reads(length);
  const text = object.text(reads);
  const body = `const { words } = source; const first = start >> 2; return ${text};`;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval
    const bind = new Function(...reads.names, `return (source, start) => { ${body} };`) as Bind;
    return bind(...reads.functions);
  } catch {
    return undefined;
  }
}
