import type { SchemaRow } from '../../native/schema';
import { parseIp, parseLinkAddress } from '../../base/addresses';
import { parseHandle } from '../schema/handles';
import { eachItem, EncodeError, refuse } from '../schema/encode-error';
import type { Writer } from './writer';

/** Writes a value at an offset and returns its size, at most 32 bytes. Rejects a value of the wrong kind. */
export type Put = (writer: Writer, at: number, value: unknown) => number;
type Names = NonNullable<SchemaRow['names']>;
type Store = (view: DataView, at: number, value: number) => void;
type Store64 = (view: DataView, at: number, value: bigint) => void;

const SAFE = Number.MAX_SAFE_INTEGER;
// The lengths of the kernel's link types: IPv4 tunnels, Ethernet, FireWire, IPv6 tunnels, InfiniBand.
const LINK_ADDRESSES = [4, 6, 8, 16, 20];

interface NumberKind {
  readonly size: 1 | 2 | 4;
  readonly signed?: true;
  readonly store: Store;
}

const numbers: Readonly<Record<string, NumberKind>> = {
  u8: { size: 1, store: (view, at, value) => view.setUint8(at, value) },
  u16: { size: 2, store: (view, at, value) => view.setUint16(at, value, true) },
  u32: { size: 4, store: (view, at, value) => view.setUint32(at, value, true) },
  s8: { size: 1, signed: true, store: (view, at, value) => view.setInt8(at, value) },
  s32: { size: 4, signed: true, store: (view, at, value) => view.setInt32(at, value, true) },
  be16: { size: 2, store: (view, at, value) => view.setUint16(at, value) },
  be32: { size: 4, store: (view, at, value) => view.setUint32(at, value) },
  sbe32: { size: 4, signed: true, store: (view, at, value) => view.setInt32(at, value) },
};

export function integerOf(value: unknown, least: number, most: number, want?: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
    refuse(want ?? `a whole number from ${least} to ${most}`, value);
  return value;
}

export function booleanOf(value: unknown): boolean {
  if (typeof value !== 'boolean') refuse('true or false', value);
  return value;
}

/** How to write a row's plain value; undefined for rows that need more than the value. */
export function putOf(row: SchemaRow): Put | undefined {
  const number = numbers[row.kind];
  if (number) return row.names ? putNamed(number, row.names) : putNumber(number);
  switch (row.kind) {
    case 'u64':
      return put64(false, (view, at, value) => view.setBigUint64(at, value, true));
    case 's64':
      return put64(true, (view, at, value) => view.setBigInt64(at, value, true));
    case 'be64':
      return put64(false, (view, at, value) => view.setBigUint64(at, value));
    case 'bool':
      return ({ view }, at, value) => {
        view.setUint8(at, booleanOf(value) ? 1 : 0);
        return 1;
      };
    case 'weight':
      return putWeight(row.arg);
    case 'mac':
      return putLinkAddress;
    case 'ip4':
      return putIp4;
    case 'handle':
      return putHandle;
    default:
      return undefined;
  }
}

function putNumber({ size, signed, store }: NumberKind): Put {
  const values = 2 ** (8 * size);
  const [least, most] = signed ? [-values / 2, values / 2 - 1] : [0, values - 1];
  return ({ view }, at, value) => {
    store(view, at, integerOf(value, least, most));
    return size;
  };
}

function putNamed({ size, store }: NumberKind, names: Names): Put {
  const most = 2 ** (8 * size) - 1;
  return ({ view }, at, value) => {
    const bits = bitsOf(names, value);
    if (bits > most) refuse(`at most ${most}`, value);
    store(view, at, bits);
    return size;
  };
}

function bitsOf(names: Names, value: unknown): number {
  if (!names.bitmask || !Array.isArray(value)) return namedValue(names, value);
  let bits = 0;
  eachItem(value, (item) => (bits = (bits | namedValue(names, item)) >>> 0));
  return bits;
}

function namedValue({ values }: Names, value: unknown): number {
  if (typeof value === 'number') return integerOf(value, 0, 0xffffffff, 'a whole number of 32 bits');
  if (typeof value === 'string' && Object.hasOwn(values, value)) return values[value] as number;
  const all = Object.keys(values).map((name) => `'${name}'`);
  return refuse(`one of ${all.join(', ')} or a number`, value);
}

function put64(signed: boolean, store: Store64): Put {
  const want = signed ? 'a bigint of 64 bits' : 'a bigint from 0n to 2n**64n - 1n';
  return ({ view }, at, value) => {
    const big = typeof value === 'bigint' ? value : bigOf(value, signed ? -SAFE : 0, want);
    if ((signed ? BigInt.asIntN(64, big) : BigInt.asUintN(64, big)) !== big) refuse(want, value);
    store(view, at, big);
    return 8;
  };
}

// JSON has no bigint: plans read from JSON use decimal digits.
function bigOf(value: unknown, least: number, want: string): bigint {
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  return BigInt(integerOf(value, least, SAFE, want));
}

/** Counts from 1; the encoded value is one less, low byte first. */
function putWeight(size: number): Put {
  const most = 2 ** (8 * size);
  return ({ view }, at, value) => {
    const weight = integerOf(value, 1, most) - 1;
    for (let i = 0; i < size; i++) view.setUint8(at + i, (weight >> (8 * i)) & 0xff);
    return size;
  };
}

function putLinkAddress({ bytes }: Writer, at: number, value: unknown): number {
  const address = parseLinkAddress(value);
  if (!address || !LINK_ADDRESSES.includes(address.length))
    refuse("a link-layer address such as '02:00:00:00:00:01'", value);
  bytes.set(address, at);
  return address.length;
}

function putIp4({ bytes }: Writer, at: number, value: unknown): number {
  const address = parseIp(value);
  if (address?.length !== 4) refuse("an IPv4 address such as '10.0.0.1'", value);
  bytes.set(address, at);
  return address.length;
}

function putHandle({ view }: Writer, at: number, value: unknown): number {
  const handle = typeof value === 'string' ? parseHandle(value) : undefined;
  if (handle === undefined) refuse("a handle such as '1:', '1:10' (hexadecimal) or 'root'", value);
  view.setUint32(at, handle, true);
  return 4;
}

/** For rows that {@link putOf} does not support and that allow no other encoding. */
export function cannotBeWritten(): never {
  throw new EncodeError('cannot be encoded');
}
