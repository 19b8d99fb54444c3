import type { SchemaRow } from '../native';
import { schema } from './schema';
import { type DecodedObject, makerOf, setterOf } from './shapes';
import type { Source } from './source';
import { type ValueKind, valueKindOf } from './values';

type Setter = ReturnType<typeof setterOf>;

/** A row of an attribute table, made ready to be read by. */
export class Row {
  readonly arg: number;
  readonly kind: string;
  /** Of rows that hold one plain value. */
  readonly value: ValueKind | undefined;
  /** The type of the attribute beside it that chooses among the variants. */
  readonly selector: number;
  readonly #row: SchemaRow;
  #set: Setter | undefined;

  constructor(row: SchemaRow, siblings: readonly SchemaRow[]) {
    this.arg = row.arg;
    this.kind = row.kind;
    this.value = valueKindOf(row);
    this.selector = siblings.find((sibling) => sibling.key === row.selector)?.type ?? 0;
    this.#row = row;
  }

  // Made when it is needed, like tables: most links have a few of the hundreds of keys, and a few of the kinds.
  get set(): Setter {
    return (this.#set ??= setterOf(this.#row.key));
  }

  get nest(): Table | undefined {
    return Table.named(this.#row.nest);
  }

  variant(name: string): Table | undefined {
    return Table.named(this.#row.variants?.[name]);
  }
}

export interface Family {
  readonly name: string;
  readonly table: Table;
  readonly newType: number;
  readonly deleteType: number;
}

type Maker = ReturnType<typeof makerOf>;

const tables = new Map<string, Table>();

/** An attribute table, made ready to be read by. */
export class Table {
  readonly headerSize: number;
  /** By the numbers of their attributes. */
  readonly rows: readonly (Row | undefined)[];
  readonly #fields: readonly (readonly [number, SchemaRow])[];
  readonly #makers = new Map<number, Maker>();

  private constructor(name: string) {
    tables.set(name, this);
    const { header = [], attrs = [], headerSize = 0 } = schema.tables[name] ?? {};
    const rows: (Row | undefined)[] = [];
    for (const row of attrs) rows[row.type] = new Row(row, attrs);
    this.rows = rows;
    this.headerSize = headerSize;
    // Without a header it is a table of numbered values, which the kernel may answer as a plain array.
    const valueAt = (row: SchemaRow): number => 4 * (row.type - 1);
    this.#fields =
      headerSize > 0 ? header.map((row) => [row.type, row]) : attrs.map((row) => [valueAt(row), row]);
  }

  static named(name: string | undefined): Table | undefined {
    return name === undefined ? undefined : Table.of(name);
  }

  static of(name: string): Table {
    return tables.get(name) ?? new Table(name);
  }

  /** A structure of so many bytes: an older kernel's may be shorter than the table, a newer one's longer. */
  structure(source: Source, at: number, size: number): DecodedObject {
    let make = this.#makers.get(size);
    if (make === undefined) this.#makers.set(size, (make = this.#makerFor(size)));
    return make(source, at);
  }

  #makerFor(size: number): Maker {
    return makerOf(
      this.#fields.flatMap(([at, row]) => {
        const value = valueKindOf(row);
        return value?.fits(size - at) ? [{ key: row.key, at, end: size, read: value.read }] : [];
      }),
    );
  }
}

const families = Object.entries(schema.families).map(([name, family]) => ({ ...family, name }));

export function familyNamed(name: string): Family {
  const family = families.find((one) => one.name === name);
  if (family === undefined) throw new TypeError(`unknown family '${name}'`);
  return { ...family, table: Table.of(family.table) };
}

/** The family of a message as the kernel sent it; `addressFamily` is the first byte behind its header. */
export function familyOfMessage(protocol: number, type: number, addressFamily: number): Family | undefined {
  const found = families.filter(
    (family) => family.protocol === protocol && (family.newType === type || family.deleteType === type),
  );
  const family =
    found.find((one) => one.addressFamily === addressFamily) ?? found.find((one) => one.addressFamily === 0);
  return family && { ...family, table: Table.of(family.table) };
}
