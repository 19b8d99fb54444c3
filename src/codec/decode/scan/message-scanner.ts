import { ListPart, ObjectPart, type Part, ValuePart } from './parts';
import type { Source } from './source';
import type { Row, Table } from './tables';
import { bytesKind, prefixKind, type ValueKind } from './values';

const ATTRIBUTE_HEADER = 4;
// Excludes the flags for nested attributes and network byte order.
const TYPE_MASK = 0x3fff;
// The tables nest without end (a veth's peer is a link), so a message could as well.
const DEEPEST = 16;

/** Start and end offset; the end is exclusive. */
type Range = readonly [number, number];

const aligned = (length: number): number => (length + 3) & ~3;

/** Finds the offset of each value in one message, by the attribute tables. */
export class MessageScanner {
  /** Indexes of the words that determine the layout. */
  readonly places: number[] = [];
  readonly #source: Source;
  readonly #start: number;
  /** Start of the fixed header that belongs to the current attributes. */
  #header = 0;
  #depth = 0;

  constructor(source: Source, start: number) {
    this.#source = source;
    this.#start = start;
  }

  object(table: Table, at: number, end: number): ObjectPart {
    const { headerSize } = table;
    if (end - at < headerSize) return new ObjectPart();
    const outer = this.#header;
    this.#header = at;
    const object = headerSize === 0 ? new ObjectPart() : this.#structure(table, at, headerSize);
    this.#attributes(object, table, at + aligned(headerSize), end);
    this.#header = outer;
    return object;
  }

  #attributes(object: ObjectPart, table: Table, start: number, stop: number): void {
    for (let place = start, length; (length = this.#length(place, stop)) > 0; place += aligned(length)) {
      const [at, end] = [place + ATTRIBUTE_HEADER, place + length];
      const type = this.#type(place);
      const row = table.row(type);
      const part = row && this.#part(object, row, [at, end], [start, stop]);
      if (row && part) object.add(row.key, part);
      // Attributes that no table knows, or that do not fit their row, are kept as bytes.
      else if (part === undefined) object.unknown.add(type, this.#value(bytesKind, at, end));
    }
  }

  /** 0 after the last attribute, and if the length is below the header's size or beyond the end. */
  #length(at: number, end: number): number {
    if (at + ATTRIBUTE_HEADER > end) return 0;
    this.#look(at);
    const length = this.#source.view.getUint16(at, true);
    return length < ATTRIBUTE_HEADER || at + length > end ? 0 : length;
  }

  #type(at: number): number {
    return this.#source.view.getUint16(at + 2, true) & TYPE_MASK;
  }

  #look(at: number): void {
    this.places.push((at - this.#start) >> 2);
  }

  #value(kind: ValueKind, at: number, end: number): ValuePart {
    return new ValuePart(kind, at - this.#start, end - this.#start);
  }

  /** Undefined if the attribute does not fit its row; null if the row's key has no value. */
  #part(object: ObjectPart, row: Row, [at, end]: Range, siblings: Range): Part | null | undefined {
    if (row.value) return row.value.fits(end - at) ? this.#value(row.value, at, end) : undefined;
    if (row.kind === 'skip') return null;
    if (this.#depth >= DEEPEST) return undefined;
    this.#depth++;
    const part =
      row.kind === 'prefix' ? this.#prefix(row.arg, at, end) : this.#nested(object, row, at, end, siblings);
    this.#depth--;
    return part;
  }

  #nested(object: ObjectPart, row: Row, at: number, end: number, siblings: Range): Part | null | undefined {
    const table = row.kind === 'union' ? this.#chosen(row, siblings) : row.nest;
    if (row.kind === 'inline') {
      if (table) this.#attributes(object, table, at, end);
      return null;
    }
    return table && this.#within(row, table, at, end);
  }

  #within(row: Row, table: Table, at: number, end: number): Part | undefined {
    switch (row.kind) {
      case 'nest':
      case 'union':
        return this.object(table, at, end);
      case 'struct':
      case 'devconf':
        return this.#structure(table, at, end - at);
      case 'list':
        return this.#elements(at, end, (from, to) => this.object(table, from, to));
      case 'array':
        return this.#elements(at, end, (from, to) => this.#plain(table, from, to));
      case 'group':
        return this.#group(table, at, end);
      case 'multipath':
        return this.#multipath(table, at, end);
      default:
        return undefined;
    }
  }

  /** The table of a union, chosen by a sibling attribute. */
  #chosen(row: Row, [start, stop]: Range): Table | undefined {
    for (let at = start, length; (length = this.#length(at, stop)) > 0; at += aligned(length)) {
      if (this.#type(at) !== row.selector) continue;
      const [from, to] = [at + ATTRIBUTE_HEADER, at + length];
      for (let place = from; place < to; place += 4) this.#look(place);
      return row.chosenAt(this.#source, from, to);
    }
    return undefined;
  }

  /** A structure of this size: an older kernel's may be shorter than the table, a newer kernel's longer. */
  #structure(table: Table, at: number, size: number): ObjectPart {
    const object = new ObjectPart();
    for (const { key, at: offset, value } of table.fields) {
      if (value.fits(size - offset)) object.add(key, this.#value(value, at + offset, at + size));
    }
    return object;
  }

  /** '10.0.0.0/8': the prefix length is in the fixed header. */
  #prefix(offset: number, at: number, end: number): Part | undefined {
    if (end - at !== 4 && end - at !== 16) return undefined;
    return this.#value(prefixKind(at - this.#header - offset), at, end);
  }

  /** Elements of one kind; their attribute types are ignored. */
  #elements(start: number, stop: number, part: (at: number, end: number) => Part | undefined): ListPart {
    const list = new ListPart();
    for (let at = start, length; (length = this.#length(at, stop)) > 0; at += aligned(length)) {
      const item = part(at + ATTRIBUTE_HEADER, at + length);
      if (item !== undefined) list.items.push(item);
    }
    return list;
  }

  #plain({ first }: Table, at: number, end: number): Part | undefined {
    const value = first?.value;
    return value?.fits(end - at) ? this.#value(value, at, end) : undefined;
  }

  #group(table: Table, start: number, stop: number): ListPart {
    const size = table.headerSize;
    const list = new ListPart();
    for (let at = start; at + size <= stop; at += size) list.items.push(this.#structure(table, at, size));
    return list;
  }

  /** rtnexthop structures, each with a length and attributes of its own. */
  #multipath(table: Table, start: number, stop: number): ListPart {
    const hops = new ListPart();
    for (let at = start; at + table.headerSize <= stop;) {
      this.#look(at);
      const length = this.#source.view.getUint16(at, true);
      if (length < table.headerSize || at + length > stop) break;
      hops.items.push(this.object(table, at, at + length));
      at += aligned(length);
    }
    return hops;
  }
}
