import type { Step } from '../../plan/spec/step';
import { HOST, type Layout, type Member } from '../model/layout';

/** How the children of one device see each other. */
export const MACVLAN_MODES = ['bridge', 'private', 'vepa'] as const;
export type MacvlanMode = (typeof MACVLAN_MODES)[number];

/**
 * The step that gives a member a child of the host's device, whose index or name is `link`: made from within the host, born
 * in the namespace.
 */
export function childStep(layout: Layout, member: Member, netns: string, link: number | string): Step {
  const { mtu, macvlan: mode = 'bridge' } = layout;
  const { ifname, mac: address, created } = member;
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  const body = { ifname, kind: 'macvlan', link, netns, address, mtu, ...queues, data: { mode } } as const;
  return { op: 'link.add', netns: HOST, body, ...(created && { undo: 'none' }) };
}
