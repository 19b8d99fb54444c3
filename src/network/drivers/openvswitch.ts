import { pluggedIn, unplug } from '../../openvswitch/switch';
import type { Openvswitch } from '../spec/openvswitch-options';
import type { Layout } from '../model/layout';
import { hostBridge } from './bridge';
import type { Driver } from './driver';
import { portsInHost } from './parts/devices';
import { removePortsOf } from './parts/place';
import type { External } from './parts/external';
import {
  hasSwitch,
  isUnreachable,
  removeStaleSwitch,
  removeSwitch,
  switchPlace,
  switchPorts,
  unplugMembers,
} from './parts/switch';

/** The bridge and its ports in Open vSwitch's database. */
const database: External = {
  name: ({ device }) => `openvswitch bridge ${device}`,
  portsName: ({ device }) => `openvswitch ports of ${device}`,
  find: async (layout) =>
    (await hasSwitch(layout, optionsOf(layout))) ? [`openvswitch bridge ${layout.device}`] : [],
  remove: removeSwitch,
  removeStale: removeStaleSwitch,
  findPorts: async (layout, members) =>
    (await pluggedIn(switchPlace(optionsOf(layout)), switchPorts(layout, members))).map(portLine),
  removePorts: async (layout, members) =>
    (await unplug(switchPlace(optionsOf(layout)), layout.device, switchPorts(layout, members))).map(portLine),
  isUnreachable,
};

/** A bridge of Open vSwitch, which creates and removes the host's device itself. */
export const openvswitch: Driver = {
  ...hostBridge,
  serves: (network) => network.openvswitch !== undefined,
  hostDevice: ({ device }) => ({ ifname: device }),
  hostDevices: (_, members) => portsInHost(members),
  removeMembers: async (place, members) => {
    await unplugMembers(place.layout, members);
    await removePortsOf(place, members, portsInHost);
  },
  external: database,
};

function optionsOf({ openvswitch: options }: Layout): Openvswitch {
  return options as Openvswitch;
}

function portLine(ifname: string): string {
  return `openvswitch port ${ifname}`;
}
