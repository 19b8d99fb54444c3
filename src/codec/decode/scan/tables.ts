import type { SchemaRow } from '../../../native/schema';
import { own } from '../../../base/own';
import { schema } from '../../schema/schema';
import type { Source } from './source';
import { type ValueKind, valueKindOf } from './values';

/** A row of an attribute table, prepared for decoding. */
export class Row {
  readonly key: string;
  readonly arg: number;
  readonly kind: string;
  /** Set for rows that hold one plain value. */
  readonly value: ValueKind | undefined;
  /** The type of the sibling attribute that selects the variant. */
  readonly selector: number;
  readonly #chooser: SchemaRow | undefined;
  readonly #row: SchemaRow;

  constructor(row: SchemaRow, siblings: readonly SchemaRow[]) {
    this.key = row.key;
    this.arg = row.arg;
    this.kind = row.kind;
    this.value = valueKindOf(row);
    this.#chooser = siblings.find((sibling) => sibling.key === row.selector);
    this.selector = this.#chooser?.type ?? 0;
    this.#row = row;
  }

  get nest(): Table | undefined {
    return Table.named(this.#row.nest);
  }

  /** The table selected by the attribute at this offset: by its text, or by a named number in network byte order. */
  chosenAt(source: Source, from: number, to: number): Table | undefined {
    const values = this.#chooser?.names?.values;
    if (values === undefined) return this.#variant(source.text(from, to));
    if (to - from !== 4) return undefined;
    const number = source.view.getUint32(from);
    const name = Object.keys(values).find((key) => values[key] === number);
    return name === undefined ? undefined : this.#variant(name);
  }

  #variant(name: string): Table | undefined {
    return Table.named(own(this.#row.variants ?? {}, name));
  }
}

export interface Family {
  readonly name: string;
  readonly table: Table;
  readonly newType: number;
  readonly deleteType: number;
}

/** A value at a fixed offset in a structure. */
export interface Field {
  readonly key: string;
  readonly at: number;
  readonly value: ValueKind;
}

const tables = new Map<string, Table>();

/** An attribute table, prepared for decoding. */
export class Table {
  readonly headerSize: number;
  readonly fields: readonly Field[];
  readonly #name: string;
  readonly #attrs: readonly SchemaRow[];
  /** By attribute type. */
  readonly #written: SchemaRow[] = [];
  readonly #rows: Row[] = [];
  readonly #without = new Map<string, Table>();

  private constructor(name: string, without?: string) {
    this.#name = name;
    const { header = [], attrs = [], headerSize = 0 } = schema.tables[name] ?? {};
    this.#attrs = attrs;
    for (const row of attrs) this.#written[row.type] = row.key === without ? { ...row, kind: 'skip' } : row;
    this.headerSize = headerSize;
    // A table without a header lists numbered values; the kernel may send them as a plain array.
    const valueAt = (row: SchemaRow): number => 4 * (row.type - 1);
    const placed = headerSize > 0 ? header : attrs;
    this.fields = placed.flatMap((row) => {
      const value = valueKindOf(row);
      return value ? [{ key: row.key, at: headerSize > 0 ? row.type : valueAt(row), value }] : [];
    });
  }

  /** The element type of an array. */
  get first(): Row | undefined {
    const [first] = this.#attrs;
    return first && this.row(first.type);
  }

  /** The row of an attribute; undefined if the table has none. */
  row(type: number): Row | undefined {
    return this.#rows[type] ?? this.#made(type);
  }

  // Created on demand: of a link's hundreds of attributes, a reply has some dozens.
  #made(type: number): Row | undefined {
    const row = this.#written[type];
    return row && (this.#rows[type] = new Row(row, this.#attrs));
  }

  /** The same table, with one key ignored. */
  without(key: string): Table {
    let table = this.#without.get(key);
    if (table === undefined) this.#without.set(key, (table = new Table(this.#name, key)));
    return table;
  }

  static named(name: string | undefined): Table | undefined {
    return name === undefined ? undefined : Table.of(name);
  }

  static of(name: string): Table {
    let table = tables.get(name);
    if (table === undefined) tables.set(name, (table = new Table(name)));
    return table;
  }
}

const families = Object.entries(schema.families).map(([name, family]) => ({ ...family, name }));

export function familyNamed(name: string): Family {
  const family = families.find((one) => one.name === name);
  if (family === undefined) throw new TypeError(`unknown family '${name}'`);
  return { ...family, table: Table.of(family.table) };
}

/** The family of a kernel message; `addressFamily` is the first byte after the netlink header. */
export function familyOfMessage(protocol: number, type: number, addressFamily: number): Family | undefined {
  const found = families.filter(
    (family) => family.protocol === protocol && (family.newType === type || family.deleteType === type),
  );
  const family =
    found.find((one) => one.addressFamily === addressFamily) ?? found.find((one) => one.addressFamily === 0);
  return family && { ...family, table: Table.of(family.table) };
}
