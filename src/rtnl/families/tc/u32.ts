import { ValidationError } from '../../../errors/errors';
import type { Body } from '../../types/common/body';
import type { DataHooks } from './data';

/** struct tc_u32_sel and one struct tc_u32_key. */
const HEADER = 16;
const KEY = 16;
const TERMINAL = 1;
const PROBLEM = 'must be up to 255 keys such as { at: 16, value: 0x0a000001, mask: 0xffffff00 }';

/** The kernel's selector is a structure followed by its keys, in network byte order. */
export const u32: DataHooks = {
  prepare(data) {
    const { match = [], ...rest } = data;
    // A hash table has no keys.
    if (rest['divisor'] !== undefined) return data;
    if (!isMatch(match)) throw new ValidationError({ path: 'data.match', value: match, problem: PROBLEM });
    const sel = Buffer.alloc(HEADER + KEY * match.length);
    // A filter that decides about a packet ends the search.
    sel[0] = rest['classid'] === undefined && rest['actions'] === undefined ? 0 : TERMINAL;
    sel[2] = match.length;
    match.forEach(({ at, value, mask = 0xffffffff }, index) => {
      const start = HEADER + KEY * index;
      sel.writeUInt32BE(mask >>> 0, start);
      sel.writeUInt32BE((value & mask) >>> 0, start + 4);
      sel.writeInt32LE(at, start + 8);
    });
    return { ...rest, sel: new Uint8Array(sel) };
  },

  present({ sel, ...rest }) {
    if (sel === undefined) return rest;
    const bytes = Buffer.from(sel as Uint8Array);
    const count = Math.floor((bytes.length - HEADER) / KEY);
    const match = Array.from({ length: Math.max(count, 0) }, (_, index): Match => {
      const start = HEADER + KEY * index;
      return {
        at: bytes.readInt32LE(start + 8),
        value: bytes.readUInt32BE(start + 4),
        mask: bytes.readUInt32BE(start),
      };
    });
    return { ...rest, match };
  },
};

interface Match {
  readonly at: number;
  readonly value: number;
  readonly mask?: number;
}

function isMatch(value: unknown): value is readonly Match[] {
  return Array.isArray(value) && value.length <= 255 && value.every(isKey);
}

function isKey({ at, value, mask = 0 }: Body): boolean {
  const isWord = (number: unknown): boolean =>
    Number.isInteger(number) && Number(number) >= 0 && Number(number) < 2 ** 32;
  return Number.isInteger(at) && Math.abs(Number(at)) < 2 ** 15 && isWord(value) && isWord(mask);
}
