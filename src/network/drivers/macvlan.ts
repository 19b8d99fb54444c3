import type { Step } from '../../plan/spec/step';
import { HOST } from '../model/labels';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import type { Driver } from './driver';

/** Children of a device of the host, which itself stays unchanged. The members' devices go with their namespaces. */
export const macvlan: Driver = {
  serves: (network) => network.macvlan !== undefined,
  hub: HOST,
  hostDevice: ({ device }) => ({ ifname: device }),
  hostDevices: () => [],
  hubDevices: () => [],
  ports: () => [],
  ownNamespaces: () => Promise.resolve([]),
  removeMembers: () => Promise.resolve(),
};

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
