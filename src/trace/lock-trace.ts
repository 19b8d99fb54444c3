import { lockChannel, now } from './channels';

/** Publishes that the journal's lock was taken, after a wait of this time, or released, after this time. */
export function traceLock(event: 'locked' | 'released', directory: string, durationMs: number): void {
  lockChannel.publish({ time: now(), event, directory, durationMs });
}
