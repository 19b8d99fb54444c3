import { type Bytes, type Met, type Packet, sizeOf } from './packet';

type Data = Readonly<Record<string, unknown>>;

/** A counter or limit, in a rule or in an element of a set. */
export interface Held {
  readonly name: string;
  readonly data?: Data;
}

/** The most that a connection of a few packets uses in a second: a smaller limit affects it. */
const FEW = { packets: 200, bytes: 100_000 } as const;

const LIMITS: Readonly<Record<string, (data: Data, packet: Packet) => Met>> = {
  limit: ({ rate, unit, burst, type, flags }) => {
    const inASecond = Number(rate) / Math.max(1, Number(unit)) + Number(burst ?? 0);
    const isWide = inASecond >= (type === 'bytes' ? FEW.bytes : FEW.packets);
    return isOver(flags) && isWide ? false : undefined;
  },
  quota: ({ bytes, consumed = 0, flags }, packet) => {
    const isLeft = isQuotaLeft(Number(bytes) - Number(consumed), packet);
    return isLeft === undefined ? undefined : isLeft !== isOver(flags);
  },
  connlimit: ({ count, flags }) => (isOver(flags) ? Number(count) === 0 : undefined),
};

/** Whether a quota with this many bytes left covers a connection; undefined: it ends in the middle of it. */
export function isQuotaLeft(bytes: number, packet: Packet): Met {
  if (bytes <= sizeOf(packet)) return false;
  return bytes >= FEW.bytes ? true : undefined;
}

/** Whether a limit matches a packet of the only connection. Other statements match all packets. */
export function limitMatches({ name, data = {} }: Held, packet: Packet): Met {
  const met = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined;
  return met ? met(data, packet) : true;
}

const LIMITING: readonly unknown[] = ['limit', 'quota', 'connlimit'];

/** The statements behind a reference to an object of the table. Limits are not read: they count as possibly reached. */
export function stateOf({ type }: Data): Held[] {
  return LIMITING.includes(type) ? [{ name: 'connlimit', data: { flags: [] } }] : [];
}

function isOver(flags: unknown): boolean {
  return Array.isArray(flags) && flags.includes('inv');
}

/**
 * TCP options at the start of every Linux connection: the segment size, the window scale, selective acknowledgements,
 * timestamps.
 */
const USUAL: readonly unknown[] = [2, 3, 4, 8];

/** The loaded value of an option or an extension header; 'none' ends the rule. */
export function loadOption({ op, type, flags }: Data, { protocol }: Packet): Bytes | undefined | 'none' {
  const isThere = op === 'tcpopt' && protocol === 'tcp' && USUAL.includes(type);
  if (Array.isArray(flags) && flags.includes('present')) return [Number(isThere)];
  return isThere ? undefined : 'none';
}

const BY_CHANCE = /^(meta (random|cpu|cgroup|priority|rtclassid)|ct (expiration|bytes|pkts|avgpkt|id))$/;

/** Whether the loaded value cannot be predicted. */
export function isLoadedByChance(name: 'meta' | 'ct', key: unknown): boolean {
  return BY_CHANCE.test(`${name} ${String(key)}`);
}
