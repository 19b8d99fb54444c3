import type { Body } from '../../types/common/body';
import { ticksOfTime } from './clock';
import type { DataHooks } from './data';

/** The default of `tc`: without a limit, the kernel would queue no packet. */
const DEFAULT_LIMIT = 1000;
const CERTAIN = 2 ** 32 - 1;

/** Probabilities are percent for callers and parts of 2^32 - 1 for the kernel; delays are microseconds and ticks. */
export const netem: DataHooks = {
  prepare(data) {
    const { delay, jitter, limit = DEFAULT_LIMIT, reorder, ...rest } = data;
    // Reordering needs packets that are not delayed: a gap of one allows it for any packet.
    const gap = reorder === undefined ? {} : { gap: 1, reorder };
    return {
      ...chances({ ...gap, ...rest }, toParts),
      limit,
      latency: ticksOfTime(delay),
      jitter: ticksOfTime(jitter),
    };
  },

  present({ latency: _, latency64, jitter64, ...rest }) {
    const delays = { delay: Number(latency64 ?? 0) / 1000, jitter: Number(jitter64 ?? 0) / 1000 };
    return { ...chances(rest, toPercent), ...delays };
  },
};

/** Converts each probability of the data, including those in groups. */
function chances(data: Body, change: (value: unknown) => unknown): Body {
  const all = (group: unknown): unknown =>
    typeof group === 'object' && group !== null
      ? Object.fromEntries(Object.entries(group).map(([key, value]) => [key, change(value)]))
      : group;
  const { loss, duplicate, correlation, reorder, corrupt, ...rest } = data;
  const groups = { correlation: all(correlation), reorder: all(reorder), corrupt: all(corrupt) };
  return { ...rest, loss: change(loss), duplicate: change(duplicate), ...groups };
}

// Values that are not numbers or out of range are left for the codec to reject.
function toParts(percent: unknown): unknown {
  return typeof percent === 'number' ? Math.round((percent / 100) * CERTAIN) : percent;
}

function toPercent(parts: unknown): unknown {
  return typeof parts === 'number' ? Number(((parts / CERTAIN) * 100).toFixed(6)) : parts;
}
