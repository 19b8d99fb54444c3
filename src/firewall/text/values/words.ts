import { own } from '../../../base/own';

/** An attribute's value as a word, if it is a number or text; nothing for other values. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? value.toString()
    : '';
}

/** Whether a list contains a flag. */
export function hasFlag(flags: unknown, flag: string): boolean {
  return Array.isArray(flags) && flags.includes(flag);
}

/** A number in any decoded form; 0 for other values. */
export function bigOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : 0n;
}

/** An own property of a table, by an external name: `constructor` is not one. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return own(table, wordOf(name));
}
