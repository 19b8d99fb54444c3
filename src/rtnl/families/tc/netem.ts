import type { Body } from '../../types/common/body';
import { ticksOfTime } from './clock';
import type { DataHooks } from './data';

/** Without a limit the kernel would keep no packet at all; this is what `tc` takes. */
const DEFAULT_LIMIT = 1000;
const CERTAIN = 2 ** 32 - 1;

/** Chances are percent to callers and parts of 2^32 - 1 to the kernel; delays microseconds and ticks. */
export const netem: DataHooks = {
  prepare(data) {
    const { delay, jitter, limit = DEFAULT_LIMIT, reorder, ...rest } = data;
    // Some packets can only overtake others if not all are delayed alike: a gap of one is "any".
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

/** Changes each chance of the data, also in the groups of them. */
function chances(data: Body, change: (value: unknown) => unknown): Body {
  const all = (group: unknown): unknown =>
    typeof group === 'object' && group !== null
      ? Object.fromEntries(Object.entries(group).map(([key, value]) => [key, change(value)]))
      : group;
  const { loss, duplicate, correlation, reorder, corrupt, ...rest } = data;
  const groups = { correlation: all(correlation), reorder: all(reorder), corrupt: all(corrupt) };
  return { ...rest, loss: change(loss), duplicate: change(duplicate), ...groups };
}

// What is no number, or beyond its bounds, is left to the codec to refuse.
function toParts(percent: unknown): unknown {
  return typeof percent === 'number' ? Math.round((percent / 100) * CERTAIN) : percent;
}

function toPercent(parts: unknown): unknown {
  return typeof parts === 'number' ? Number(((parts / CERTAIN) * 100).toFixed(6)) : parts;
}
