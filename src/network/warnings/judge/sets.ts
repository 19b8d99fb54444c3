import type { FirewallElement, FirewallSet } from '../../../firewall/nft/ruleset';
import type { Bytes } from './packet';

/** The data of a set or map that look-ups need. */
export type JudgedSet = Pick<FirewallSet, 'flags' | 'desc'> & {
  readonly elements: readonly FirewallElement[];
};

/** The result of a look-up. */
export interface Found {
  /** Elements that may match a partly unknown key. */
  readonly possible: readonly FirewallElement[];
  /** The element of the key, or the catch-all element; undefined: none. */
  readonly sure: FirewallElement | undefined;
}

/** Looks a key up like the kernel. A wildcard of names is also an interval. */
export function findIn(set: JudgedSet, key: Bytes): Found {
  const rest = set.elements.find(({ flags }) => flags?.includes('catchall'));
  const elements = set.elements.filter((element) => element !== rest);
  if (elements.some(({ keyEnd }) => keyEnd) || !set.flags?.includes('interval'))
    return among(elements.filter(rangesHold(set, key)), isKnown(key), rest);
  // Intervals without concatenation: one element begins the interval, another marks its end.
  if (!isKnown(key)) return { possible: elements.filter(({ flags }) => !isEnd(flags)), sure: rest };
  const [last] = elements
    .filter(({ key: first }) => order(first?.value, key) <= 0)
    .sort((a, b) => order(b.key?.value, a.key?.value) || Number(isEnd(a.flags)) - Number(isEnd(b.flags)));
  return { possible: [], sure: last && !isEnd(last.flags) ? last : rest };
}

function among(
  matching: readonly FirewallElement[],
  isSure: boolean,
  rest: FirewallElement | undefined,
): Found {
  return isSure ? { possible: [], sure: matching[0] ?? rest } : { possible: matching, sure: rest };
}

/** Whether an element may match: each part of the key lies between the element's two keys. */
function rangesHold(set: JudgedSet, key: Bytes): (element: FirewallElement) => boolean {
  const parts = partsOf(set, key.length);
  return ({ key: first, keyEnd: last }) =>
    parts.every(([start, end]) => {
      const part = key.slice(start, end);
      const from = first?.value?.subarray(start, end);
      if (last === undefined) return part.every((byte, at) => byte === undefined || byte === from?.[at]);
      if (!isKnown(part)) return true;
      return order(from, part) <= 0 && order(last.value?.subarray(start, end), part) >= 0;
    });
}

/** The bounds of a key's parts: each takes whole words of four bytes. */
function partsOf({ desc }: JudgedSet, length: number): [number, number][] {
  let start = 0;
  return ((desc as { concat?: { len: number }[] } | undefined)?.concat ?? [{ len: length }]).map(
    ({ len }) => {
      const part: [number, number] = [start, start + len];
      start += Math.ceil(len / 4) * 4;
      return part;
    },
  );
}

function isEnd(flags: FirewallElement['flags']): boolean {
  return flags?.includes('intervalEnd') ?? false;
}

export function isKnown(bytes: Bytes): bytes is readonly number[] {
  return !bytes.includes(undefined);
}

function order(one: Uint8Array | undefined, other: readonly number[] | Uint8Array | undefined): number {
  return Buffer.compare(one ?? new Uint8Array(), Uint8Array.from(other ?? []));
}
