import type { Expression } from '../../nft/expressions';
import { dataParts, lengthOf, type Part } from '../values/elements';
import {
  bitsText,
  comparedRange,
  comparedText,
  hasPrefixes,
  isAddress,
  type Loaded,
  type Operand,
  sideBySide,
} from '../values/loaded';
import type { KnownSet } from './context';
import type { RuleReader } from './reader';
import { type DataType, HOST_INTEGER } from '../values/types';
import { entryOf } from '../values/words';
import { numberIn, prefixLength, valueText } from '../values/values';

type Data = Readonly<Record<string, unknown>>;

/** A comparison in nft's syntax; '' if already expressed otherwise, undefined for other expressions. */
export function matchText(expression: Expression, reader: RuleReader): string | undefined {
  const { name, data = {} } = expression;
  if (name === 'cmp') return cmp(data, reader) ?? `[ cmp ${String(data['op'])} ]`;
  if (name === 'range') return range(data, reader) ?? '[ range ]';
  if (name === 'lookup') return lookup(data, reader) ?? `[ lookup @${String(data['set'])} ]`;
  return undefined;
}

const OPERATORS: Readonly<Record<string, string>> = {
  eq: '',
  neq: '!= ',
  lt: '< ',
  lte: '<= ',
  gt: '> ',
  gte: '>= ',
};

function cmp(data: Data, reader: RuleReader): string | undefined {
  const op = String(data['op']);
  const bytes = bytesOf(data['data']);
  const loaded = reader.source(data['sreg']);
  if (bytes === undefined || loaded === undefined || entryOf(OPERATORS, op) === undefined) return undefined;
  const several = op === 'eq' ? fieldsOf(loaded, bytes, reader) : undefined;
  if (several) {
    for (const [operand, value] of several) say(reader, operand, 'eq', value);
    return '';
  }
  const operand = reader.operand(data['sreg'], op === 'eq' || op === 'neq');
  if (operand === undefined) return undefined;
  const to = op === 'gte' ? upperBound(data, reader) : undefined;
  if (to) {
    reader.skip();
    reader.drop(operand.headers);
    return `${operand.text} ${comparedRange(operand, [bytes, to], reader.context)}`;
  }
  say(reader, operand, op, bytes, loaded);
  return '';
}

/** nft joins matches of adjacent fields into one. */
function fieldsOf(
  loaded: Loaded,
  bytes: Uint8Array,
  reader: RuleReader,
): [Operand, Uint8Array][] | undefined {
  const { payload, size, changes } = loaded;
  if (payload === undefined || changes.length > 0 || bytes.length !== size) return undefined;
  const fields = sideBySide(payload, size, reader.found);
  if (fields === undefined || fields.length < 2) return undefined;
  return fields.map(({ text, type, header, offset, bits }) => {
    const at = offset / 8 - payload.offset;
    const part = {
      text,
      type,
      size: bits / 8,
      order: 'net',
      shift: 0,
      headers: [header],
      changes: [],
    } as const;
    return [part, bytes.subarray(at, at + bits / 8)];
  });
}

function say(reader: RuleReader, operand: Operand, op: string, bytes: Uint8Array, loaded?: Loaded): void {
  const { type, size, changes, shift, order, headers } = operand;
  reader.drop(headers);
  const number = numberIn(bytes, order);
  const [only] = changes;
  const names = reader.context;
  if (only?.op === 'bits' && changes.length === 1 && only.xor === 0n && loaded) {
    const bare = loaded.payload ? operand.text.slice(0, operand.text.indexOf(' & ')) : loaded.text;
    const prefix = hasPrefixes(type) ? prefixLength(only.mask, size * 8) : undefined;
    // An address with bits behind the mask is no network, and nft would drop them.
    const isNetwork = (number & ~only.mask) === 0n;
    if (prefix !== undefined && isNetwork && (op === 'eq' || op === 'neq')) {
      reader.say(
        `${bare} ${entryOf(OPERATORS, op) ?? ''}${valueText(type, number, size, names)}/${String(prefix)}`,
      );
      return;
    }
    if (op === 'eq' && number === 0n && type.style === 'label' && isFlags(type, only.mask)) {
      reader.say(`${bare} ! ${valueText(type, only.mask, size, names)}`);
      return;
    }
    // nft writes "some of these bits are set" as a list of states.
    if (op === 'neq' && number === 0n && isFlags(type, only.mask)) {
      reader.say(`${bare} ${valueText(type, only.mask, size, names)}`);
      return;
    }
  }
  const isMasked = changes.length > 0 || type.style === 'bits';
  const operator = op === 'eq' && isMasked ? '== ' : (entryOf(OPERATORS, op) ?? '');
  const value =
    isMasked && !isAddress(type)
      ? bitsText(type, number >> BigInt(shift), size, names)
      : comparedText(operand, bytes, names);
  const implied =
    op === 'eq' && !isMasked ? reader.meet(operand.text, Number(number >> BigInt(shift))) : undefined;
  reader.say(`${operand.text} ${operator}${value}`, implied);
}

// A label is the number of a single bit.
function isFlags({ style }: DataType, mask: bigint): boolean {
  return style === 'bits' || (style === 'label' && (mask & (mask - 1n)) === 0n);
}

/** The value of the second of two comparisons that form an interval. */
function upperBound({ sreg }: Data, reader: RuleReader): Uint8Array | undefined {
  const { name, data = {} } = reader.peek() ?? {};
  return name === 'cmp' && data['op'] === 'lte' && data['sreg'] === sreg ? bytesOf(data['data']) : undefined;
}

function range({ sreg, op, from, to }: Data, reader: RuleReader): string | undefined {
  const operand = reader.operand(sreg);
  const [first, last] = [bytesOf(from), bytesOf(to)];
  if (operand === undefined || first === undefined || last === undefined) return undefined;
  reader.drop(operand.headers);
  return `${operand.text} ${op === 'neq' ? '!= ' : ''}${comparedRange(operand, [first, last], reader.context)}`;
}

function lookup(data: Data, reader: RuleReader): string | undefined {
  const { sreg, dreg, flags } = data;
  const set = reader.set(data['set']);
  const key = keyOf(sreg, set, reader);
  if (key === undefined) return undefined;
  const inverted = Array.isArray(flags) && flags.includes('inv');
  const where = reader.setText(String(data['set']), key.parts);
  if (where === undefined) return undefined;
  if (dreg === undefined) {
    reader.drop(key.headers);
    return `${key.text} ${inverted ? '!= ' : ''}${where}`;
  }
  if (dreg === 0) {
    reader.drop(key.headers);
    return `${key.text} vmap ${where}`;
  }
  const parts = set && dataParts(set);
  const [first] = parts ?? [];
  const type = first?.type ?? HOST_INTEGER;
  const size = parts ? lengthOf(parts) : (set?.dataLen ?? 4);
  reader.load(dreg, {
    ...{ text: `${key.text} map ${where}`, type, size, order: first?.order ?? 'host', changes: [] },
    headers: key.headers,
    ...(parts && { parts: parts.map((part) => part.type) }),
  });
  return '';
}

/** The text of a key of one or more parts. */
export interface KeyText {
  readonly text: string;
  readonly parts: readonly Part[];
  readonly headers: readonly string[];
}

export function keyOf(register: unknown, set: KnownSet | undefined, reader: RuleReader): KeyText | undefined {
  const operands = reader.operands(register, set?.keyLen);
  if (operands === undefined) return undefined;
  return {
    text: operands.map(({ text }) => text).join(' . '),
    parts: operands.map(({ type, size, order, shift, bits = type.bits }) => ({
      // nft gives a key only the bytes of its type, even if a field that crosses bytes is compared with it.
      ...{ type, order, shift, size: operands.length === 1 ? (set?.keyLen ?? size) : size },
      ...(bits !== undefined && { bits }),
    })),
    headers: operands.flatMap(({ headers }) => headers),
  };
}

function bytesOf(data: unknown): Uint8Array | undefined {
  const value = (data as { value?: unknown } | undefined)?.value;
  return value instanceof Uint8Array ? value : undefined;
}
