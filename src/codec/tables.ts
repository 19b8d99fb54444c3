import type { SchemaRow } from '../native';
import { schema } from './schema';
import { type DecodedObject, type Maker, makerOf, type Setter, setterOf, type Tempered } from './shapes';
import type { Source } from './source';
import { type ValueKind, valueKindOf } from './values';

/** A row of an attribute table, made ready to be read by. */
export class Row {
  readonly arg: number;
  readonly kind: string;
  /** Of rows that hold one plain value. */
  readonly value: ValueKind | undefined;
  /** The type of the attribute beside it that chooses among the variants. */
  readonly selector: number;
  readonly #row: SchemaRow;
  readonly #setter: Tempered<Setter>;

  constructor(row: SchemaRow, siblings: readonly SchemaRow[]) {
    this.arg = row.arg;
    this.kind = row.kind;
    this.value = valueKindOf(row);
    this.selector = siblings.find((sibling) => sibling.key === row.selector)?.type ?? 0;
    this.#row = row;
    this.#setter = setterOf(row.key);
  }

  get set(): Setter {
    return this.#setter.function;
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

const tables = new Map<string, Table>();

/** An attribute table, made ready to be read by. */
export class Table {
  readonly headerSize: number;
  readonly #attrs: readonly SchemaRow[];
  /** By the numbers of their attributes. */
  readonly #written: SchemaRow[] = [];
  readonly #rows: Row[] = [];
  readonly #fields: readonly (readonly [number, SchemaRow])[];
  readonly #makers = new Map<number, Tempered<Maker>>();

  private constructor(name: string) {
    tables.set(name, this);
    const { header = [], attrs = [], headerSize = 0 } = schema.tables[name] ?? {};
    this.#attrs = attrs;
    for (const row of attrs) this.#written[row.type] = row;
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

  /** What the elements of an array are. */
  get first(): Row | undefined {
    const [first] = this.#attrs;
    return first && this.row(first.type);
  }

  /** The row of an attribute; undefined for one that the table has not. */
  row(type: number): Row | undefined {
    return this.#rows[type] ?? this.#made(type);
  }

  // Made when it is needed: of a link's hundreds of attributes an answer has some dozens.
  #made(type: number): Row | undefined {
    const row = this.#written[type];
    return row && (this.#rows[type] = new Row(row, this.#attrs));
  }

  /** A structure of so many bytes: an older kernel's may be shorter than the table, a newer one's longer. */
  structure(source: Source, at: number, size: number): DecodedObject {
    let make = this.#makers.get(size);
    if (make === undefined) this.#makers.set(size, (make = this.#makerFor(size)));
    return make.function(source, at);
  }

  #makerFor(size: number): Tempered<Maker> {
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
