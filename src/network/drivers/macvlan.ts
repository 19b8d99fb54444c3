import os from 'node:os';
import type { Step } from '../../plan/spec/step';
import { HOST, labelOf } from '../model/labels';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import type { Driver } from './driver';
import { bridgedInsideSteps, bridgedRoutes } from './bridged/address-steps';
import { connectedChildren } from './parts/connected';
import { hostAddresses, lanError, readLan, refusePeersOnLan, refusePublishingOnLan } from './parts/lan';
import { QUEUES } from './parts/pair-steps';

/**
 * Children of the host's device on a LAN, which itself stays unchanged. A member's device goes with its namespace.
 */
export const macvlan: Driver = {
  hub: HOST,
  bridgeName: ({ device }) => device,
  membersOnly: true,
  checkHost: () => Promise.resolve(),
  readLan: (host, spec) =>
    readLan(host, spec, ({ ifname, master }) => {
      if (master === undefined) return;
      const detail =
        'the device is a port of another device, which receives the packets for its children: choose that device';
      throw lanError(os.constants.errno.EBUSY, ifname, detail);
    }),
  hubSteps: () => [],
  hostSteps: () => [],
  gatewaySteps: () => [],
  kernelRoutes: () => [],
  ownRoutes: () => [],
  dropsAdvertisements: () => false,
  memberFields: () => ({ child: true }),
  hostAddresses,
  portPlace: () => HOST,
  pairSteps: (layout, member, parent) => [childStep(layout, member, parent)],
  readySteps: () => [],
  insideSteps: bridgedInsideSteps,
  neighbourSteps: () => [],
  removeNeighbours: () => Promise.resolve(),
  portSteps: () => [],
  closingSteps: () => [],
  memberKey: () => '',
  portTexts: () => [],
  gatewayRoutes: bridgedRoutes,
  mostPorts: () => undefined,
  can: { vlan: false, reuseSteps: true, shareMacs: true, tagPorts: false, groupPorts: false },
  hostDevice: ({ device }) => ({ ifname: device }),
  hostDevices: () => [],
  hubDevices: () => [],
  ownMacs: () => [],
  ports: () => [],
  ownNamespaces: () => Promise.resolve([]),
  removeMembers: () => Promise.resolve(),
  connected: (_, attached) => connectedChildren(attached),
  mode: 'macvlan',
  switch: 'linux',
  deviceTerm: 'parent',
  hasRules: false,
  innerDevices: ({ device }) => device,
  forwardsAlways: false,
  isKnownByName: false,
  bridgesInHost: false,
  hops: 0,
  // Both ends of a call learn each other, and an endpoint the gateway, which is another machine.
  neighboursEach: () => 3,
  refusePublishing: refusePublishingOnLan,
  refusePeers: refusePeersOnLan,
  refuseAdoption: () => ({
    path: 'mode',
    value: 'macvlan',
    problem: "must be 'bridge' on a network that adopts devices: this network has no bridge",
  }),
  movesConfiguration: false,
};

// Requested in the host, created in the namespace. `link`: index or name of the parent.
function childStep(layout: Layout, member: Member, link: number | string): Step {
  const { mtu, macvlan: mode = 'bridge' } = layout;
  const { ifname, mac: address, created } = member;
  const netns = labelOf(member);
  const body = { ifname, kind: 'macvlan', link, netns, address, mtu, ...QUEUES, data: { mode } } as const;
  return { op: 'link.add', netns: HOST, body, ...(created && { undo: 'none' }) };
}
