import { BIT_FIELDS } from './exthdr';
import { type Base, FIELDS, type HeaderField } from './headers';
import { type DataType, typeNamed } from './types';
import { endText, hex, numberIn, type Order, valueText, type ValueNames } from './values';

/** An operation applied to a register. */
export type Change =
  | { readonly op: 'bits'; readonly mask: bigint; readonly xor: bigint }
  | { readonly op: '<<' | '>>'; readonly by: number };

/** The contents of a register. */
export interface Loaded {
  /** In nft's spelling; for a payload known only on use, because a mask selects among its fields. */
  readonly text: string;
  readonly type: DataType;
  /** In bytes. */
  readonly size: number;
  readonly order: Order;
  readonly changes: readonly Change[];
  readonly payload?: { readonly base: string; readonly extension?: unknown; readonly offset: number };
  /** For a value that the rule itself loads. */
  readonly bytes?: Uint8Array;
  /** The headers that it belongs to. */
  readonly headers?: readonly string[];
  /** The type of a map's data; several parts for concatenated data. */
  readonly parts?: readonly DataType[];
}

/** The contents of a register for a comparison or a store: the text, and the format of values compared with it. */
export interface Operand {
  readonly text: string;
  readonly type: DataType;
  readonly size: number;
  readonly order: Order;
  /** The offset of values in bits, above the start of the field. */
  readonly shift: number;
  readonly headers: readonly string[];
  /** Operations that are part of the text. */
  readonly changes: readonly Change[];
  readonly parts?: readonly DataType[];
  /** In bits, for a field that does not fill whole bytes. */
  readonly bits?: number;
  /** Only the first bytes of a field with this many bits. */
  readonly partOf?: number;
}

/** The headers that the rule's matches so far imply. */
export interface Found {
  link: string[];
  network: string[];
  transport: string[];
  /** The ICMP message type. */
  message?: number;
}

const SHORT: Readonly<Record<string, string>> = { link: 'll', network: 'nh', transport: 'th', inner: 'ih' };

/**
 * In a test for equality, the first bytes of an address are a prefix. Elsewhere they are plain bytes, because neither a
 * range nor a set then consists of prefixes.
 */
export function operandOf(loaded: Loaded, found: Found, names: ValueNames, isEquality = false): Operand {
  const { type, size, order, headers = [], parts } = loaded;
  const known = loaded.payload && payloadOperand(loaded, loaded.payload, found, isEquality);
  const bare = known ?? { text: loaded.text, type, size, order, shift: 0, headers, changes: loaded.changes };
  const { text } = bare.changes.reduce<ChangedText>(
    (before, change, index) => changed(before, change, fieldIn(bare, index), names),
    { text: bare.text },
  );
  return { ...bare, text, ...(parts && { parts }) };
}

function payloadOperand(
  loaded: Loaded,
  payload: NonNullable<Loaded['payload']>,
  found: Found,
  isEquality: boolean,
): Operand {
  const { size, order, changes } = loaded;
  const [first] = changes;
  const start = payload.offset * 8;
  const fields = BIT_FIELDS.get(payload.extension) ?? fieldsAt(payload.base, found);
  if (first?.op === 'bits' && first.xor === 0n && first.mask !== 0n) {
    const field = fields.find((one) => isMask(one, start, size, first.mask));
    if (field && (field.bits % 8 > 0 || field.offset % 8 > 0)) {
      const shift = start + size * 8 - field.offset - field.bits;
      const second = changes[1];
      const isDown = second?.op === '>>' && second.by === shift;
      return {
        ...ofField(field, size, order),
        shift: isDown ? 0 : shift,
        changes: changes.slice(isDown ? 2 : 1),
      };
    }
  }
  const whole = fields.find(({ offset, bits }) => offset === start && bits === size * 8);
  if (whole) return { ...ofField(whole, size, order), changes };
  const longer = fields.find(
    ({ offset, bits, type }) =>
      isEquality && offset === start && bits > size * 8 && isAddress(type) && changes.length === 0,
  );
  if (longer) return { ...ofField(longer, size, order), partOf: longer.bits, changes };
  if (payload.extension !== undefined)
    return { text: loaded.text, type: loaded.type, size, order, shift: 0, headers: [], changes };
  const text = `@${SHORT[payload.base] ?? payload.base},${String(start)},${String(size * 8)}`;
  return { text, type: typeNamed('integer'), size, order, shift: 0, headers: [], changes };
}

function ofField(field: HeaderField, size: number, order: Order): Operand {
  const { text, type, header, bits } = field;
  // A one-byte number is the same in either byte order.
  return {
    ...{ text, type, size, order, shift: 0, headers: [header], changes: [] },
    ...(bits % 8 > 0 && { bits }),
  };
}

function isMask({ offset, bits }: HeaderField, start: number, size: number, mask: bigint): boolean {
  const shift = start + size * 8 - offset - bits;
  return shift >= 0 && offset >= start && mask === ((1n << BigInt(bits)) - 1n) << BigInt(shift);
}

export function isAddress({ style }: DataType): boolean {
  return style === 'ip' || style === 'ip6' || style === 'mac';
}

/** Whether nft writes a prefix length after an address: it does not read one after a link-layer address. */
export function hasPrefixes({ style }: DataType): boolean {
  return style === 'ip' || style === 'ip6';
}

const HEADER_BASES: readonly string[] = ['link', 'network', 'transport'];

/** The fields of the known headers. */
export function fieldsAt(base: string, found: Found): readonly HeaderField[] {
  const headers = HEADER_BASES.includes(base) ? found[base as Base] : [];
  const { message } = found;
  const all = headers.flatMap((header) => FIELDS.get(header) ?? []);
  // If the message type is unknown, nft assumes that a match for both kinds of echo is implied.
  return all.filter(
    ({ messages }) => messages === undefined || message === undefined || messages.includes(message),
  );
}

/** The adjacent fields that fill a payload; undefined if there are none. */
export function sideBySide(
  { base, offset }: NonNullable<Loaded['payload']>,
  size: number,
  found: Found,
): readonly HeaderField[] | undefined {
  const fields = fieldsAt(base, found).filter((field) => field.bits % 8 === 0 && field.offset % 8 === 0);
  const fill = (start: number, stop: number): readonly HeaderField[] | undefined => {
    if (start === stop) return [];
    for (const field of fields) {
      if (field.offset !== start || start + field.bits > stop) continue;
      const rest = fill(start + field.bits, stop);
      if (rest) return [field, ...rest];
    }
    return undefined;
  };
  return fill(offset * 8, (offset + size) * 8);
}

/** The place of a field in the register before the change with this index: a shift moves it. */
function fieldIn({ type, size, shift, bits, changes }: Operand, index: number): ChangedField {
  const isMoved = changes.slice(0, index).some(({ op }) => op !== 'bits');
  return isMoved ? { type, size, shift: 0, bits: size * 8 } : { type, size, shift, bits: bits ?? size * 8 };
}

type ChangedField = Required<Pick<Operand, 'type' | 'size' | 'shift' | 'bits'>>;

// From the loosest to the tightest.
const PRECEDENCE = ['|', '^', '&', '<<', '>>'] as const;

interface ChangedText {
  readonly text: string;
  /** Of the last operation. */
  readonly operator?: (typeof PRECEDENCE)[number];
}

function then(before: ChangedText, operator: (typeof PRECEDENCE)[number], right: string): ChangedText {
  const rank = (one: (typeof PRECEDENCE)[number]): number => Math.min(PRECEDENCE.indexOf(one), 3);
  const isLooser = before.operator !== undefined && rank(before.operator) < rank(operator);
  return { text: `${isLooser ? `(${before.text})` : before.text} ${operator} ${right}`, operator };
}

function changed(before: ChangedText, change: Change, field: ChangedField, names: ValueNames): ChangedText {
  if (change.op !== 'bits') return then(before, change.op, String(change.by));
  const { type, size, shift, bits } = field;
  const all = (1n << BigInt(bits)) - 1n;
  // nft's masks may be longer than the field.
  const [mask, xor] = [change.mask, change.xor].map((number) => (number >> BigInt(shift)) & all) as [
    bigint,
    bigint,
  ];
  // (value & mask) ^ xor, in nft's notation.
  const or = xor & ~mask & all;
  const and = (mask | or) & all;
  const flip = xor & mask;
  const write = (number: bigint): string => bitsText(type, number, size, names);
  let text = before;
  if (and !== all || (or === 0n && flip === 0n)) text = then(text, '&', write(and));
  if (flip !== 0n) text = then(text, '^', write(flip));
  if (or !== 0n) text = then(text, '|', write(or));
  return text;
}

/** A mask in nft's syntax. */
export function bitsText(type: DataType, number: bigint, size: number, names: ValueNames): string {
  if (type.style === 'ip' || type.style === 'ip6' || type.style === 'mac')
    return valueText(type, number, size, names);
  if (type.style === 'label') return labelText(type, number, size, names);
  if (type.style !== 'bits') return hex(number, size);
  const bits = valueText(type, number, size, names).split(',');
  return bits.length > 1 ? `(${bits.join(' | ')})` : (bits[0] ?? '0');
}

// nft has no syntax for several labels or none: it reads any number as that of one label.
function labelText(type: DataType, number: bigint, size: number, names: ValueNames): string {
  const isOne = number !== 0n && (number & (number - 1n)) === 0n;
  return isOne ? valueText(type, number, size, names) : `[ ${hex(number, size)} ]`;
}

/** A value compared with an operand, in nft's syntax. */
export function comparedText(operand: Operand, bytes: Uint8Array, names: ValueNames): string {
  const { type, order, shift, partOf } = operand;
  if (type.style === 'text') return valueText(type, numberIn(bytes, 'host'), bytes.length, names);
  const number = numberIn(bytes, order) >> BigInt(shift);
  const whole = partOf ?? (isAddress(type) && type.size > 0 ? type.size * 8 : bytes.length * 8);
  if (whole <= bytes.length * 8) return valueText(type, number, bytes.length, names);
  const missing = whole - bytes.length * 8;
  return `${valueText(type, number << BigInt(missing), whole / 8, names)}/${String(bytes.length * 8)}`;
}

/** A range compared with an operand, in nft's syntax. */
export function comparedRange(operand: Operand, ends: readonly Uint8Array[], names: ValueNames): string {
  const { type, order, shift } = operand;
  const text = (bytes: Uint8Array): string =>
    type.style === 'text'
      ? comparedText(operand, bytes, names)
      : endText(type, numberIn(bytes, order) >> BigInt(shift), bytes.length);
  return ends.map(text).join('-');
}
