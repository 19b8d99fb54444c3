import { CORE, ROUTER } from '../addressing/link-addresses';
import { HOST, SWITCH, UPLINK_PORT } from '../model/labels';
import { ROUTE_PROTOCOL } from '../host/routes';
import type { Member } from '../model/member';
import { memberTag } from '../model/tags';
import { hostBridge, ownBridge } from './bridge';
import type { Driver } from './driver';
import { connectedPorts } from './parts/connected';
import { bridgeDevice, portsInHost, portsInOwn, uplinkMac } from './parts/devices';
import { hostDeviceSteps, networkGroup } from './parts/host-device';
import { FORWARDS, upWithoutAutoIpv6 } from './parts/link-steps';
import { pairStep, portGroup } from './parts/pair-steps';
import { removePortsOf } from './parts/place';
import { hostPortConf, hostPortSteps, hostPortTexts } from './routers/host-ports';
import {
  outerRouterSteps,
  routedHostSteps,
  routedInsideSteps,
  routedPortSteps,
  routedRoutes,
  routerMac,
  routesToRouter,
} from './routers/router-steps';
import {
  apartSteps,
  removeApart,
  segmentLabel,
  segmentOf,
  Segments,
  segmentStepsOf,
} from './routers/segments';

/** Common to all routers. Each endpoint has a link of its own, whose ends know each other by permanent entries. */
const routed = {
  checkHost: () => Promise.resolve(),
  hostSteps: (layout) => [...hostDeviceSteps(layout), ...routedHostSteps(layout)],
  gatewaySteps: routedHostSteps,
  kernelRoutes: () => [],
  ownRoutes: routesToRouter,
  dropsAdvertisements: () => false,
  insideSteps: routedInsideSteps,
  neighbourSteps: () => [],
  removeNeighbours: () => Promise.resolve(),
  gatewayRoutes: routedRoutes,
  mostPorts: () => undefined,
  connected: connectedPorts,
  mode: 'routed',
  bridgesInHost: false,
  neighboursEach: () => 0,
  refuseAdoption: () => ({
    path: 'mode',
    value: 'routed',
    problem: "must be 'bridge' on a network that adopts devices: this network has no bridge",
  }),
} satisfies Partial<Driver>;

/** A router in a namespace that only this process holds, with a link to each endpoint and one to the host. */
export const router: Driver = {
  ...ownBridge,
  ...routed,
  hubSteps: (layout) => outerRouterSteps(layout, ROUTER),
  pairSteps: (layout, member) => [pairStep(layout, member, SWITCH, portGroup(layout))],
  portSteps: (layout, member) => [
    ...upWithoutAutoIpv6(layout, SWITCH, member.port, FORWARDS),
    ...routedPortSteps(member, SWITCH),
  ],
  hubDevices: () => [{ ifname: UPLINK_PORT }],
  ownMacs: (network) => [uplinkMac(network), routerMac(network)],
  hops: 1,
};

/** A router for each block of addresses, behind a core router with the link to the host. */
export const segmentRouters: Driver = {
  ...router,
  hubSteps: (layout) => outerRouterSteps(layout, CORE),
  segments: (layout, hub) => new Segments(layout, hub),
  segmentSteps: segmentStepsOf,
  memberFields: segmentOf,
  portPlace: placeOf,
  pairSteps: (layout, member) => [pairStep(layout, member, placeOf(member), portGroup(layout))],
  portSteps: (layout, member) => [
    ...upWithoutAutoIpv6(layout, placeOf(member), member.port, FORWARDS),
    ...routedPortSteps(member, placeOf(member)),
    ...apartSteps(member),
  ],
  // The core's port has the segment's number in its name.
  memberKey: ({ apart6, segment }) => (apart6 ? String(segment) : ''),
  ownNamespaces: async ({ hub, segments }) => [hub, ...((await segments?.existing()) ?? [])],
  removeMembers: async (place, members) => {
    await removeApart(place.hub, members);
    await removePortsOf(place, members, portsInOwn);
  },
  hops: 2,
};

function placeOf({ segment = 0 }: Pick<Member, 'segment'>): string {
  return segmentLabel(segment);
}

/** The host as router, with a device for each endpoint. The gateway's address is on a bridge without ports. */
export const hostRouter: Driver = {
  ...hostBridge,
  ...routed,
  // On to the next table: main has a route to each endpoint.
  ownRoutes: (_, to) => [{ to, type: 'throw', protocol: ROUTE_PROTOCOL }],
  pairSteps: (layout, member) => [
    pairStep(layout, member, HOST, { group: networkGroup(layout) }),
    ...hostPortSteps(layout, member),
  ],
  portSteps: (layout, member) => [
    ...upWithoutAutoIpv6(layout, HOST, member.port, {
      ifalias: memberTag(layout.name, member),
      inet: { conf: hostPortConf(layout) },
    }),
    ...routedPortSteps(member, HOST),
  ],
  portTexts: hostPortTexts,
  can: { ...hostBridge.can, groupPorts: false },
  hostDevices: (network, members) => [bridgeDevice(network), ...portsInHost(members)],
  // The members' ports. The device has only the gateway's address.
  innerDevices: ({ device, portPrefix: prefix }) => (prefix === undefined ? device : { prefix }),
  forwardsAlways: true,
  hops: 0,
};
