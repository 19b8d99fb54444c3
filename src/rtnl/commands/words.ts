import type { Body } from '../types/common/body';
import { word } from '../../base/format';

/** One word of a shell command, quoted if needed. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command line of words; undefined ones are left out. */
export function command(...words: readonly (string | undefined)[]): string {
  return words.flatMap((word) => (word === undefined ? [] : [quote(word)])).join(' ');
}

/** A shell comment for a step without a command, on one line whatever names it contains. */
export function remark(text: string): string {
  return `# ${oneLine(text)}`;
}

/** Text without line breaks. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}

/** A value in iproute2's notation, which has its own for devices by index. */
export function text(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.map(word).join(',') : word(value);
}

/** A device in iproute2's notation. */
export function device(value: unknown): string {
  return typeof value === 'number' ? `if${String(value)}` : word(value);
}

/** 'forwardDelay' in iproute2's spelling: 'forward_delay'. */
export function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** How a key of a body is printed: a word before its value, a flag of its own, or a function. */
export type Printer = string | ((value: unknown, body: Body) => readonly string[]);

/** Prints the keys of a body in the body's order; unknown keys in snake case. */
export function print(
  body: Body,
  table: Readonly<Record<string, Printer>>,
  omit: readonly string[] = [],
): string[] {
  const keys = Object.keys(body).filter((key) => body[key] !== undefined && !omit.includes(key));
  return keys.flatMap((key) => {
    const printer = table[key] ?? snake(key);
    return typeof printer === 'string' ? [printer, text(body[key])] : printer(body[key], body);
  });
}

/** Prints a true value as a word of its own, and a false one as `otherwise` or not at all. */
export function flag(option: string, otherwise?: string): Printer {
  return (value) => (value === true ? [option] : otherwise === undefined ? [] : [otherwise]);
}

/** Prints a device after a word. */
export function dev(option: string, none?: string): Printer {
  return (value) => (value === null && none !== undefined ? [none] : [option, device(value)]);
}

/** Whether a body concerns IPv6: iproute2 has a separate option for it. */
export function isIPv6(body: Body): boolean {
  if (body['family'] !== undefined) return body['family'] === 'inet6';
  const named = ['to', 'from', 'src'].map((key) => body[key]).find((value) => /[.:]/.test(String(value)));
  return String(named ?? body['via']).includes(':');
}
