/** The tick of the kernel's packet scheduler: PSCHED_SHIFT, the same in every kernel since 2.6.31. */
const NANOSECONDS_A_TICK = 64;
const NANOSECONDS = 1e9;
const U32_MAX = 2 ** 32 - 1;

/**
 * The time for a number of bytes at a rate in bytes per second, in ticks. Values that are not numbers are left for the
 * codec to reject.
 */
export function ticksOf(bytes: unknown, rate: unknown): unknown {
  if (typeof bytes !== 'number' || typeof rate !== 'number') return bytes;
  return Math.min(Math.ceil(((bytes / rate) * NANOSECONDS) / NANOSECONDS_A_TICK), U32_MAX);
}

/** Converts microseconds to ticks. */
export function ticksOfTime(microseconds: unknown): unknown {
  if (typeof microseconds !== 'number') return microseconds;
  return Math.floor((microseconds * 1000) / NANOSECONDS_A_TICK);
}

/** The number of bytes that pass in a number of ticks. */
export function bytesOf(ticks: number, rate: number): number {
  return Math.round((ticks * NANOSECONDS_A_TICK * rate) / NANOSECONDS);
}

/** A rate as its 32-bit field and, if too large for that, its 64-bit attribute. */
export function splitRate(rate: unknown): { readonly short: unknown; readonly long: unknown } {
  const isLong = typeof rate === 'number' && rate > U32_MAX;
  return isLong ? { short: U32_MAX, long: rate } : { short: rate, long: undefined };
}

/** The rate in the two fields. */
export function joinRate(short: unknown, long: unknown): number {
  return Number(long ?? short ?? 0);
}
