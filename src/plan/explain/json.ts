import type { Step } from '../spec/step';

/** The steps as JSON. 64-bit numbers become text and bytes become arrays of numbers, which steps take as well. */
export function explainJson(steps: readonly Step[]): string {
  return JSON.stringify(steps, (_key, value: unknown) => printable(value), 2);
}

function printable(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? [...value] : value;
}
