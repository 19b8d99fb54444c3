import { isIP } from 'node:net';

/** The number of bits in the last of one to four numbers. */
const LAST = [32, 24, 16, 8];

/**
 * The address in a text that is no name. Includes the IPv4 forms of inet_aton(3), '127.1' and '0x7f000001', which the C
 * library accepts.
 */
export function literalAddress(text: string): string | undefined {
  if (isIP(text) !== 0) return text;
  const parts = text.split('.');
  const numbers = parts.map(numberOf);
  const last = numbers.at(-1);
  if (parts.length > 4 || numbers.includes(undefined) || last === undefined) return undefined;
  const heads = numbers.slice(0, -1) as number[];
  if (heads.some((one) => one > 255) || last >= 2 ** (LAST[heads.length] ?? 0)) return undefined;
  const value = heads.reduce((sum, one, index) => sum + one * 2 ** (24 - 8 * index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

// Decimal, octal after a zero, or hexadecimal, as in strtoul(3).
function numberOf(text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number.parseInt(text, 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number.parseInt(text, 10) : undefined;
}
