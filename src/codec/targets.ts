import type { SchemaRow } from '../native';
import { Refusal } from './refusal';
import { type Put, putOf } from './scalars';
import { schema } from './schema';
import { nearest } from './suggest';

/** What a key of a body stands for: a row of the table, made ready to be written by. */
export class Target {
  readonly put: Put | undefined;
  #nest: TargetTable | undefined;

  /** `through` is the attribute that the row's own is nested in, though its key stands beside the others. */
  constructor(
    readonly row: SchemaRow,
    readonly inHeader: boolean,
    readonly through: number | undefined,
  ) {
    this.put = putOf(row);
  }

  // Made when it is needed: tables nest without end.
  get nest(): TargetTable {
    return (this.#nest ??= TargetTable.of(this.row.nest ?? ''));
  }

  /** The table that another key of the body chooses for a union. */
  variant(parent: Readonly<Record<string, unknown>>): TargetTable {
    const { selector = '', variants = {} } = this.row;
    const name = parent[selector];
    if (typeof name !== 'string') {
      throw new Refusal(`needs ${selector} beside it, which says what its keys are`);
    }
    const variant = Object.hasOwn(variants, name) ? variants[name] : undefined;
    if (variant === undefined) throw new Refusal(`is not known for ${selector} '${name}'`);
    return TargetTable.of(variant);
  }
}

const tables = new Map<string, TargetTable>();

/** An attribute table, made ready to be written by. */
export class TargetTable {
  readonly headerSize: number;
  readonly familyOffset: number;
  readonly changeOffset: number;
  private readonly targets = new Map<string, Target>();
  /** What the elements of an array are. */
  readonly first: Target | undefined;

  private constructor(readonly name: string) {
    tables.set(name, this);
    const table = schema.tables[name];
    if (table === undefined) throw new TypeError(`unknown table '${name}'`);
    this.headerSize = table.headerSize;
    this.familyOffset = table.familyOffset;
    this.changeOffset = table.changeOffset;
    // Of keys that are there twice the first counts; those of the table itself come first.
    for (const row of table.header) this.#add(row, true);
    for (const row of table.attrs) this.#add(row, false);
    for (const row of table.attrs) {
      const inlined = row.kind === 'inline' ? (schema.tables[row.nest ?? '']?.attrs ?? []) : [];
      for (const inner of inlined) this.#add(inner, false, row.type);
    }
    this.first = this.targets.get(table.attrs[0]?.key ?? '');
  }

  static of(name: string): TargetTable {
    return tables.get(name) ?? new TargetTable(name);
  }

  /** Throws a Refusal with a suggestion for a key that the table has not. */
  find(key: string): Target {
    const target = this.targets.get(key);
    if (target) return target;
    const writable = [...this.targets].flatMap(([name, { row }]) => (row.access === 'reply' ? [] : [name]));
    const suggestion = nearest(key, writable);
    const meant = suggestion === undefined ? '' : `, did you mean ${suggestion}?`;
    throw new Refusal(`is no attribute of ${this.name}${meant}`);
  }

  #add(row: SchemaRow, inHeader: boolean, through?: number): void {
    if (row.key === '' || this.targets.has(row.key)) return;
    this.targets.set(row.key, new Target(row, inHeader, through));
  }
}
