import type { Schema, SchemaRow } from '../../native/schema';
import { own } from '../../base/own';
import { EncodeError } from '../schema/encode-error';
import { type Put, putOf } from './scalars';
import { schema } from '../schema/schema';
import { nearest } from '../../base/suggest';

/** The row of a body's key, prepared for encoding. */
export class Target {
  readonly put: Put | undefined;
  #nest: TargetTable | undefined;

  /** `through` is the attribute in which the row's own is nested, for a key beside the outer keys. */
  constructor(
    readonly row: SchemaRow,
    readonly inHeader: boolean,
    readonly through: number | undefined,
  ) {
    this.put = putOf(row);
  }

  // Created on demand: tables nest without end.
  get nest(): TargetTable {
    return (this.#nest ??= TargetTable.of(this.row.nest ?? ''));
  }

  /** The table of a union, selected by another key of the body. */
  variant(parent: Readonly<Record<string, unknown>>): TargetTable {
    const { selector = '', variants = {} } = this.row;
    const name = parent[selector];
    if (typeof name !== 'string') {
      throw new EncodeError(`needs ${selector}, which selects its keys`);
    }
    const variant = own(variants, name);
    if (variant === undefined) throw new EncodeError(`is not known for ${selector} '${name}'`);
    return TargetTable.of(variant);
  }
}

const tables = new Map<string, TargetTable>();

/** An attribute table, prepared for encoding. */
export class TargetTable {
  readonly headerSize: number;
  readonly familyOffset: number;
  readonly changeOffset: number;
  readonly #table: Schema['tables'][string];
  readonly #targets = new Map<string, Target>();

  private constructor(readonly name: string) {
    tables.set(name, this);
    const table = schema.tables[name];
    if (table === undefined) throw new TypeError(`unknown table '${name}'`);
    this.#table = table;
    this.headerSize = table.headerSize;
    this.familyOffset = table.familyOffset;
    this.changeOffset = table.changeOffset;
  }

  static of(name: string): TargetTable {
    return tables.get(name) ?? new TargetTable(name);
  }

  /** The element type of an array. */
  get first(): Target | undefined {
    const [row] = this.#table.attrs;
    return row && this.#known(row.key);
  }

  /** Throws an EncodeError with a suggestion for an unknown key. */
  find(key: string): Target {
    const target = this.#known(key);
    if (target) return target;
    const suggestion = nearest(key, this.#writable());
    const meant = suggestion === undefined ? '' : `, did you mean ${suggestion}?`;
    throw new EncodeError(`is not an attribute of ${this.name}${meant}`);
  }

  // Created on demand: a body has a few of a table's hundreds of keys.
  #known(key: string): Target | undefined {
    return this.#targets.get(key) ?? this.#make(key);
  }

  // Of duplicate keys the first one counts; keys of the table itself come first.
  #make(key: string): Target | undefined {
    if (key === '') return undefined;
    const { header, attrs } = this.#table;
    const has = (row: SchemaRow): boolean => row.key === key;
    const own = header.find(has) ?? attrs.find(has);
    if (own) return this.#keep(key, new Target(own, header.includes(own), undefined));
    for (const row of attrs) {
      const inner = innerOf(row).find(has);
      if (inner) return this.#keep(key, new Target(inner, false, row.type));
    }
    return undefined;
  }

  #keep(key: string, target: Target): Target {
    this.#targets.set(key, target);
    return target;
  }

  #writable(): string[] {
    const { header, attrs } = this.#table;
    const rows = [...header, ...attrs, ...attrs.flatMap(innerOf)];
    return rows.flatMap(({ key, access }) => (key === '' || access === 'reply' ? [] : [key]));
  }
}

/** The rows whose keys stand beside the row's own, though their attributes are nested in it. */
function innerOf(row: SchemaRow): readonly SchemaRow[] {
  return row.kind === 'inline' ? (schema.tables[row.nest ?? '']?.attrs ?? []) : [];
}
