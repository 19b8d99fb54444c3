import type { NetworkNamespace } from '../../netns/namespace';
import type { Device } from '../model/devices';
import type { HOST, SWITCH } from '../model/labels';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import type { External } from './parts/external';
import type { NetworkPlace } from './parts/place';

/** The fields of a specification or of a layout that decide the kind of a network. */
export type KindFields = Pick<Layout, 'lifetime' | 'routed' | 'macvlan' | 'openvswitch' | 'parent'>;

/** The fields that name a network's devices. */
export type DeviceFields = Pick<Layout, 'name' | 'gateway' | 'device' | 'vxlan'>;

/** A kind of network. Each kind has one file in this folder, and its line in the list of `index.ts`. */
export interface Driver {
  /** Whether a network is of this kind. The first driver of the list that says so is the network's. */
  serves(network: KindFields): boolean;
  /** The label of the namespace with the bridge or router: the host, or one of the network's own. */
  readonly hub: typeof HOST | typeof SWITCH;

  /** The host's device for a network, with its identification. */
  hostDevice(network: DeviceFields): Device;
  /** The devices in the host that the kernel creates for a network and its members. */
  hostDevices(network: DeviceFields, members: readonly Member[]): Device[];
  /** The devices by which a namespace of the network's own reaches others: the first to go. */
  hubDevices(network: DeviceFields): Device[];
  /** Members' ports, in whichever namespaces these are. */
  ports(members: readonly Member[]): Device[];
  /** The namespaces that the network made for itself. */
  ownNamespaces(place: NetworkPlace): Promise<readonly NetworkNamespace[]>;
  /** Disconnects members, and removes their ports. */
  removeMembers(place: NetworkPlace, members: readonly Member[]): Promise<void>;
  /** The network's objects outside of the kernel; absent: there are none. */
  readonly external?: External;
}
