import { HOST, SWITCH, UPLINK_PORT } from '../model/labels';
import { tag } from '../model/tags';
import type { DeviceFields, Driver } from './driver';
import { bridgeDevice, portsInHost, portsInOwn, uplinkMac, vxlanDevice } from './parts/devices';
import { removePortsOf } from './parts/place';

/** A bridge in the host, so that it stays when this process ends. */
export const hostBridge: Driver = {
  serves: ({ lifetime }) => lifetime === 'persistent',
  hub: HOST,
  hostDevice: bridgeDevice,
  hostDevices: (network, members) => [
    bridgeDevice(network),
    ...(network.vxlan ? [vxlanDevice(network)] : []),
    ...portsInHost(members),
  ],
  hubDevices: () => [],
  ports: portsInHost,
  ownNamespaces: () => Promise.resolve([]),
  removeMembers: (place, members) => removePortsOf(place, members, portsInHost),
};

/** A bridge in the host that adopts the host's device on a LAN, and becomes the host's own interface there. */
export const lanBridge: Driver = {
  ...hostBridge,
  serves: ({ lifetime, parent }) => lifetime === 'persistent' && parent !== undefined,
  hostDevice: taggedBridge,
  hostDevices: (network, members) => [taggedBridge(network), ...portsInHost(members)],
};

// The bridge gets the MAC address of the device that it adopts.
function taggedBridge(network: DeviceFields) {
  return { ...bridgeDevice(network), tag: tag(network.name) };
}

/** A bridge in a namespace that only this process holds; the host has one end of a veth pair as its uplink. */
export const ownBridge: Driver = {
  serves: ({ lifetime }) => lifetime === 'process',
  hub: SWITCH,
  hostDevice: uplinkDevice,
  hostDevices: (network) => [uplinkDevice(network)],
  hubDevices: (network) => [
    { ifname: UPLINK_PORT },
    ...(network.vxlan ? [{ ifname: vxlanDevice(network).ifname }] : []),
  ],
  ports: portsInOwn,
  ownNamespaces: ({ hub }) => Promise.resolve([hub]),
  removeMembers: (place, members) => removePortsOf(place, members, portsInOwn),
};

function uplinkDevice(network: DeviceFields) {
  return { ifname: network.device, mac: uplinkMac(network) };
}
