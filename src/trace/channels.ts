import { channel, type Channel } from 'node:diagnostics_channel';
import type { TracedLock, TracedMessage, TracedPlan, TracedStep } from './events';

/** A diagnostics channel with typed messages. */
interface TypedChannel<T> extends Pick<Channel, 'hasSubscribers' | 'name'> {
  publish(message: T): void;
}

export const planChannel: TypedChannel<TracedPlan> = channel('netloom:plan');
export const stepChannel: TypedChannel<TracedStep> = channel('netloom:step');
export const messageChannel: TypedChannel<TracedMessage> = channel('netloom:message');
export const lockChannel: TypedChannel<TracedLock> = channel('netloom:lock');

/** Milliseconds since 1970, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
