import { inspect } from 'node:util';

/** Formats a value for an error message: short, on one line. */
export function show(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 80, maxArrayLength: 5 });
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}

/** Formats a value as one word of a sentence or a command. */
export function word(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' ? value.toString() : show(value);
}

/** The value at a path such as 'peer.ifname' or 'multipath[1].via'; undefined if there is none. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.match(/[^.[\]]+/g) ?? []) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
