import type { Step } from '../../plan/spec/step';
import { HOST, SWITCH, SWITCH_BRIDGE, SWITCH_BRIDGE_INDEX, UPLINK_PORT } from '../model/labels';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import { memberTag, tag } from '../model/tags';
import type { DeviceFields, Driver, PortLimit } from './driver';
import { fullBridgeRemedy, MAX_BRIDGE_PORTS } from './bridged/bridge-port-limit';
import { bridgeStep } from './bridged/bridge-step';
import { bridgedHostSteps, bridgedInsideSteps, bridgedRoutes, kernelRoutes } from './bridged/address-steps';
import { connectedOnBridge } from './parts/connected';
import { bridgeDevice, bridgeMac, portsInHost, portsInOwn, uplinkMac, vxlanDevice } from './parts/devices';
import { hostDeviceSteps } from './parts/host-device';
import { hostAddresses, readLan, refusePeersOnLan, refusePublishingOnLan } from './parts/lan';
import { upWithoutAutoIpv6 } from './parts/link-steps';
import { neighbourStepsInside, neighbourStepsOutside, removeNeighboursOutside } from './parts/neighbours';
import { pairStep, portGroup, uplinkStep } from './parts/pair-steps';
import { removePortsOf } from './parts/place';
import { checkLocal, vxlanSteps } from './bridged/vxlan';

/** Common to all bridges of the kernel. */
const bridge = {
  membersOnly: false,
  checkHost: (host, { vxlan }) => checkLocal(host, vxlan),
  hostSteps: (layout) => [...hostDeviceSteps(layout), ...bridgedHostSteps(layout)],
  gatewaySteps: bridgedHostSteps,
  kernelRoutes,
  ownRoutes: ({ device: dev }, to) => [{ to, dev }],
  memberFields: () => ({}),
  readySteps: () => [],
  neighbourSteps: neighbourStepsOutside,
  removeNeighbours: removeNeighboursOutside,
  closingSteps: () => [],
  memberKey: () => '',
  portTexts: () => [],
  gatewayRoutes: bridgedRoutes,
  connected: connectedOnBridge,
  mode: 'bridge',
  switch: 'linux',
  hasRules: true,
  innerDevices: ({ device }) => device,
  forwardsAlways: false,
  isKnownByName: true,
  hops: 0,
  // Both ends of a call learn each other. So do the gateway and an endpoint, unless they have permanent entries.
  neighboursEach: ({ neighbours }) => (neighbours === 'static' ? 2 : 4),
  refusePublishing: () => undefined,
  refusePeers: () => undefined,
  movesConfiguration: false,
} satisfies Partial<Driver>;

/** A bridge in the host, so that it stays when this process ends. */
export const hostBridge: Driver = {
  ...bridge,
  hub: HOST,
  bridgeName: ({ device }) => device,
  deviceTerm: 'bridge',
  hubSteps: (layout) => [
    bridgeStep(HOST, { ifname: layout.device, address: bridgeMac(layout), mtu: layout.mtu }),
    ...vxlanSteps(layout, HOST, layout.device),
  ],
  // On a persistent network the tool iptables would leave the filter behind.
  dropsAdvertisements: (layout) => isFilterNeeded(layout) && (layout.firewall ?? 'nftables') === 'nftables',
  portPlace: () => HOST,
  pairSteps: (layout, member, master) => [pairStep(layout, member, HOST, { master, ...portGroup(layout) })],
  insideSteps: (layout, netns, member) => insideSteps(layout, netns, member, bridgeMac(layout)),
  portSteps: (layout, member) => upWithoutAutoIpv6(layout, HOST, member.port, portSettings(layout, member)),
  mostPorts: ({ vxlan }) => limitWith(vxlan ? 1 : 0),
  can: { vlan: false, reuseSteps: true, shareMacs: false, tagPorts: true, groupPorts: true },
  hostDevice: bridgeDevice,
  hostDevices: (network, members) => [
    bridgeDevice(network),
    ...(network.vxlan ? [vxlanDevice(network)] : []),
    ...portsInHost(members),
  ],
  hubDevices: () => [],
  ownMacs: (network) => [bridgeMac(network), ...vxlanMacs(network)],
  ports: portsInHost,
  ownNamespaces: () => Promise.resolve([]),
  removeMembers: (place, members) => removePortsOf(place, members, portsInHost),
  bridgesInHost: true,
  refuseAdoption: () => undefined,
};

/** The limit on a bridge that has `own` ports besides those of endpoints and adopted devices. */
function limitWith(own: number): PortLimit {
  return { most: MAX_BRIDGE_PORTS - own, remedy: fullBridgeRemedy };
}

// With br_netfilter loaded, a published port is translated on the bridge itself, and a connection of an endpoint to
// itself leaves by the port it came in by: bridges refuse that without hairpin mode.
function portSettings({ name }: Layout, member: Member) {
  return { ifalias: memberTag(name, member), slaveKind: 'bridge', slaveData: { mode: true } } as const;
}

/** A bridge in the host that adopts the host's device on a LAN, and becomes the host's own interface there. */
export const lanBridge: Driver = {
  ...hostBridge,
  readLan,
  hostAddresses,
  hubSteps: ({ mtu, device: ifname, ...layout }) => [
    bridgeStep(HOST, { ifname, address: bridgeMac(layout), mtu }, 'snooping'),
  ],
  // As open to routers as the device it replaces.
  hostSteps: ({ device: ifname, name }) => [
    { op: 'link.set', netns: HOST, body: { ifname, ifalias: tag(name), up: true }, undo: 'none' },
  ],
  gatewaySteps: () => [],
  kernelRoutes: () => [],
  dropsAdvertisements: () => false,
  hasRules: false,
  // The gateway is another machine: only the endpoint's end counts.
  neighboursEach: () => 3,
  refusePublishing: refusePublishingOnLan,
  refusePeers: refusePeersOnLan,
  refuseAdoption: ({ parent = '' }, ifname) =>
    ifname === parent
      ? undefined
      : {
          path: 'ifname',
          value: ifname,
          problem: `must be '${parent}', the network's parent`,
        },
  movesConfiguration: true,
};

/** A bridge in a namespace that only this process holds; the host has one end of a veth pair as its uplink. */
export const ownBridge: Driver = {
  ...bridge,
  hub: SWITCH,
  bridgeName: () => SWITCH_BRIDGE,
  deviceTerm: 'device',
  hubSteps: (layout) => [
    { op: 'netns.create', netns: SWITCH },
    bridgeStep(SWITCH, {
      index: SWITCH_BRIDGE_INDEX,
      ifname: SWITCH_BRIDGE,
      address: bridgeMac(layout),
      mtu: layout.mtu,
    }),
    ...upWithoutAutoIpv6(layout, SWITCH, SWITCH_BRIDGE),
    uplinkStep(layout, { master: SWITCH_BRIDGE }),
    ...upWithoutAutoIpv6(layout, SWITCH, UPLINK_PORT),
    ...vxlanSteps(layout, SWITCH, SWITCH_BRIDGE_INDEX),
  ],
  dropsAdvertisements: isFilterNeeded,
  portPlace: () => SWITCH,
  pairSteps: (layout, member, master) => [pairStep(layout, member, SWITCH, { master, ...portGroup(layout) })],
  insideSteps: (layout, netns, member) => insideSteps(layout, netns, member, uplinkMac(layout)),
  // Here a device needs no tag, and no rules see traffic across the bridge.
  portSteps: (layout, member) => upWithoutAutoIpv6(layout, SWITCH, member.port),
  // One port is the uplink.
  mostPorts: ({ vxlan }) => limitWith(vxlan ? 2 : 1),
  can: { vlan: false, reuseSteps: true, shareMacs: false, tagPorts: false, groupPorts: false },
  hostDevice: uplinkDevice,
  hostDevices: (network) => [uplinkDevice(network)],
  hubDevices: (network) => [
    { ifname: UPLINK_PORT },
    ...(network.vxlan ? [{ ifname: vxlanDevice(network).ifname }] : []),
  ],
  ownMacs: (network) => [bridgeMac(network), uplinkMac(network), ...vxlanMacs(network)],
  ports: portsInOwn,
  ownNamespaces: ({ hub }) => Promise.resolve([hub]),
  removeMembers: (place, members) => removePortsOf(place, members, portsInOwn),
  bridgesInHost: false,
  refuseAdoption: ({ lifetime }) => ({
    path: 'lifetime',
    value: lifetime,
    problem:
      "must be 'persistent' on a network that adopts devices: the devices and the host's addresses would end with the process",
  }),
};

function vxlanMacs(network: DeviceFields): string[] {
  return network.vxlan ? [vxlanDevice(network).mac] : [];
}

function uplinkDevice(network: DeviceFields) {
  return { ifname: network.device, mac: uplinkMac(network) };
}

function insideSteps(layout: Layout, netns: string, member: Member, gatewayMac: string): Step[] {
  return [
    ...bridgedInsideSteps(layout, netns, member),
    ...neighbourStepsInside(layout, member, netns, gatewayMac),
  ];
}

// With a subnet6 each endpoint ignores advertisements itself.
function isFilterNeeded({ ipv6, inet6 }: Layout): boolean {
  return ipv6 && !inet6;
}
