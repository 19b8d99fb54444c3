import { decodeMessage } from '../codec/decode/decode';
import type { NativeEvent } from '../native/contract';
import { NETLINK } from '../native/protocols';
import { messageChannel, now } from './channels';

/** Publishes the messages that a monitor received, except those that no table describes. */
export function traceEvents(
  events: readonly NativeEvent[],
  protocol: 'route' | 'netfilter',
  netns: string | undefined,
): void {
  for (const { message, nsid } of events) {
    const decoded = message && decodeMessage(NETLINK[protocol], message);
    if (decoded === undefined) continue;
    const { family, action, object: body } = decoded;
    const common = { time: now(), direction: 'received', kind: 'event' } as const;
    messageChannel.publish({ ...common, protocol, netns, nsid, family, action, body });
  }
}
