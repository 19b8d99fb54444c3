import { addressText } from '../../../base/ip';
import type { Symbols } from './symbols';
import type { DataType } from './types';

/** Names that depend on the namespace. */
export interface ValueNames {
  /** Devices by index. */
  readonly devices?: ReadonlyMap<number, string>;
}

export type Order = 'host' | 'net';

/** Bytes as a number. All supported machines are little-endian. */
export function numberIn(bytes: Uint8Array, order: Order): bigint {
  let number = 0n;
  for (let at = 0; at < bytes.length; at++) {
    number = (number << 8n) | BigInt(bytes[order === 'net' ? at : bytes.length - 1 - at] ?? 0);
  }
  return number;
}

/** A number as bytes of this size. */
export function bytesFrom(number: bigint, size: number, order: Order): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = number;
  for (let at = 0; at < size; at++, rest >>= 8n) {
    bytes[order === 'net' ? size - 1 - at : at] = Number(rest & 0xffn);
  }
  return bytes;
}

/** A value in nft's syntax. */
export function valueText(type: DataType, number: bigint, size: number, names: ValueNames = {}): string {
  const symbol = type.symbols && type.style !== 'bits' ? symbolOf(type.symbols, number) : undefined;
  if (symbol !== undefined) return type.name === 'day' ? `"${symbol}"` : symbol;
  return styles[type.style]({ type, number, size, names });
}

/** An end of a range in nft's syntax: a number, because nft reads no names in ranges. */
export function endText(type: DataType, number: bigint, size: number): string {
  return styles[type.style === 'bits' ? 'hex' : type.style]({ type, number, size, names: {} });
}

interface Value {
  readonly type: DataType;
  readonly number: bigint;
  readonly size: number;
  readonly names: ValueNames;
}

const styles: Readonly<Record<DataType['style'], (value: Value) => string>> = {
  number: ({ number }) => String(number),
  hex: ({ number, size }) => hex(number, size),
  ip: ({ number }) => addressText(bytesFrom(number, 4, 'net')),
  ip6: ({ number }) => addressText(bytesFrom(number, 16, 'net')),
  mac: ({ number, size }) =>
    Buffer.from(bytesFrom(number, size, 'net'))
      .toString('hex')
      .replace(/..(?=.)/g, '$&:'),
  text: ({ number, size }) => quoted(bytesFrom(number, size, 'host')),
  bits: ({ type, number, size }) => {
    const names = bitNames(type, number, size);
    // nft reads no number among names.
    return names.length > 1 && names.some((name) => name.startsWith('0x'))
      ? hex(number, size)
      : names.join(',');
  },
  milliseconds: ({ number }) => durationText(number),
  device: ({ number, names }) => {
    const name = names.devices?.get(Number(number));
    return name === undefined ? String(number) : JSON.stringify(name);
  },
  handle: ({ number }) => {
    if (number === 0n) return 'none';
    if (number === 0xffffffffn) return 'root';
    return `${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`;
  },
  clock: ({ number }) => `"${clockText(number)}"`,
  date: ({ number }) => `"${dateText(number)}"`,
  label: ({ number }) => {
    const bit = number.toString(2).length - 1;
    return number === 1n << BigInt(bit) ? String(bit) : hex(number, 16);
  },
};

function symbolOf(symbols: Symbols, number: bigint): string | undefined {
  return Object.keys(symbols).find((name) => BigInt(symbols[name] ?? -1) === number);
}

/** The names of the set bits; bits without a name are written as a number. */
export function bitNames({ symbols = {} }: DataType, number: bigint, size: number): string[] {
  const named = Object.entries(symbols).filter(([, bit]) => (number & BigInt(bit)) !== 0n);
  const rest = named.reduce((left, [, bit]) => left & ~BigInt(bit), number);
  const names = named.map(([name]) => name);
  return rest === 0n && names.length > 0 ? names : [...names, hex(rest, size)];
}

export function hex(number: bigint, size: number): string {
  return `0x${number.toString(16).padStart(size * 2, '0')}`;
}

/**
 * Text such as a device name. Without a NUL, and shorter than a whole name, it is a prefix. nft has no syntax for a
 * quotation mark.
 */
export function quoted(bytes: Uint8Array, whole = 16): string {
  const nul = bytes.indexOf(0);
  const text = Buffer.from(nul < 0 ? bytes : bytes.subarray(0, nul)).toString();
  // eslint-disable-next-line no-control-regex -- nft reads neither these nor quotation marks.
  if (/["\u0000-\u001f]/.test(text)) return `[ 0x${Buffer.from(bytes).toString('hex')} ]`;
  if (nul < 0 && bytes.length < whole) return `"${text}*"`;
  return `"${text.replace(/\*$/, '\\*')}"`;
}

const UNITS = [
  ['d', 86_400_000n],
  ['h', 3_600_000n],
  ['m', 60_000n],
  ['s', 1000n],
  ['ms', 1n],
] as const;

/** Milliseconds in nft's format: '1d2h3m4s5ms'. */
export function durationText(milliseconds: bigint): string {
  let rest = milliseconds;
  let text = '';
  for (const [unit, length] of UNITS) {
    if (rest >= length) text += `${String(rest / length)}${unit}`;
    rest %= length;
  }
  return text || '0s';
}

const DAY = 86_400n;

// The kernel counts from midnight UTC; nft writes local time.
function clockText(number: bigint): string {
  const ahead = -new Date().getTimezoneOffset() * 60;
  const seconds = (((number + BigInt(ahead)) % DAY) + DAY) % DAY;
  const [hours, minutes, rest] = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) =>
    String(part).padStart(2, '0'),
  );
  return rest === '00' ? `${hours}:${minutes}` : `${hours}:${minutes}:${rest}`;
}

function dateText(nanoseconds: bigint): string {
  const date = new Date(Number(nanoseconds / 1_000_000n));
  if (Number.isNaN(date.getTime())) return String(nanoseconds);
  const ahead = -date.getTimezoneOffset() * 60_000;
  return new Date(date.getTime() + ahead).toISOString().slice(0, 19).replace('T', ' ');
}

/** The prefix length of a mask; undefined for masks that are no prefix. */
export function prefixLength(mask: bigint, bits: number): number | undefined {
  const all = (1n << BigInt(bits)) - 1n;
  const host = all ^ (mask & all);
  return (host & (host + 1n)) === 0n ? bits - (host === 0n ? 0 : host.toString(2).length) : undefined;
}
