import type { Step } from '../../plan/spec/step';
import { type Layout } from '../model/layout';
import { HOST } from '../model/labels';
import { type Member } from '../model/member';

/**
 * The step that gives a member a child of the host's device, whose index or name is `link`: requested in the host,
 * created in the namespace.
 */
export function childStep(layout: Layout, member: Member, netns: string, link: number | string): Step {
  const { mtu, macvlan: mode = 'bridge' } = layout;
  const { ifname, mac: address, created } = member;
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  const body = { ifname, kind: 'macvlan', link, netns, address, mtu, ...queues, data: { mode } } as const;
  return { op: 'link.add', netns: HOST, body, ...(created && { undo: 'none' }) };
}
