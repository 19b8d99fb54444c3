import { parseIp } from '../../../base/addresses';
import { nearest } from '../../../base/suggest';
import type { ValidationError } from '../../../errors/errors';
import { show } from '../../../base/format';
import { DECIMAL, NUMBER, refusal, type RuleValue, textOf, type Token, wholeNumber } from './lexer';
import type { Symbols } from '../../text/values/symbols';
import type { DataType } from '../../text/values/types';
import { numberIn } from '../../text/values/values';

/** A value of a match or an element: a single one, a range, or a prefix. */
export interface Range {
  readonly from: bigint;
  readonly to: bigint;
  /** In bits. */
  readonly prefix?: number;
  /** For text: the number of bytes, if it is not a whole name. */
  readonly wildcard?: number;
}

type Part = Token['parts'][number];

/** Parses a token as a value of a type with this many bits. */
export function rangeIn(token: Token, type: DataType, bits: number): Range {
  const wrong = (problem = wordsFor(type)): ValidationError => refusal(token.column, shown(token), problem);
  if (type.style === 'text') return textRange(token, bits, wrong);
  const [only] = token.parts;
  const single = token.parts.length === 1 && only !== undefined ? only : undefined;
  const whole = single === undefined ? undefined : numberOf(single, type, bits);
  if (whole !== undefined) return { from: whole, to: whole };
  const slash = split(isGivenText(single) && isNetwork(type) ? [single.value] : token.parts, '/');
  if (slash && isNetwork(type)) {
    const [address, length] = [one(slash[0]), one(slash[1])];
    const from = address === undefined ? undefined : numberOf(address, type, bits);
    const prefix = wholeNumber(typeof length === 'object' ? length.value : length, DECIMAL);
    if (from === undefined || prefix === undefined || prefix < 0n || prefix > BigInt(bits)) throw wrong();
    return network(from, Number(prefix), bits);
  }
  const dash = split(token.parts, '-');
  const [low, high] = (dash ?? []).map((side) => {
    const end = one(side);
    return end === undefined ? undefined : numberOf(end, type, bits);
  });
  if (low === undefined || high === undefined) throw wrong(suggestion(token, type));
  if (low > high) throw wrong('a range whose first value is not above its last');
  return { from: low, to: high };
}

// An address with a prefix length is one value.
function isGivenText(part: Part | undefined): part is { readonly value: string } {
  return typeof part === 'object' && typeof part.value === 'string';
}

function network(address: bigint, prefix: number, bits: number): Range {
  const size = 1n << BigInt(bits - prefix);
  const from = address & ~(size - 1n);
  return { from, to: from + size - 1n, prefix };
}

/** Converts an embedded value. */
export function rangeOf(value: RuleValue, type: DataType, bits: number, column: number): Range {
  return rangeIn({ parts: [{ value }], quoted: false, column }, type, bits);
}

function one(parts: readonly Part[]): Part | undefined {
  return parts.length === 1 ? parts[0] : undefined;
}

/** Splits at the first occurrence of the mark in text. */
export function split(
  parts: readonly Part[],
  mark: string,
): readonly [readonly Part[], readonly Part[]] | undefined {
  for (const [index, part] of parts.entries()) {
    // Embedded values are not searched: the mark may be part of a name.
    const at = typeof part === 'string' ? part.indexOf(mark) : -1;
    if (at < 0 || typeof part !== 'string') continue;
    const [before, after] = [part.slice(0, at), part.slice(at + 1)];
    return [
      [...parts.slice(0, index), ...(before === '' ? [] : [before])],
      [...(after === '' ? [] : [after]), ...parts.slice(index + 1)],
    ];
  }
  return undefined;
}

/** A single value as a number; undefined if it does not fit the type. */
function numberOf(part: Part, type: DataType, bits: number): bigint | undefined {
  const value = typeof part === 'string' ? part : part.value;
  const number = typeof value === 'string' ? textNumber(value, type) : wholeNumber(value, NUMBER);
  return number !== undefined && number >= 0n && number < 1n << BigInt(bits) ? number : undefined;
}

function textNumber(text: string, type: DataType): bigint | undefined {
  const { symbols = {}, style } = type;
  if (Object.hasOwn(symbols, text)) return BigInt(symbols[text] ?? 0);
  if (style === 'ip' || style === 'ip6') {
    const bytes = parseIp(text);
    return bytes?.length === (style === 'ip' ? 4 : 16) ? numberIn(bytes, 'net') : undefined;
  }
  if (style === 'mac') return macNumber(text);
  if (style === 'handle') return handleNumber(text);
  if (style === 'milliseconds') return durationIn(text);
  if (style === 'label' && /^(?:0|[1-9]\d{0,2})$/.test(text)) return 1n << BigInt(text);
  if (style === 'clock' || style === 'date') return undefined;
  return NUMBER.test(text) ? BigInt(text) : undefined;
}

function macNumber(text: string): bigint | undefined {
  return /^[\da-f]{1,2}(?::[\da-f]{1,2})+$/i.test(text)
    ? BigInt(
        `0x${text
          .split(':')
          .map((byte) => byte.padStart(2, '0'))
          .join('')}`,
      )
    : undefined;
}

function handleNumber(text: string): bigint | undefined {
  if (text === 'none') return 0n;
  if (text === 'root') return 0xffffffffn;
  const [, major = '', minor = ''] = /^([\da-f]{0,4}):([\da-f]{0,4})$/i.exec(text) ?? [];
  return major + minor === ''
    ? undefined
    : (BigInt(`0x${major || '0'}`) << 16n) | BigInt(`0x${minor || '0'}`);
}

const UNITS: Readonly<Record<string, bigint>> = {
  d: 86_400_000n,
  h: 3_600_000n,
  m: 60_000n,
  s: 1000n,
  ms: 1n,
};

/** `1h30m` in milliseconds; undefined for other text. */
export function durationIn(text: string): bigint | undefined {
  if (!/^(?:\d+(?:d|h|ms|m|s))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)(d|h|ms|m|s)/g)];
  return parts.reduce((sum, [, count = '0', unit = '']) => sum + BigInt(count) * (UNITS[unit] ?? 0n), 0n);
}

function isNetwork({ style }: DataType): boolean {
  return style === 'ip' || style === 'ip6';
}

// A name is compared over its whole field, padded with zeros.
function textRange({ parts, quoted }: Token, bits: number, wrong: () => ValidationError): Range {
  const [part] = parts;
  if (parts.length !== 1 || part === undefined) throw wrong();
  const given = typeof part === 'string' ? part : part.value;
  if (typeof given !== 'string' || given === '' || /["\0]/.test(given)) throw wrong();
  // A star in a value, or after a backslash, is part of the name.
  const isWildcard = typeof part === 'string' && given.endsWith('*') && !given.endsWith('\\*');
  const text = isWildcard
    ? given.slice(0, -1)
    : typeof part === 'string' && quoted
      ? given.replace(/\\\*$/, '*')
      : given;
  const bytes = Buffer.alloc(bits / 8);
  const length = bytes.write(text);
  if (Buffer.byteLength(text) >= bits / 8 || text === '') throw wrong();
  const from = numberIn(bytes, 'net');
  if (!isWildcard) return { from, to: from };
  return { from, to: from | ((1n << BigInt(bits - length * 8)) - 1n), wildcard: length };
}

const WORDS: Readonly<Record<DataType['style'], string>> = {
  number: 'a number',
  hex: 'a number',
  ip: 'an IPv4 address, network or range',
  ip6: 'an IPv6 address, network or range',
  mac: 'a link-layer address',
  text: 'a name of at most 15 bytes, without quotation marks',
  bits: 'a list of flags',
  milliseconds: "a duration such as '10s'",
  device: "the index of a device (for a name use 'iifname')",
  handle: "a class such as '1:10'",
  clock: 'a number of seconds since midnight',
  date: 'a number of nanoseconds since 1970',
  label: 'the number of a label',
};

export function wordsFor({ style, symbols }: DataType): string {
  const names = Object.keys(symbols ?? {});
  const some = names.length > 8 ? [...names.slice(0, 8), '…'] : names;
  return names.length === 0
    ? WORDS[style]
    : `${style === 'bits' ? 'a list of' : 'a number or one of'} ${some.join(', ')}`;
}

function suggestion(token: Token, type: DataType): string {
  if (/^'?0\d+'?$/.test(shown(token)))
    return 'a number without a leading zero (nft reads such a number as octal)';
  const near = nearest(textOf(token), Object.keys(type.symbols ?? {}));
  return near === undefined ? wordsFor(type) : `${wordsFor(type)} (did you mean ${near}?)`;
}

export function shown(token: Token): string {
  return token.parts.map((part) => (typeof part === 'string' ? part : show(part.value))).join('');
}

/** The number of a symbol, such as a log level. */
export function symbolIn(symbols: Symbols, token: Token): number {
  const [part] = token.parts;
  const value = typeof part === 'string' ? part : part?.value;
  const text = typeof value === 'object' || value === undefined ? '' : String(value);
  if (token.parts.length === 1 && Object.hasOwn(symbols, text)) return symbols[text] ?? 0;
  if (token.parts.length === 1 && /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) < 256)
    return Number(text);
  const near = nearest(text, Object.keys(symbols));
  throw refusal(
    token.column,
    shown(token),
    `one of ${Object.keys(symbols).join(', ')}${near ? ` (did you mean ${near}?)` : ''}`,
  );
}
