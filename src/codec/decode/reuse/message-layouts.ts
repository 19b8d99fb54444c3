import { isWithout } from '../../../base/without';
import type { ObjectPart } from '../scan/parts';
import type { Source } from '../scan/source';
import { MessageScanner } from '../scan/message-scanner';
import type { Table } from '../scan/tables';
import { Template } from './message-template';

const IS_OFF = isWithout('layouts');
/**
 * The number of layouts kept for a table. Messages of more than LARGEST words have none: a link with many virtual
 * functions has such messages.
 */
const KEPT = 512;
const LARGEST = 2048;

/** The role of a word in a message: it affects nothing else, decides the layout, or is part of values. */
const [NOTHING, DECIDES, VALUES] = [0, 1, 2];

/**
 * The layout of a message. Messages of the same length have the same layout if they agree in the words that the scanner
 * depends on, which are the headers of all attributes. The kernel's lists have a few layouts and thousands of messages.
 */
class Layout {
  readonly #object: ObjectPart;
  /** The words of a message with this layout, and the role of each. */
  readonly #words: Int32Array;
  readonly #roles: Uint8Array;
  /** Indexes of the words that differ in the current message. */
  readonly #differing: Uint16Array;
  #template: Template | undefined;
  #met = false;

  constructor(table: Table, source: Source, start: number, end: number) {
    const scanner = new MessageScanner(source, start);
    this.#object = scanner.object(table, start, end);
    this.#words = source.words.slice(start >> 2, end >> 2);
    this.#roles = new Uint8Array(this.#words.length).fill(NOTHING);
    for (const place of scanner.places) this.#roles[place] = DECIDES;
    this.#differing = new Uint16Array(this.#words.length);
  }

  /** Decodes a message of the layout's length; undefined if the message has another layout. */
  read(source: Source, start: number): object | undefined {
    let count = this.#compare(source.words, start >> 2);
    if (count === undefined) return undefined;
    if (this.#template === undefined) {
      // Many layouts occur only once.
      if (!this.#met) {
        this.#met = true;
        return this.#object.read(source, start);
      }
      this.#template = this.#makeTemplate(source, start);
      count = 0;
    }
    return this.#template.read(source, start, this.#differing, count);
  }

  /** The number of differing words of values; undefined if a word that decides the layout differs. */
  #compare(words: Int32Array, first: number): number | undefined {
    const expected = this.#words;
    let count = 0;
    for (let i = 0; i < expected.length; i++) {
      if (words[first + i] === expected[i]) continue;
      const role = this.#roles[i];
      if (role === DECIDES) return undefined;
      if (role === VALUES) this.#differing[count++] = i;
    }
    return count;
  }

  #makeTemplate(source: Source, start: number): Template {
    const template = new Template(this.#object, source, start);
    const first = start >> 2;
    this.#words.set(source.words.subarray(first, first + this.#words.length));
    for (const place of template.places) this.#roles[place] ||= VALUES;
    return template;
  }
}

const known = new Map<Table, Layouts>();

/** The known layouts of a table's messages, by message length. */
export class Layouts {
  readonly #table: Table;
  readonly #byLength = new Map<number, Layout[]>();
  #count = 0;

  private constructor(table: Table) {
    this.#table = table;
  }

  static of(table: Table): Layouts {
    let layouts = known.get(table);
    if (layouts === undefined) known.set(table, (layouts = new Layouts(table)));
    return layouts;
  }

  /** Decodes the part of a message after its own header. */
  read(source: Source, start: number, end: number): object {
    const length = end - start;
    const alike = this.#byLength.get(length);
    for (let i = 0; alike && i < alike.length; i++) {
      const object = (alike[i] as Layout).read(source, start);
      if (object !== undefined) return object;
    }
    // The kernel's messages consist of whole words.
    if (length % 4 !== 0 || length > 4 * LARGEST || IS_OFF)
      return new MessageScanner(source, start).object(this.#table, start, end).read(source, start);
    const layout = new Layout(this.#table, source, start, end);
    this.#keep(length, layout);
    return layout.read(source, start) as object;
  }

  #keep(length: number, layout: Layout): void {
    // Clearing the cache is simpler than an LRU.
    if (this.#count >= KEPT) {
      this.#byLength.clear();
      this.#count = 0;
    }
    const alike = this.#byLength.get(length);
    if (alike) alike.push(layout);
    else this.#byLength.set(length, [layout]);
    this.#count++;
  }
}
