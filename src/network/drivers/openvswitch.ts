import { openPorts } from '../../openvswitch/switch';
import { HOST } from '../model/labels';
import { memberTag } from '../model/tags';
import { hostBridge } from './bridge';
import type { Driver } from './driver';
import { type Connected, connectedPorts, type ConnectedPlace, NONE_CONNECTED } from './parts/connected';
import { portsInHost } from './parts/devices';
import { upWithoutAutoIpv6 } from './parts/link-steps';
import { pairStep, portGroup } from './parts/pair-steps';
import { isUnreachable, optionsOf, switchDatabase, switchPlace } from './openvswitch/switch-database';
import {
  checksumSteps,
  isolatePortFromHostStack,
  switchPortSteps,
  switchStep,
} from './openvswitch/switch-steps';

/** A bridge of Open vSwitch, which creates and removes the host's device itself. */
export const openvswitch: Driver = {
  ...hostBridge,
  checkHost: () => Promise.resolve(),
  hubSteps: (layout) => [switchStep(layout, optionsOf(layout))],
  dropsAdvertisements: () => false,
  pairSteps: (layout, member) => [
    pairStep(layout, member, HOST, portGroup(layout)),
    ...isolatePortFromHostStack(layout, optionsOf(layout), member),
  ],
  readySteps: (layout, netns, member) => checksumSteps(optionsOf(layout), netns, member),
  portSteps: (layout, member) =>
    upWithoutAutoIpv6(layout, HOST, member.port, { ifalias: memberTag(layout.name, member) }),
  closingSteps: (layout, members) => switchPortSteps(layout, optionsOf(layout), members),
  mostPorts: () => undefined,
  // All ports are requested at once, at the end.
  can: { vlan: true, reuseSteps: false, shareMacs: false, tagPorts: true, groupPorts: true },
  hostDevice: ({ device }) => ({ ifname: device }),
  hostDevices: (_, members) => portsInHost(members),
  external: switchDatabase,
  connected,
  switch: 'openvswitch',
  bridgesInHost: false,
  refuseAdoption: () => ({
    path: 'switch',
    value: 'openvswitch',
    problem: "must be 'linux' on a network that adopts devices: for Open vSwitch use ovs-vsctl add-port",
  }),
};

async function connected(place: ConnectedPlace): Promise<Connected> {
  if (place.bridge === 0) return NONE_CONNECTED;
  const { connected: up } = await connectedPorts(place);
  const { layout } = place;
  try {
    const open = new Set(await openPorts(switchPlace(optionsOf(layout)), layout.device));
    return { connected: new Set([...up].filter((ifname) => open.has(ifname))), problems: [] };
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return { connected: new Set(), problems: [error.message] };
  }
}
