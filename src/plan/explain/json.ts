import type { Step } from '../spec/step';

/** The steps as JSON. 64-bit numbers become text and bytes become arrays of numbers, which steps take as well. */
export function explainJson(steps: readonly Step[]): string {
  return JSON.stringify(steps, printable, 2);
}

/** The same as data, for JSON.stringify() to print. */
export function plainSteps(steps: readonly Step[]): unknown {
  return JSON.parse(JSON.stringify(steps, printable));
}

// Reads the value from its holder: `said` is already the result of a toJSON(), such as Buffer's.
function printable(this: Readonly<Record<string, unknown>>, key: string, said: unknown): unknown {
  const value = this[key];
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? [...value] : said;
}
