import { binding } from '../native/binding';
import type { NativeEvent } from '../native/contract';
import type { MonitorHandle } from '../native/handles';
import { messageChannel } from '../trace/channels';
import type * as Trace from '../trace/event-trace';

export interface ReadOptions {
  readonly protocol: 'route' | 'netfilter';
  /** The name of the monitor's namespace, for traces. */
  readonly label?: string | undefined;
  /** False: the process may exit while the read waits. */
  readonly keepsAlive?: boolean;
}

/** The next events of a monitor, once there is at least one. One read at a time. */
export function readEvents(monitor: MonitorHandle, options: ReadOptions): Promise<readonly NativeEvent[]> {
  return new Promise((resolve) => {
    const done = (events: readonly NativeEvent[]): void => {
      if (messageChannel.hasSubscribers) trace(events, options);
      resolve(events);
    };
    binding.read(monitor, done, options.keepsAlive);
  });
}

function trace(events: readonly NativeEvent[], { protocol, label }: ReadOptions): void {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- Loaded only when somebody listens.
  const { traceEvents } = require('../trace/event-trace') as typeof Trace;
  traceEvents(events, protocol, label);
}
