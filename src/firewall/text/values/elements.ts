import { commentOf, userdataOf } from '../../nft/userdata';
import type { Expression } from '../../nft/expressions';
import { statefulText, verdictText } from './stateful';
import { DATA_TYPEOF, KEY_TYPEOF, typeofParts } from './typeof';
import { typesOf, type DataType } from './types';
import {
  bytesFrom,
  durationText,
  endText,
  numberIn,
  type Order,
  prefixLength,
  quoted,
  valueText,
  type ValueNames,
} from './values';
import { hasPrefixes } from './loaded';

/** A part of a set's key or data. */
export interface Part {
  readonly type: DataType;
  /** In bytes; in a concatenation, each part is aligned to a whole word. */
  readonly size: number;
  readonly order: Order;
  readonly shift: number;
  /** In bits, if the values do not fill whole bytes. */
  readonly bits?: number;
}

/** An element of a set or map as the kernel has it; an interval of a set without concatenation is two of them. */
export interface SetElement {
  readonly key?: { readonly value?: Uint8Array };
  readonly keyEnd?: { readonly value?: Uint8Array };
  readonly data?: { readonly value?: Uint8Array; readonly verdict?: Readonly<Record<string, unknown>> };
  readonly flags?: readonly string[];
  readonly userdata?: Uint8Array;
  readonly timeout?: bigint;
  readonly objref?: string;
  readonly expr?: Expression;
  readonly expressions?: readonly Expression[];
}

/** A set or map, as far as its elements depend on it. */
export interface SetShape {
  readonly flags?: readonly string[];
  readonly keyType?: number;
  readonly keyLen?: number;
  readonly dataType?: number;
  readonly dataLen?: number;
  readonly userdata?: Uint8Array;
}

// The byte order of keys and data in a set's user data: 1 is the host's, 2 the network's.
const [KEY_ORDER, DATA_ORDER, HOST, NET] = [0, 1, 1, 2];

/** The parts of a set's key by its types or expressions; undefined if these are unknown. */
export function keyParts({ keyType = 0, keyLen = 0, userdata }: SetShape): Part[] | undefined {
  const made = partsByTypeof(userdata, KEY_TYPEOF, keyLen);
  const parts = partsOf(keyType, keyLen, orderIn(userdata, KEY_ORDER)) ?? made;
  return parts?.map((part, index) => {
    const bits = parts.length === made?.length ? made[index]?.bits : undefined;
    return { ...part, ...(bits !== undefined && { bits }) };
  });
}

export function dataParts({ dataType = 0, dataLen = 0, userdata }: SetShape): Part[] | undefined {
  const order = orderIn(userdata, DATA_ORDER);
  return (
    partsOf(dataType, dataLen, order) ??
    partsOf(dataType, dataLen / 2, order) ??
    partsByTypeof(userdata, DATA_TYPEOF, dataLen) ??
    partsByTypeof(userdata, DATA_TYPEOF, dataLen / 2)
  );
}

// Types such as integer have no fixed size, which a concatenation needs.
function partsByTypeof(userdata: Uint8Array | undefined, of: number, length: number): Part[] | undefined {
  const parts = typeofParts(userdata, of)?.map(({ type, size, bits = type.bits }) => ({
    ...{ type, size, order: type.order, shift: 0 },
    ...(bits !== undefined && { bits }),
  }));
  return parts && lengthOf(parts) === length ? parts : undefined;
}

function orderIn(userdata: Uint8Array | undefined, type: number): Order | undefined {
  const order = userdataOf(type, userdata)?.[0];
  return order === HOST ? 'host' : order === NET ? 'net' : undefined;
}

function partsOf(number: number, length: number, order?: Order): Part[] | undefined {
  const types = typesOf(number);
  if (types === undefined || types.length === 0) return undefined;
  const sizeOf = (type: DataType): number => (types.length === 1 ? length : type.size);
  const parts = types.map((type) => ({
    ...{ type, size: sizeOf(type), shift: 0, ...(type.bits !== undefined && { bits: type.bits }) },
    // In a concatenation, each part has the byte order of its type.
    order: types.length === 1 && type.style !== 'text' ? (order ?? type.order) : type.order,
  }));
  const fits = parts.every(({ size, type }) => size > 0 && (type.size === 0 || size === type.size));
  return fits && lengthOf(parts) === length ? parts : undefined;
}

/** In bytes. */
export function lengthOf(parts: readonly Part[]): number {
  const [only] = parts;
  if (parts.length === 1 && only) return only.size;
  return parts.reduce((length, { size }) => length + Math.ceil(size / 4) * 4, 0);
}

/** The elements in nft's syntax; undefined if they do not fit the parts. */
export function elementTexts(
  { flags = [], dataLen = 0 }: SetShape,
  key: readonly Part[],
  data: readonly Part[] | undefined,
  elements: readonly SetElement[],
  names: ValueNames = {},
): string[] | undefined {
  const write = new ElementWriter(key.map(keptIn(flags)), data, dataLen, names);
  const plain = elements.filter((element) => !element.flags?.includes('catchall'));
  const rest = elements.filter((element) => element.flags?.includes('catchall') === true);
  if (!plain.every((element) => fits(element.key?.value, key))) return undefined;
  const texts =
    flags.includes('interval') && key.length === 1 && !plain.some(({ keyEnd }) => keyEnd)
      ? write.intervals(plain)
      : plain.map((element) => write.single(element));
  const all = [...texts, ...rest.map((element) => write.element('*', element))];
  return all.every((text) => text !== undefined) ? all : undefined;
}

/**
 * How a set stores a part of its keys. Keys of intervals are in network byte order, because the kernel compares them
 * bytewise, regardless of the type's byte order and of the one that nft noted.
 */
function keptIn(flags: readonly string[]): (part: Part) => Part {
  return (part) => (flags.includes('interval') ? { ...part, order: 'net' } : part);
}

function fits(value: Uint8Array | undefined, parts: readonly Part[]): boolean {
  return value?.length === lengthOf(parts);
}

class ElementWriter {
  readonly #key: readonly Part[];
  readonly #data: readonly Part[] | undefined;
  readonly #dataLen: number;
  readonly #names: ValueNames;

  constructor(key: readonly Part[], data: readonly Part[] | undefined, dataLen: number, names: ValueNames) {
    this.#key = key;
    this.#data = data;
    this.#dataLen = dataLen;
    this.#names = names;
  }

  single(element: SetElement): string | undefined {
    const { key, keyEnd } = element;
    return this.element(this.#concatenated(this.#key, key?.value, keyEnd?.value), element);
  }

  // An interval ends before the next end, or with the last possible value.
  intervals(elements: readonly SetElement[]): (string | undefined)[] {
    const [part] = this.#key;
    if (part === undefined) return [];
    const marks = elements
      .map((element) => ({
        element,
        at: numberIn(element.key?.value ?? new Uint8Array(), part.order),
        isEnd: element.flags?.includes('intervalEnd') === true,
      }))
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : Number(b.isEnd) - Number(a.isEnd)));
    const last = (1n << BigInt(part.size * 8)) - 1n;
    return marks.flatMap(({ at, isEnd, element }, index) => {
      if (isEnd) return [];
      const next = marks[index + 1];
      const to = next === undefined ? last : next.at - 1n;
      return [this.element(this.#range(part, at, to), element)];
    });
  }

  element(text: string, element: SetElement): string | undefined {
    const { timeout, userdata, expr, expressions = expr ? [expr] : [], data, objref } = element;
    const comment = commentOf('nftSetElem', userdata);
    const words = [
      text,
      ...expressions.map((expression) => statefulText(expression) ?? `[ ${expression.name} ]`),
      timeout !== undefined && `timeout ${durationText(timeout)}`,
      comment !== undefined && `comment "${comment}"`,
    ].filter((word) => word !== false);
    const written = words.join(' ');
    if (objref !== undefined) return `${written} : "${objref}"`;
    if (data === undefined) return written;
    const value = this.#dataText(data);
    return value === undefined ? undefined : `${written} : ${value}`;
  }

  #dataText({ value, verdict }: NonNullable<SetElement['data']>): string | undefined {
    if (verdict) return verdictText(verdict);
    if (value === undefined || this.#data === undefined) return undefined;
    const length = lengthOf(this.#data);
    if (this.#dataLen === 2 * length && value.length === 2 * length)
      return this.#concatenated(this.#data, value.subarray(0, length), value.subarray(length));
    return value.length === length ? this.#concatenated(this.#data, value) : undefined;
  }

  #concatenated(parts: readonly Part[], from: Uint8Array = new Uint8Array(), to: Uint8Array = from): string {
    let at = 0;
    const texts = parts.map((part) => {
      const [first, last] = [from, to].map((bytes) => bytes.subarray(at, at + part.size)) as [
        Uint8Array,
        Uint8Array,
      ];
      at += Math.ceil(part.size / 4) * 4;
      if (part.type.style === 'text') {
        if (Buffer.compare(first, last) === 0) return quoted(first);
        const same = first.findIndex((byte, index) => byte !== last[index]);
        return quoted(first.subarray(0, same));
      }
      return this.#range(part, numberIn(first, part.order), numberIn(last, part.order));
    });
    return texts.join(' . ');
  }

  #range(part: Part, from: bigint, to: bigint): string {
    const { type, size, shift, bits = size * 8 } = part;
    if (type.style === 'text') return textRange(from, to, size);
    const all = (1n << BigInt(bits)) - 1n;
    const [first, end] = [from >> BigInt(shift), to >> BigInt(shift)];
    const last = end > all && first <= all ? all : end;
    if (first === last) return this.#value(part, first);
    const prefix = hasPrefixes(type) ? prefixLength(~(first ^ last), size * 8) : undefined;
    const aligned = prefix !== undefined && (first & (first ^ last)) === 0n;
    return aligned
      ? `${this.#value(part, first)}/${String(prefix)}`
      : `${endText(type, first, size)}-${endText(type, last, size)}`;
  }

  #value({ type, size }: Part, number: bigint): string {
    const text = valueText(type, number, size, this.#names);
    return type.style === 'bits' ? text.replaceAll(',', ' | ') : text;
  }
}

// All names with this prefix form an interval.
function textRange(from: bigint, to: bigint, size: number): string {
  const bytes = bytesFrom(from, size, 'net');
  if (from === to) return quoted(bytes);
  const prefix = prefixLength(~(from ^ to), size * 8) ?? size * 8;
  return quoted(bytes.subarray(0, Math.floor(prefix / 8)));
}
