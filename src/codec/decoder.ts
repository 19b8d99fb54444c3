import { ipAddress } from './addresses';
import type { DecodedObject } from './shapes';
import type { Source } from './source';
import type { Row, Table } from './tables';

const ATTRIBUTE_HEADER = 4;
// Without the flags for nests and for network byte order.
const TYPE_MASK = 0x3fff;
// The tables nest without end (a veth's peer is a link), so a message could too.
const DEEPEST = 16;

/** From the first byte to the one behind the last. */
type Range = readonly [number, number];

const aligned = (length: number): number => (length + 3) & ~3;

/** 0 after the last attribute, and at one that claims fewer bytes than its own header or more than are left. */
function attributeLength(view: DataView, at: number, end: number): number {
  if (at + ATTRIBUTE_HEADER > end) return 0;
  const length = view.getUint16(at, true);
  return length < ATTRIBUTE_HEADER || at + length > end ? 0 : length;
}

function attributeType(view: DataView, at: number): number {
  return view.getUint16(at + 2, true) & TYPE_MASK;
}

/** Reads the objects of one answer by their tables. */
export class Decoder {
  readonly #source: Source;
  /** Where the fixed header starts that belongs to the attributes being read. */
  #header = 0;
  #depth = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  object(table: Table, at: number, end: number): DecodedObject {
    const { headerSize } = table;
    if (end - at < headerSize) return {};
    const outer = this.#header;
    this.#header = at;
    const object = headerSize === 0 ? {} : table.structure(this.#source, at, headerSize);
    this.#attributes(object, table, at + aligned(headerSize), end);
    this.#header = outer;
    return object;
  }

  #attributes(object: DecodedObject, table: Table, start: number, stop: number): void {
    const source = this.#source;
    const { view } = source;
    for (
      let place = start, length;
      (length = attributeLength(view, place, stop)) > 0;
      place += aligned(length)
    ) {
      const at = place + ATTRIBUTE_HEADER;
      const end = place + length;
      const type = attributeType(view, place);
      const row = table.row(type);
      if (row?.value) {
        if (row.value.fits(end - at)) row.set(object, row.value.read(source, at, end));
        else this.#unknown(object, type, at, end);
      } else if (row === undefined || !this.#nested(object, row, [at, end], [start, stop])) {
        this.#unknown(object, type, at, end);
      }
    }
  }

  /** What no table knows, or what cannot be what its row says, stays as bytes. */
  #unknown(object: DecodedObject, type: number, at: number, end: number): void {
    const unknown = (object['unknown'] ??= {}) as Record<number, Uint8Array>;
    unknown[type] = this.#source.copy(at, end);
  }

  /** Rows that hold more than one plain value. False if the attribute cannot be what its row says. */
  #nested(object: DecodedObject, row: Row, [at, end]: Range, siblings: Range): boolean {
    if (row.kind === 'skip') return true;
    if (this.#depth >= DEEPEST) return false;
    this.#depth++;
    const table = row.kind === 'union' ? this.#chosen(row, siblings) : row.nest;
    const value =
      row.kind === 'prefix' ? this.#prefix(row.arg, at, end) : table && this.#within(row, table, at, end);
    if (row.kind === 'inline' && table) this.#attributes(object, table, at, end);
    else if (value !== undefined) row.set(object, value);
    this.#depth--;
    return row.kind === 'inline' || value !== undefined;
  }

  #within(row: Row, table: Table, at: number, end: number): unknown {
    switch (row.kind) {
      case 'nest':
      case 'union':
        return this.object(table, at, end);
      case 'struct':
      case 'devconf':
        return table.structure(this.#source, at, end - at);
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

  /** The table of a union, as an attribute beside it says. */
  #chosen(row: Row, [start, stop]: Range): Table | undefined {
    const { view } = this.#source;
    for (let at = start, length; (length = attributeLength(view, at, stop)) > 0; at += aligned(length)) {
      if (attributeType(view, at) === row.selector)
        return row.variant(this.#source.text(at + ATTRIBUTE_HEADER, at + length));
    }
    return undefined;
  }

  /** '10.0.0.0/8': the length is in the fixed header. */
  #prefix(offset: number, at: number, end: number): string | undefined {
    if (end - at !== 4 && end - at !== 16) return undefined;
    const { bytes, view } = this.#source;
    return `${ipAddress(bytes, at, end)}/${view.getUint8(this.#header + offset)}`;
  }

  /** Equal elements, whatever their numbers are. */
  #elements(start: number, stop: number, read: (at: number, end: number) => unknown): unknown[] {
    const { view } = this.#source;
    const out: unknown[] = [];
    for (let at = start, length; (length = attributeLength(view, at, stop)) > 0; at += aligned(length)) {
      const value = read(at + ATTRIBUTE_HEADER, at + length);
      if (value !== undefined) out.push(value);
    }
    return out;
  }

  #plain({ first }: Table, at: number, end: number): unknown {
    const value = first?.value;
    return value?.fits(end - at) ? value.read(this.#source, at, end) : undefined;
  }

  #group(table: Table, start: number, stop: number): DecodedObject[] {
    const size = table.headerSize;
    const out: DecodedObject[] = [];
    for (let at = start; at + size <= stop; at += size) out.push(table.structure(this.#source, at, size));
    return out;
  }

  /** rtnexthop structures, each with its own length and attributes. */
  #multipath(table: Table, start: number, stop: number): DecodedObject[] {
    const hops: DecodedObject[] = [];
    for (let at = start; at + table.headerSize <= stop;) {
      const length = this.#source.view.getUint16(at, true);
      if (length < table.headerSize || at + length > stop) break;
      hops.push(this.object(table, at, at + length));
      at += aligned(length);
    }
    return hops;
  }
}
