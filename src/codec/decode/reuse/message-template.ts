import { type Fields, listShape, type ObjectShape, objectShape } from './object-shapes';
import { ListPart, ObjectPart, type Part, ValuePart } from '../scan/parts';
import type { Source } from '../scan/source';

type Key = string | number;

/** An object or a list, and its place in its parent; the first node has no parent. */
interface Node {
  readonly shape: ObjectShape;
  readonly parent: number;
  readonly key: Key;
}

/** A plain value, and the object it belongs to. */
interface Value {
  readonly node: number;
  readonly key: Key;
  readonly part: ValuePart;
}

/**
 * Decodes messages of one layout: copies the first one's object and reads only the values whose words differ. Most of a
 * link's two hundred values are the same in a thousand links. V8 copies an object in a fraction of the time needed to
 * fill one.
 */
export class Template {
  readonly #nodes: Node[] = [];
  readonly #values: Value[] = [];
  /** By word index, the indexes of the values that contain the word. */
  readonly #owners: number[][] = [];
  /** Values that cannot be shared between copies: lists of names, and bytes. */
  readonly #unshared: Value[] = [];

  constructor(object: ObjectPart, source: Source, start: number) {
    this.#add(object, 0, '', source, start);
  }

  /** Indexes of the words that contain values, counted from the start of the message. */
  get places(): number[] {
    return Object.keys(this.#owners).map(Number);
  }

  /** Decodes a message; the first `count` entries of `differing` are the words that differ from the first message. */
  read(source: Source, start: number, differing: Uint16Array, count: number): object {
    const copies = this.#copies();
    let last = -1;
    for (let i = 0; i < count; i++) {
      for (const owner of this.#owners[differing[i] as number] as number[]) {
        // A value may span several words.
        if (owner !== last) put(copies, this.#values[owner] as Value, source, start);
        last = owner;
      }
    }
    for (const value of this.#unshared) put(copies, value, source, start);
    return copies[0] as object;
  }

  #copies(): Fields[] {
    const copies: Fields[] = [];
    for (const { shape, parent, key } of this.#nodes) {
      const copy = shape.copy(shape.sample);
      if (copies.length > 0) (copies[parent] as Fields)[key] = copy;
      copies.push(copy);
    }
    return copies;
  }

  #add(part: Part, parent: number, key: Key, source: Source, start: number): void {
    if (part instanceof ValuePart) {
      this.#addValue({ node: parent, key, part }, source, start);
    } else if (part instanceof ObjectPart || part instanceof ListPart) {
      const entries = [...part.entries()];
      const keys = entries.map(([name]) => name);
      const shape = part instanceof ObjectPart ? objectShape(keys) : listShape(keys);
      const node = this.#nodes.push({ shape, parent, key }) - 1;
      for (const [name, inner] of entries) this.#add(inner, node, name, source, start);
    }
  }

  #addValue(value: Value, source: Source, start: number): void {
    const { node, key, part } = value;
    const said = part.read(source, start);
    if (typeof said === 'object') {
      this.#unshared.push(value);
      return;
    }
    (this.#nodes[node] as Node).shape.sample[key] = said;
    const number = this.#values.push(value) - 1;
    for (const place of part.places) (this.#owners[place] ??= []).push(number);
  }
}

function put(copies: readonly Fields[], { node, key, part }: Value, source: Source, start: number): void {
  (copies[node] as Fields)[key] = part.read(source, start);
}
