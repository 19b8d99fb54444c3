import type { ObjectPart, ReadObject } from './parts';
import type { Source } from './source';
import { Survey } from './survey';
import type { Table } from './tables';

/** So many objects are read part by part before it pays to make a function for their like. */
const BEFORE_COMPILED = 8;
/** So many layouts are kept of a table, none of them with more attributes than any link has. */
const KEPT = 512;
const LARGEST = 1024;

/**
 * What is where in a message. Messages of the same length and with the same words at the places that the survey went by, which
 * are the headers of all attributes, have the same layout: the kernel's lists have a few layouts and thousands of messages.
 */
class Layout {
  readonly #length: number;
  readonly #places: readonly number[];
  readonly #words: readonly number[];
  readonly #object: ObjectPart;
  #read: ReadObject | undefined;
  #uses = 0;

  constructor(table: Table, source: Source, start: number, end: number) {
    const survey = new Survey(source, start);
    this.#object = survey.object(table, start, end);
    this.#length = end - start;
    this.#places = survey.places;
    this.#words = survey.words;
  }

  get size(): number {
    return this.#places.length;
  }

  /** Whether a message of the layout's length has it. */
  fits({ words }: Source, start: number): boolean {
    const [places, expected, first] = [this.#places, this.#words, start >> 2];
    for (let i = 0; i < places.length; i++) {
      if (words[first + (places[i] as number)] !== expected[i]) return false;
    }
    return true;
  }

  read(source: Source, start: number): object {
    if (this.#read) return this.#read(source, start);
    if (++this.#uses === BEFORE_COMPILED) this.#compile();
    return this.#object.read(source, start);
  }

  #compile(): void {
    try {
      this.#read = this.#object.compile(this.#length);
    } catch {
      // Code must not be made from text: `node --disallow-code-generation-from-strings`.
    }
  }
}

/** The layouts of a table, by the lengths of their messages. */
class Layouts {
  readonly #known = new Map<number, Layout[]>();
  #count = 0;

  of(table: Table, source: Source, start: number, end: number): Layout {
    const alike = this.#known.get(end - start);
    const known = alike?.find((layout) => layout.fits(source, start));
    if (known) return known;
    const layout = new Layout(table, source, start, end);
    if (layout.size <= LARGEST) this.#keep(end - start, layout);
    return layout;
  }

  #keep(length: number, layout: Layout): void {
    // Rather all anew, now and then, than a book about which were used last.
    if (this.#count >= KEPT) {
      this.#known.clear();
      this.#count = 0;
    }
    const alike = this.#known.get(length);
    if (alike) alike.push(layout);
    else this.#known.set(length, [layout]);
    this.#count++;
  }
}

const layouts = new Map<Table, Layouts>();

/** The object that a message has behind its own header. */
export function readObject(table: Table, source: Source, start: number, end: number): object {
  let known = layouts.get(table);
  if (known === undefined) layouts.set(table, (known = new Layouts()));
  return known.of(table, source, start, end).read(source, start);
}
