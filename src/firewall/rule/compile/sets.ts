import { DATA_TYPEOF, KEY_TYPEOF } from '../../text/values/typeof';
import { type TypeofData, concatenationData, VERDICT_DATA } from '../../text/values/typeof-data';
import type { SetElement } from '../../text/values/elements';
import { numberOf, type DataType } from '../../text/values/types';
import { bytesFrom, type Order } from '../../text/values/values';
import type { Range } from './values';

/** A set without a name: it belongs to the one rule that uses it. */
export interface AnonymousSet {
  /** Its index among the rule's sets. */
  readonly id: number;
  readonly flags: readonly string[];
  readonly keyType: number;
  readonly keyLen: number;
  readonly dataType?: number;
  readonly dataLen?: number;
  readonly size: number;
  /** In bytes: the lengths of a key's parts if some of these are intervals. */
  readonly fields?: readonly number[];
  readonly userdata?: Uint8Array;
  readonly elements: readonly SetElement[];
}

/** A part of a key. */
export interface KeyPart {
  readonly type: DataType;
  /** In bytes. */
  readonly size: number;
  /** In bits: the offset of values above the lowest bit. */
  readonly shift: number;
  /** nft's description of the part in the set's user data. */
  readonly typeofData?: TypeofData | undefined;
}

/** A parsed element: the parts of its key, and its value. */
export interface WrittenElement {
  /** Absent for `*`, which matches all keys without an element of their own. */
  readonly key?: readonly Range[];
  readonly data?: SetElement['data'];
}

/** The kernel's number for verdicts. */
export const VERDICT = 0xffffff00;

/** A set of the given elements. `data` is the type of a map's values. */
export function setOf(
  id: number,
  parts: readonly KeyPart[],
  given: readonly WrittenElement[],
  data?: { readonly type: number; readonly len: number; readonly order: Order },
): AnonymousSet {
  const written = distinct(given);
  const isInterval = written.some(({ key }) => key?.some(({ from, to }) => from !== to) === true);
  const order = keyOrder(parts, isInterval);
  const elements =
    isInterval && parts.length === 1
      ? intervals(parts, written)
      : written.map((one) => element(parts, one, isInterval));
  const flags = [
    ...(isInterval ? ['interval'] : []),
    ...(isInterval && parts.length > 1 ? ['concat'] : []),
    ...(data ? ['map'] : []),
  ];
  return {
    id,
    flags,
    keyType: numberOf(parts.map(({ type }) => type)),
    keyLen:
      parts.length === 1
        ? (parts[0]?.size ?? 0)
        : parts.reduce((length, { size }) => length + padded(size), 0),
    ...(data && { dataType: data.type, dataLen: data.len }),
    size: elements.length,
    ...(parts.length > 1 && { fields: parts.map(({ size }) => size) }),
    userdata: Uint8Array.of(
      0,
      4,
      order === 'net' ? 2 : 1,
      0,
      0,
      0,
      ...(data && data.type !== VERDICT ? [1, 4, data.order === 'net' ? 2 : 1, 0, 0, 0] : []),
      ...typeofEntries(parts, data !== undefined),
    ),
    elements,
  };
}

/**
 * Describes the expressions of a concatenation. Types such as integer have no fixed length, and nft cannot list a set
 * with such a part unless the set names its expression.
 */
function typeofEntries(parts: readonly KeyPart[], isMap: boolean): number[] {
  const known = parts.flatMap(({ typeofData }) => (typeofData ? [typeofData] : []));
  if (parts.length < 2 || known.length < parts.length) return [];
  const data = concatenationData(known);
  const key = [KEY_TYPEOF, data.length, ...data];
  // For a map, nft reads the key's description only if the data has one as well.
  return isMap ? [...key, DATA_TYPEOF, VERDICT_DATA.length, ...VERDICT_DATA] : key;
}

// The kernel refuses a duplicate element; nft accepts it as one.
function distinct(written: readonly WrittenElement[]): WrittenElement[] {
  const known = new Map<string, WrittenElement>();
  for (const one of written) {
    const ends = one.key?.map(({ from, to }) => `${String(from)}-${String(to)}`);
    known.set(JSON.stringify([ends, one.data]), one);
  }
  return [...known.values()];
}

function keyOrder(parts: readonly KeyPart[], isInterval: boolean): Order {
  const [first] = parts;
  if (parts.length > 1 || first === undefined) return 'net';
  return isInterval ? 'net' : first.type.order;
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Text keeps its byte order. Other host-order values are converted in intervals, whose keys are compared bytewise. */
export function orderOf({ type }: Pick<KeyPart, 'type'>, isInterval: boolean): Order {
  return type.style === 'text' || isInterval ? 'net' : type.order;
}

function bytesOf(
  parts: readonly KeyPart[],
  key: readonly Range[],
  end: 'from' | 'to',
  isInterval: boolean,
): Uint8Array {
  const all = parts.map((part, index) => {
    const number = (key[index]?.[end] ?? 0n) << BigInt(part.shift);
    const bytes = bytesFrom(number, part.size, orderOf(part, isInterval));
    const rest = parts.length === 1 ? 0 : padded(part.size) - part.size;
    return [...bytes, ...new Uint8Array(rest)];
  });
  return Uint8Array.from(all.flat());
}

function element(parts: readonly KeyPart[], { key, data }: WrittenElement, isInterval: boolean): SetElement {
  if (key === undefined) return { flags: ['catchall'], ...(data && { data }) };
  const value = bytesOf(parts, key, 'from', isInterval);
  const end = isInterval ? { keyEnd: { value: bytesOf(parts, key, 'to', isInterval) } } : {};
  return { key: { value }, ...end, ...(data && { data }) };
}

// An interval is its first key and the first one after it. In a set without data, adjacent intervals are merged.
function intervals([part]: readonly KeyPart[], written: readonly WrittenElement[]): SetElement[] {
  if (part === undefined) return [];
  const last = (1n << BigInt(part.size * 8)) - 1n;
  const rest = written.filter(({ key }) => key === undefined).map((one) => element([part], one, true));
  const ranges = written
    .flatMap(({ key = [], data }) =>
      key.map(({ from, to }) => ({ from: from << BigInt(part.shift), to: to << BigInt(part.shift), data })),
    )
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const merged: { from: bigint; to: bigint; data: SetElement['data'] | undefined }[] = [];
  for (const range of ranges) {
    const before = merged.at(-1);
    if (before && before.data === undefined && range.from <= before.to + 1n)
      before.to = range.to > before.to ? range.to : before.to;
    else merged.push({ ...range });
  }
  const bytes = (number: bigint): Uint8Array => bytesFrom(number, part.size, 'net');
  const marks = merged.flatMap(({ from, to, data }, index): SetElement[] => {
    const next = merged[index + 1];
    const start = { key: { value: bytes(from) }, ...(data && { data }) };
    if (to === last || next?.from === to + 1n) return [start];
    return [start, { key: { value: bytes(to + 1n) }, flags: ['intervalEnd'] }];
  });
  const first = merged[0];
  const zero: SetElement[] =
    first && first.from > 0n ? [{ key: { value: bytes(0n) }, flags: ['intervalEnd'] }] : [];
  return [...zero, ...marks, ...rest];
}
