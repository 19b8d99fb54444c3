import type { Source } from './source';
import type { Read, ValueKind } from './values';

/** A part of a decoded object. Its offset is relative to the start of the message. */
export interface Part {
  /** Reads the part from a message that starts at `start`. */
  read(source: Source, start: number): unknown;
}

/** One plain value. */
export class ValuePart implements Part {
  readonly #kind: ValueKind;
  readonly #read: Read;
  readonly #at: number;
  readonly #end: number;

  constructor(kind: ValueKind, at: number, end: number) {
    this.#kind = kind;
    this.#read = kind.read;
    this.#at = at;
    this.#end = end;
  }

  /** Indexes of the words that the part depends on. */
  get places(): number[] {
    const { size = this.#end - this.#at, back } = this.#kind;
    const [first, last] = [this.#at >> 2, (this.#at + size - 1) >> 2];
    const places = Array.from({ length: last + 1 - first }, (_, index) => first + index);
    return back === undefined ? places : [(this.#at - back) >> 2, ...places];
  }

  read(source: Source, start: number): unknown {
    return this.#read(source, start + this.#at, start + this.#end);
  }
}

/** An object. A repeated key keeps its position and takes the later value. */
export class ObjectPart implements Part {
  readonly #parts = new Map<string, Part>();
  #unknown: ObjectPart | undefined;

  add(key: string | number, part: Part): void {
    this.#parts.set(String(key), part);
  }

  /** The object under the key `unknown`. */
  get unknown(): ObjectPart {
    if (this.#unknown === undefined) this.add('unknown', (this.#unknown = new ObjectPart()));
    return this.#unknown;
  }

  entries(): Iterable<[string, Part]> {
    return this.#parts.entries();
  }

  read(source: Source, start: number): object {
    const object: Record<string, unknown> = {};
    for (const [key, part] of this.#parts) object[key] = part.read(source, start);
    return object;
  }
}

export class ListPart implements Part {
  readonly items: Part[] = [];

  entries(): Iterable<[number, Part]> {
    return this.items.entries();
  }

  read(source: Source, start: number): unknown[] {
    return this.items.map((item) => item.read(source, start));
  }
}
