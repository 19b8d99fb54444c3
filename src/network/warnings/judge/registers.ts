import type { Bytes, Met } from './packet';
import { isKnown } from './sets';

/** The registers of nf_tables: 1 to 4 have 16 bytes each, 8 to 23 are the same space in words of four. */
export class Registers {
  readonly #bytes: (number | undefined)[] = new Array<undefined>(64).fill(undefined);
  readonly #chances = new Set<number>();

  /** The kernel pads the last word with zeros. Of an unknown value only the position is known. */
  write(register: unknown, bytes: Bytes | undefined, isChance = false): void {
    const start = placeOf(register);
    const end = start + Math.ceil((bytes?.length ?? 16) / 4) * 4;
    for (let at = start; at < end; at++) {
      this.#bytes[at] = bytes && (at - start < bytes.length ? bytes[at - start] : 0);
      if (isChance) this.#chances.add(at);
      else this.#chances.delete(at);
    }
  }

  /** Whether a value there cannot be predicted. */
  isChance(register: unknown, length: number): boolean {
    const start = placeOf(register);
    return Array.from({ length: Math.max(1, length) }, (_none, index) => start + index).some((at) =>
      this.#chances.has(at),
    );
  }

  read(register: unknown, length: number): Bytes {
    const start = placeOf(register);
    return Array.from({ length }, (_none, index) => this.#bytes[start + index]);
  }
}

function placeOf(register: unknown): number {
  const number = Number(register);
  return number < 8 ? (number - 1) * 16 : (number - 8) * 4;
}

/** Bytes in the other order, in each unit; those beyond the last whole unit stay. */
export function swapped(bytes: Bytes, unit: number): Bytes {
  return bytes.map((byte, at) => {
    const start = at - (at % unit);
    return start + unit > bytes.length ? byte : bytes[2 * start + unit - 1 - at];
  });
}

/** A register's bytes compared with a value; undefined if unknown bytes would decide. */
export function compared(from: Bytes, op: string, value: Uint8Array): Met {
  if (op === 'eq' || op === 'neq') {
    const isOther = value.some((byte, index) => from[index] !== undefined && from[index] !== byte);
    if (!isOther && !isKnown(from)) return undefined;
    return isOther === (op === 'neq');
  }
  if (!isKnown(from)) return undefined;
  const sign = Buffer.compare(Uint8Array.from(from), value);
  const holds: Readonly<Record<string, boolean>> = {
    lt: sign < 0,
    lte: sign <= 0,
    gt: sign > 0,
    gte: sign >= 0,
  };
  return holds[op];
}
