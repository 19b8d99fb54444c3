import type { Member } from './member';

/** Labels of the namespaces in a network's plans. Endpoints have the label of their port. */
export const HOST = 'host';

export const SWITCH = 'switch';

/** The bridge's name inside a switch namespace, where it has no neighbours. */
export const SWITCH_BRIDGE = 'br0';

/** Its index: beyond those of fallback devices, which loaded tunnel modules create in a fresh namespace. */
export const SWITCH_BRIDGE_INDEX = 1000;

export const UPLINK_PORT = 'uplink';

/** The label of a member's namespace in plans. */
export function labelOf(member: Member): string {
  return member.port;
}
