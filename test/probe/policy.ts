import type { Schema, SchemaRow } from '../../src/native/schema';

/** An answer of test/judges/ask.py. */
export interface Answer {
  readonly errno: number;
  readonly text?: string;
  readonly offset?: number;
  /** By enum netlink_policy_type_attr. */
  readonly policy?: Readonly<Record<string, number>>;
}

/** enum netlink_attribute_type */
const Type = {
  ...{ Flag: 1, U8: 2, U16: 3, U32: 4, U64: 5, S8: 6, S16: 7, S32: 8, S64: 9 },
  ...{ Binary: 10, String: 11, NulString: 12, Nested: 13, NestedArray: 14 },
};
const TYPE = '1';
const MIN_LENGTH = '6';
const MAX_LENGTH = '7';

const nested = [Type.Nested, Type.NestedArray];
/** The types under which the kernel may know a row of a kind. Signs and byte orders are beyond its policies. */
const types: Readonly<Record<string, readonly number[]>> = {
  u8: [Type.U8],
  s8: [Type.U8, Type.S8],
  bool: [Type.U8],
  u16: [Type.U16],
  be16: [Type.U16],
  u32: [Type.U32],
  s32: [Type.U32, Type.S32],
  be32: [Type.U32],
  dev: [Type.U32],
  handle: [Type.U32],
  netns: [Type.U32],
  ip4: [Type.U32, Type.Binary],
  u64: [Type.U64],
  be64: [Type.U64],
  flag: [Type.Flag],
  // An alias may be empty, which to the kernel makes it binary.
  str: [Type.String, Type.NulString, Type.Binary],
  mac: [Type.Binary],
  ip6: [Type.Binary],
  // IPv4 has its addresses as numbers.
  ip: [Type.Binary, Type.U32],
  prefix: [Type.Binary, Type.U32],
  via: [Type.Binary],
  bytes: [Type.Binary],
  struct: [Type.Binary],
  group: [Type.Binary],
  multipath: [Type.Binary],
  nest: nested,
  inline: nested,
  union: nested,
  list: nested,
  array: nested,
  devconf: nested,
};

const sizes: Readonly<Record<string, number>> = {
  ...{
    u8: 1,
    s8: 1,
    bool: 1,
    u16: 2,
    be16: 2,
    u32: 4,
    s32: 4,
    be32: 4,
    dev: 4,
    handle: 4,
    netns: 4,
    u64: 8,
    be64: 8,
  },
  ...{ ip4: 4, ip6: 16, mac: 6, ip: 4, prefix: 4, via: 6 },
};

/** The length of a row's value in bytes, or the least that a value of varying length can have. */
export function sizeOf(row: SchemaRow, schema: Schema): number | undefined {
  if (row.kind === 'bytes' && row.arg > 0) return row.arg;
  if (row.kind !== 'array' && row.kind !== 'list' && row.nest !== undefined) {
    const { headerSize = 0 } = schema.tables[row.nest] ?? {};
    if (headerSize > 0) return headerSize;
  }
  return sizes[row.kind];
}

/** Values that no attribute of the row's kind can have. Where there is a size, the last is too short by one byte. */
export function badValues(row: SchemaRow, schema: Schema): Buffer[] {
  const size = sizeOf(row, schema);
  // A flag must be empty; a nest may be, but else it has at least a header.
  if (row.kind === 'flag' || types[row.kind] === nested)
    return [Buffer.alloc(1), ...(size ? [Buffer.alloc(size - 1)] : [])];
  // Of binary values the kernel may know the longest or the shortest, or one length only.
  const long = ['mac', 'bytes', 'struct', 'str'].includes(row.kind)
    ? [Buffer.alloc(2000, row.kind === 'str' ? 'x' : 0)]
    : [];
  return [Buffer.alloc(0), ...long, ...(size === undefined ? [] : [Buffer.alloc(size - 1)])];
}

/** A value that the kernel may refuse for what it says, but not for its form. */
export function goodValue(row: SchemaRow, schema: Schema): Buffer {
  if (row.kind === 'str') return Buffer.from(row.key === 'ccAlgo' ? 'reno\0' : 'x\0');
  // struct rtvia: the family stands before the address.
  if (row.kind === 'via') return Buffer.from([2, 0, 10, 0, 0, 1]);
  return Buffer.alloc(sizeOf(row, schema) ?? 0);
}

/** What is wrong with the row by the kernel's policy; undefined if nothing is. */
export function contradiction(
  row: SchemaRow,
  policy: Readonly<Record<string, number>>,
  schema: Schema,
): string | undefined {
  const type = policy[TYPE] ?? 0;
  if (!types[row.kind]?.includes(type)) return `${row.kind} is of type ${type} to the kernel`;
  const longest = policy[MAX_LENGTH];
  if (longest === undefined) return undefined;
  if (row.kind === 'str' && longest < row.arg)
    return `may have ${row.arg} bytes, the kernel takes ${longest}`;
  const size = sizeOf(row, schema);
  if (size !== undefined && (size > longest || size < (policy[MIN_LENGTH] ?? 0))) {
    return `has ${size} bytes, the kernel takes ${policy[MIN_LENGTH] ?? 0} to ${longest}`;
  }
  return undefined;
}
