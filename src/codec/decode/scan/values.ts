import type { SchemaRow } from '../../../native/schema';
import { ipAddress, linkAddress } from '../../../base/addresses';
import { formatHandle } from '../../schema/handles';
import type { Source } from './source';

/** Reads the value from offset `at` up to `end`. */
export type Read = (source: Source, at: number, end: number) => unknown;

/** How to read a kind of plain value. */
export interface ValueKind {
  /** Whether the value can have this length. */
  readonly fits: (length: number) => boolean;
  readonly read: Read;
  /** The number of bytes read; absent: all. */
  readonly size?: number;
  /** The value also depends on the byte at this distance before it. */
  readonly back?: number;
}

const isAddress = (length: number): boolean => length === 4 || length === 16;

/** A value of a fixed size. Additional bytes of a newer kernel are ignored. */
function fixed(size: number, read: Read): ValueKind {
  return { fits: (length) => length >= size, size, read };
}

/** A value of at least this many bytes. */
function open(least: number, read: Read): ValueKind {
  return { fits: (length) => length >= least, read };
}

const uint32 = fixed(4, ({ view }, at) => view.getUint32(at, true));

/** The bytes themselves. */
export const bytesKind = open(0, (source, at, end) => source.copy(at, end));

const kinds: Readonly<Record<string, ValueKind>> = {
  u8: fixed(1, ({ view }, at) => view.getUint8(at)),
  u16: fixed(2, ({ view }, at) => view.getUint16(at, true)),
  u32: uint32,
  dev: uint32,
  netns: uint32,
  u64: fixed(8, ({ view }, at) => view.getBigUint64(at, true)),
  s8: fixed(1, ({ view }, at) => view.getInt8(at)),
  s32: fixed(4, ({ view }, at) => view.getInt32(at, true)),
  s64: fixed(8, ({ view }, at) => view.getBigInt64(at, true)),
  be16: fixed(2, ({ view }, at) => view.getUint16(at)),
  be32: fixed(4, ({ view }, at) => view.getUint32(at)),
  be64: fixed(8, ({ view }, at) => view.getBigUint64(at)),
  sbe32: fixed(4, ({ view }, at) => view.getInt32(at)),
  bool: fixed(1, ({ view }, at) => view.getUint8(at) !== 0),
  flag: open(0, ({ view }, at, end) => at === end || view.getUint8(at) !== 0),
  uint: open(4, ({ view }, at, end) =>
    end - at >= 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)),
  ),
  handle: fixed(4, ({ view }, at) => formatHandle(view.getUint32(at, true))),
  str: open(0, (source, at, end) => source.text(at, end)),
  mac: open(0, ({ bytes }, at, end) => linkAddress(bytes, at, end)),
  ip4: fixed(4, ({ bytes }, at) => ipAddress(bytes, at, at + 4)),
  ip: { fits: isAddress, read: ({ bytes }, at, end) => ipAddress(bytes, at, end) },
  ip6: { fits: isAddress, read: ({ bytes }, at, end) => ipAddress(bytes, at, end) },
  // struct rtvia: the family, then the address.
  via: {
    fits: (length) => isAddress(length - 2),
    read: ({ bytes }, at, end) => ipAddress(bytes, at + 2, end),
  },
  bytes: bytesKind,
};

const prefixKinds = new Map<number, ValueKind>();

/** An address with its prefix length, which is stored `back` bytes before it. */
export function prefixKind(back: number): ValueKind {
  const known = prefixKinds.get(back);
  if (known) return known;
  const kind: ValueKind = {
    back,
    fits: isAddress,
    read: ({ bytes }, at, end) => `${ipAddress(bytes, at, end)}/${bytes[at - back] as number}`,
  };
  prefixKinds.set(back, kind);
  return kind;
}

/** How to read the values of a row; undefined for rows that hold more than one plain value. */
export function valueKindOf({ kind, arg, names }: SchemaRow): ValueKind | undefined {
  switch (kind) {
    case 'bit8':
      return fixed(1, ({ view }, at) => (view.getUint8(at) & arg) !== 0);
    case 'bit32':
      return fixed(4, ({ view }, at) => (view.getUint32(at, true) & arg) !== 0);
    case 'weight':
      return fixed(arg, ({ view }, at) => 1 + (arg === 1 ? view.getUint8(at) : view.getUint16(at, true)));
    default: {
      const plain = kinds[kind];
      return plain && names ? { ...plain, read: named(names, plain.read) } : plain;
    }
  }
}

function named({ bitmask, values }: NonNullable<SchemaRow['names']>, read: Read): Read {
  const rows = Object.entries(values);
  if (bitmask) {
    const names = namesOf(rows);
    return (source, at, end) => names(read(source, at, end) as number);
  }
  // Of two names of a value, the first one is used.
  const texts = new Map(rows.reverse().map(([text, value]) => [value, text]));
  return (source, at, end) => {
    const value = read(source, at, end) as number;
    return texts.get(value) ?? value;
  };
}

type Names = (string | number)[];

/**
 * The names of a bitmask's bits, then the bits without a name. The last result is cached: most objects of a list have
 * the same value as the one before.
 */
function namesOf(rows: readonly (readonly [string, number])[]): (value: number) => Names {
  let [last, names] = [0, [] as Names];
  return (value) => {
    if (value !== last) [last, names] = [value, namesOfBits(rows, value)];
    return names.slice();
  };
}

function namesOfBits(rows: readonly (readonly [string, number])[], value: number): Names {
  const out: Names = [];
  let left = value;
  for (const [text, mask] of rows) {
    if (mask === 0 || (left & mask) >>> 0 !== mask) continue;
    out.push(text);
    left = (left & ~mask) >>> 0;
  }
  if (left !== 0) out.push(left);
  return out;
}
