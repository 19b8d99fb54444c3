import type { Met } from './xt';
import type { Bytes, Packet } from './packet';

type Data = Readonly<Record<string, unknown>>;

/** What counts or measures packets, in a rule or in an element of a set. */
export interface Held {
  readonly name: string;
  readonly data?: Data;
}

/** A connection of a few packets takes no more than so many in a second: what lets fewer pass is in its way. */
const FEW = { packets: 200, bytes: 100_000 } as const;

const LIMITS: Readonly<Record<string, (data: Data) => Met>> = {
  limit: ({ rate, unit, burst, type, flags }) => {
    const inASecond = Number(rate) / Math.max(1, Number(unit)) + Number(burst ?? 0);
    const isWide = inASecond >= (type === 'bytes' ? FEW.bytes : FEW.packets);
    return isOver(flags) && isWide ? false : undefined;
  },
  quota: ({ bytes, consumed = 0, flags }) => Number(consumed) >= Number(bytes) === isOver(flags),
  connlimit: ({ count, flags }) => (isOver(flags) ? Number(count) === 0 : undefined),
};

/** Whether a limit is met by a packet of a connection that is the only one; others let all packets pass. */
export function metLimit({ name, data = {} }: Held): Met {
  const met = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
  return met ? met(data) : true;
}

const LIMITING: readonly unknown[] = ['limit', 'quota', 'connlimit'];

/** What a reference to an object of the table stands for: of limits, which were not read, one that may be reached. */
export function stateOf({ type }: Data): Held[] {
  return LIMITING.includes(type) ? [{ name: 'connlimit', data: { flags: [] } }] : [];
}

function isOver(flags: unknown): boolean {
  return Array.isArray(flags) && flags.includes('inv');
}

/** Options of TCP that every connection of Linux begins with: the segment size, the window scale, selective acknowledgements, timestamps. */
const USUAL: readonly unknown[] = [2, 3, 4, 8];

/** What is loaded of an option or an extension header; 'none' ends the rule. */
export function loadOption({ op, type, flags }: Data, { protocol }: Packet): Bytes | undefined | 'none' {
  const isThere = op === 'tcpopt' && protocol === 'tcp' && USUAL.includes(type);
  if (Array.isArray(flags) && flags.includes('present')) return [Number(isThere)];
  return isThere ? undefined : 'none';
}

const BY_CHANCE = /^(meta (random|cpu|cgroup|priority|rtclassid)|ct (expiration|bytes|pkts|avgpkt|id))$/;

/** Whether nothing tells beforehand what is loaded. */
export function isLoadedByChance(name: 'meta' | 'ct', key: unknown): boolean {
  return BY_CHANCE.test(`${name} ${String(key)}`);
}
