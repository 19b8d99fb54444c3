import { own } from '../../../base/own';

/** What an attribute holds, as a word: numbers and text are known, of anything else nothing is said. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? value.toString()
    : '';
}

/** Whether a list of flags has one. */
export function hasFlag(flags: unknown, flag: string): boolean {
  return Array.isArray(flags) && flags.includes(flag);
}

/** A number, whatever it was decoded as; 0 for what is none. */
export function bigOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : 0n;
}

/** What a table has under a name that came from elsewhere: `constructor` is none of its own. */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return own(table, wordOf(name));
}
