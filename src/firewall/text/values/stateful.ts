import type { Expression } from '../../nft/expressions';
import { bigOf, hasFlag, entryOf } from './words';

type Data = Readonly<Record<string, unknown>>;

/**
 * An expression with a state of its own, in a rule, in a set or as a named object; undefined for other expressions, or
 * without syntax in nft.
 */
export function statefulText({ name, data = {} }: Expression): string | undefined {
  return entryOf(texts, name)?.(data);
}

const texts: Readonly<Record<string, (data: Data) => string | undefined>> = {
  counter: ({ packets, bytes }) =>
    packets === undefined && bytes === undefined
      ? 'counter'
      : `counter packets ${count(packets)} bytes ${count(bytes)}`,
  limit: limitText,
  quota: ({ bytes, flags, consumed }) => {
    const over = hasFlag(flags, 'inv') ? 'over ' : '';
    const used = bigOf(consumed) === 0n ? '' : ` used ${sized(bigOf(consumed), SIZES)}`;
    return `quota ${over}${sized(bigOf(bytes), SIZES)}${used}`;
  },
  connlimit: ({ count: limit, flags }) => `ct count ${hasFlag(flags, 'inv') ? 'over ' : ''}${count(limit)}`,
  last: () => 'last',
};

const UNITS: Readonly<Record<number, string>> = {
  1: 'second',
  60: 'minute',
  3600: 'hour',
  86_400: 'day',
  604_800: 'week',
};

/** The units of limits and quotas, the largest first. */
export const SIZES = [
  ['mbytes', 1n << 20n],
  ['kbytes', 1n << 10n],
  ['bytes', 1n],
] as const;

// nft's default is five packets, and none for bytes.
const DEFAULT_BURST = 5n;

function limitText({ rate, unit, burst, type, flags }: Data): string | undefined {
  const per = entryOf(UNITS, unit);
  if (per === undefined) return undefined;
  const over = hasFlag(flags, 'inv') ? 'over ' : '';
  if (type === 'bytes') {
    const more = bigOf(burst) === 0n ? '' : ` burst ${sized(bigOf(burst), SIZES)}`;
    return `limit rate ${over}${sized(bigOf(rate), SIZES)}/${per}${more}`;
  }
  const more = bigOf(burst) === DEFAULT_BURST ? '' : ` burst ${count(burst)} packets`;
  return `limit rate ${over}${count(rate)}/${per}${more}`;
}

/** A number of bytes in the largest unit that divides it. */
export function sized(bytes: bigint, units: readonly (readonly [string, bigint])[]): string {
  const [name = 'bytes', size = 1n] =
    (bytes === 0n ? undefined : units.find(([, one]) => bytes % one === 0n)) ?? [];
  return `${String(bytes / size)} ${name}`;
}

/** The verdict: `accept`, `jump other`. */
export function verdictText({ code, chain }: Data): string {
  return [code, chain]
    .filter((word) => word !== undefined)
    .map(word)
    .join(' ');
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : `[ ${count(value)} ]`;
}

function count(value: unknown): string {
  return String(bigOf(value));
}
