import { ownBridge, hostBridge } from './bridge';
import type { Driver } from './driver';
import { UPLINK_PORT } from '../model/labels';
import { bridgeDevice, portsInHost, portsInOwn } from './parts/devices';
import { removePortsOf } from './parts/place';
import { removeApart } from './parts/segments';

/** A router in a namespace that only this process holds, with a link to each endpoint and one to the host. */
export const router: Driver = {
  ...ownBridge,
  serves: ({ routed }) => routed === 'router',
  hubDevices: () => [{ ifname: UPLINK_PORT }],
};

/** A router for each block of addresses, behind a core router with the link to the host. */
export const segmentRouters: Driver = {
  ...router,
  serves: ({ routed }) => routed === 'segments',
  ownNamespaces: async ({ hub, segments }) => [hub, ...((await segments?.standing()) ?? [])],
  removeMembers: async (place, members) => {
    await removeApart(place.hub, members);
    await removePortsOf(place, members, portsInOwn);
  },
};

/** The host as router, with a device for each endpoint. The gateway's address is on a bridge without ports. */
export const hostRouter: Driver = {
  ...hostBridge,
  serves: ({ routed }) => routed === 'host',
  hostDevices: (network, members) => [bridgeDevice(network), ...portsInHost(members)],
};
