import { compile, type ObjectPart } from './parts';
import type { Source } from './source';
import { Survey } from './survey';
import type { Table } from './tables';

/** So many objects are read part by part before it pays to make a function for their like. */
const BEFORE_COMPILED = 8;
/** So many layouts are kept of a table, those used last, unless there is more in them than in any link. */
const KEPT = 64;
const LARGEST = 1024;

/**
 * What is where in a message. Messages of the same length and with the same words at the places that the survey went by, which
 * are the headers of all attributes, have the same layout: the kernel's lists have a few layouts and thousands of messages.
 */
class Layout {
  readonly #length: number;
  readonly #places: Int32Array;
  readonly #words: Int32Array;
  readonly #object: ObjectPart;
  #read: ObjectPart['read'] | undefined;
  #uses = 0;

  constructor(table: Table, source: Source, start: number, end: number) {
    const survey = new Survey(source, start);
    this.#object = survey.object(table, start, end);
    this.#length = end - start;
    this.#places = Int32Array.from(survey.looked.keys());
    this.#words = Int32Array.from(survey.looked.values());
  }

  get size(): number {
    return this.#places.length;
  }

  fits({ words }: Source, start: number, end: number): boolean {
    if (end - start !== this.#length) return false;
    const [places, expected, first] = [this.#places, this.#words, start >> 2];
    for (let i = 0; i < places.length; i++) {
      if (words[first + (places[i] as number)] !== expected[i]) return false;
    }
    return true;
  }

  read(source: Source, start: number): object {
    if (this.#read) return this.#read(source, start);
    if (++this.#uses === BEFORE_COMPILED) this.#read = compile(this.#object, this.#length);
    return this.#object.read(source, start);
  }
}

const known = new Map<Table, Layout[]>();

/** The object that a message has behind its own header. */
export function readObject(table: Table, source: Source, start: number, end: number): object {
  let layouts = known.get(table);
  if (layouts === undefined) known.set(table, (layouts = []));
  const index = layouts.findIndex((layout) => layout.fits(source, start, end));
  const layout = index < 0 ? new Layout(table, source, start, end) : (layouts[index] as Layout);
  if (index !== 0 && layout.size <= LARGEST) {
    layouts.splice(index < 0 ? KEPT - 1 : index, 1);
    layouts.unshift(layout);
  }
  return layout.read(source, start);
}
