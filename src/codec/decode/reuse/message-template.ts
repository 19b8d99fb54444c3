import { type Fields, listShape, type ObjectShape, objectShape } from './object-shapes';
import { ListPart, ObjectPart, type Part, ValuePart } from '../scan/parts';
import type { Source } from '../scan/source';

type Key = string | number;

/** An object or a list, and where it belongs: all but the first within another. */
interface Node {
  readonly shape: ObjectShape;
  readonly parent: number;
  readonly key: Key;
}

/** A plain value, and the object that it belongs to. */
interface Value {
  readonly node: number;
  readonly key: Key;
  readonly part: ValuePart;
}

/**
 * Reads messages that are laid out alike: as copies of what the first of them said, in which it reads anew only what other words
 * say. Most of a link's two hundred values are the same in a thousand links, and V8 copies an object in a fraction of the
 * time that it takes to fill one.
 */
export class Template {
  readonly #nodes: Node[] = [];
  readonly #values: Value[] = [];
  /** By the numbers of the words, the numbers of the values that they are part of. */
  readonly #owners: number[][] = [];
  /** Values that cannot be shared: lists of names, and bytes. */
  readonly #unshared: Value[] = [];

  constructor(object: ObjectPart, source: Source, start: number) {
    this.#add(object, 0, '', source, start);
  }

  /** The numbers of the words that values are in, counted from where the message starts. */
  get places(): number[] {
    return Object.keys(this.#owners).map(Number);
  }

  /** The object of a message whose first `count` words of `differing` differ from the first message's. */
  read(source: Source, start: number, differing: Uint16Array, count: number): object {
    const copies = this.#copies();
    let last = -1;
    for (let i = 0; i < count; i++) {
      for (const owner of this.#owners[differing[i] as number] as number[]) {
        // A value may be in several words.
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
