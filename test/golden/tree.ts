import type { Schema, SchemaRow } from '../../src/native/schema';

/** A message by the kinds of its rows: attributes by key, with their values in hexadecimal. Order does not matter in it. */
export interface Tree {
  [key: string]: string | Tree | Tree[] | string[];
}

const NESTED_FLAGS = 0xc000;
const aligned = (length: number): number => (length + 3) & ~3;

/** Reads messages by the tables alone: an implementation independent of the codec. */
export class TreeReader {
  constructor(private readonly schema: Schema) {}

  /** The message behind its nlmsghdr. */
  read(family: string, message: Buffer): Tree {
    const found = this.schema.families[family];
    if (found === undefined) throw new Error(`no family ${family}`);
    return this.table(found.table, message);
  }

  private table(name: string, bytes: Buffer): Tree {
    const table = this.schema.tables[name];
    if (table === undefined) throw new Error(`no table ${name}`);
    const out: Tree = {};
    if (table.headerSize > 0) out['header'] = bytes.toString('hex', 0, table.headerSize);
    const attributes = [...this.attributes(bytes.subarray(aligned(table.headerSize)))];
    for (const { type, payload } of attributes) {
      const row = table.attrs.find((candidate) => candidate.type === type);
      // What has no row shows as its number and fails the comparison by that.
      const key = row === undefined ? `#${type}` : row.kind === 'inline' ? (row.nest ?? '') : row.key;
      out[key] =
        row === undefined ? payload.toString('hex') : this.value(row, payload, attributes, table.attrs);
    }
    return out;
  }

  private value(
    row: SchemaRow,
    payload: Buffer,
    siblings: readonly { type: number; payload: Buffer }[],
    rows: readonly SchemaRow[],
  ): Tree[string] {
    const nest = row.nest ?? '';
    switch (row.kind) {
      case 'nest':
      case 'inline':
      case 'devconf':
        return this.table(nest, payload);
      case 'union': {
        const selector = rows.find((candidate) => candidate.key === row.selector);
        const chosen = siblings.find((sibling) => sibling.type === selector?.type);
        return this.table(row.variants?.[nameIn(selector, chosen?.payload)] ?? '', payload);
      }
      case 'list':
        return [...this.attributes(payload)].map((element) => this.table(nest, element.payload));
      case 'array':
        return [...this.attributes(payload)].map((element) =>
          element.payload.toString('hex').replace(/(00)+$/, ''),
        );
      case 'multipath':
        return [...this.hops(nest, payload)];
      // The NUL at the end of a text is optional.
      case 'str':
        return text(payload);
      default:
        return payload.toString('hex');
    }
  }

  private *hops(nest: string, bytes: Buffer): Generator<Tree> {
    for (let at = 0; at < bytes.length; at += aligned(bytes.readUInt16LE(at))) {
      const length = bytes.readUInt16LE(at);
      if (length < 8) throw new Error(`a hop of ${length} bytes`);
      yield this.table(nest, bytes.subarray(at, at + length));
    }
  }

  private *attributes(bytes: Buffer): Generator<{ type: number; payload: Buffer }> {
    for (let at = 0; at < bytes.length; at += aligned(bytes.readUInt16LE(at))) {
      const length = bytes.readUInt16LE(at);
      if (length < 4 || at + length > bytes.length)
        throw new Error(`an attribute of ${length} bytes at ${at}`);
      yield {
        type: bytes.readUInt16LE(at + 2) & ~NESTED_FLAGS,
        payload: bytes.subarray(at + 4, at + length),
      };
    }
  }
}

function text(payload: Buffer | undefined): string {
  return (payload ?? Buffer.alloc(0)).toString('latin1').replace(/\0+$/, '');
}

/** What the attribute that chooses a table says: a text, or a number that has a name. */
function nameIn(selector: SchemaRow | undefined, payload: Buffer | undefined): string {
  const { values } = selector?.names ?? {};
  if (values === undefined || payload?.length !== 4) return text(payload);
  return Object.keys(values).find((name) => values[name] === payload.readUInt32BE()) ?? '';
}
