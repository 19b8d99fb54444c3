import type { Family } from '../../base/ip';
import type { DeviceNames } from '../../firewall/nft/expressions';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Step } from '../../plan/spec/step';
import type { RouteAdd } from '../../rtnl/types';
import type { AttachedMember } from '../model/attached-member';
import type { Device } from '../model/devices';
import type { HOST, SWITCH } from '../model/labels';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import type { ResolvedSpec } from '../spec/resolved-spec';
import type { Connected, ConnectedPlace } from './parts/connected';
import type { External } from './parts/external';
import type { Lan } from './parts/lan';
import type { NetworkPlace } from './parts/place';
import type { GatewayRoute } from './parts/policy-routing';
import type { Segments } from './routers/segments';

/** The fields that name a network's devices. */
export type DeviceFields = Pick<Layout, 'name' | 'gateway' | 'device' | 'vxlan'>;

/** Why a network refuses a call: an option of it, its value, and the problem with that. */
export interface Refusal {
  readonly path: string;
  readonly value: unknown;
  readonly problem: string;
}

/** How many endpoints and adopted devices a network can have. */
export interface PortLimit {
  readonly most: number;
  /** What helps where there are as many. */
  remedy(): string;
}

/** A kind of network, with its line in the list of `index.ts`. Kinds that have much in common share a file. */
export type Driver = Creation & Membership & Devices & Facts;

/** How a network is created and maintained, apart from its rules. */
interface Creation {
  /** The label of the namespace with the bridge or router: the host, or one of the network's own. */
  readonly hub: typeof HOST | typeof SWITCH;
  /** Whether nothing is created until there are members: each has all it needs in its own namespace. */
  readonly membersOnly: boolean;
  /** The name of the device in the hub that members are joined to, for plans that do not know its index. */
  bridgeName(layout: Layout): string;
  /** Refuses a specification that this host cannot carry out. */
  checkHost(host: NetworkNamespace, spec: ResolvedSpec): Promise<void>;
  /** Reads the properties of the LAN that the network becomes part of; absent: it is a network of its own. */
  readLan?(host: NetworkNamespace, spec: ResolvedSpec): Promise<Lan>;
  /** The steps that create bridge or router, and the host's device. */
  hubSteps(layout: Layout): Step[];
  /** The steps that configure the host's device. */
  hostSteps(layout: Layout): Step[];
  /** The part of them that gives the host its address on the network and the route to it. */
  gatewaySteps(layout: Layout): Step[];
  /** The routes that the kernel itself adds with that address. */
  kernelRoutes(layout: Layout): RouteAdd[];
  /** The host's routes to a subnet of the network in a table that is looked up before the main one. */
  ownRoutes(layout: Layout, subnet: string): RouteAdd[];
  /** The routers behind the hub, which are made when members need them; absent: there are none. */
  segments?(layout: Layout, hub: NetworkNamespace): Segments;
  /** The steps that create those that members need. */
  segmentSteps?(layout: Layout, members: readonly Member[]): Step[];
  /** Whether the network has a filter on its bridge against router advertisements of endpoints. */
  dropsAdvertisements(layout: Layout): boolean;
}

/** How members are attached. The steps of all members are made block by block: pairs, insides, neighbours, ports. */
interface Membership {
  /** The fields of a member that depend on the kind. */
  memberFields(
    layout: Layout,
    address: string,
    address6: string | undefined,
  ): Pick<Member, 'child' | 'segment' | 'apart6'>;
  /** The host's addresses in the subnet, which no member gets, at this moment; absent: only the gateway's. */
  hostAddresses?(host: NetworkNamespace, layout: Layout): Promise<readonly string[]>;
  /** The label of the namespace that has a member's port. */
  portPlace(member: Pick<Member, 'segment'>): string;
  /** The steps that create a member's devices. `hub`: the index or name of the bridge, or of the device that it has a child of. */
  pairSteps(layout: Layout, member: Member, hub: number | string): Step[];
  /** The steps that prepare the device inside, before it comes up. */
  readySteps(layout: Layout, netns: string, member: Member): Step[];
  /** The steps that give a member its addresses and routes, and the gateway's MAC address. */
  insideSteps(layout: Layout, netns: string, member: Member): Step[];
  /** The steps that give the host a member's MAC address. `device`: the host's device. */
  neighbourSteps(layout: Layout, member: Member, device?: number | string): Step[];
  /**
   * Undoes them for members that leave while the network stays. `device`: the host's device; 0 for a missing one, with
   * which the entries have gone.
   */
  removeNeighbours(
    host: NetworkNamespace,
    layout: Layout,
    members: readonly Member[],
    device?: number | string,
  ): Promise<void>;
  /**
   * The steps that bring a member's port up. They come last: once both ends are up, the kernel's link watch takes the
   * very lock that further steps would need.
   */
  portSteps(layout: Layout, member: Member): Step[];
  /** The steps after those of all members. */
  closingSteps(layout: Layout, members: readonly Member[]): Step[];
  /**
   * The values of a member's fields of this kind that change its steps: steps are compiled once for each key. Empty where
   * they differ only in names and addresses.
   */
  memberKey(member: Member): string;
  /** The texts in these steps, apart from messages, that contain the port's name. */
  portTexts(layout: Layout, member: Pick<Member, 'port'>): readonly string[];
  /** An endpoint's routes by its device, for a table of its own. */
  gatewayRoutes(layout: Layout, family: Family): GatewayRoute[];
  /** The limit of endpoints and adopted devices; undefined: there is none. */
  mostPorts(layout: Layout): PortLimit | undefined;
  readonly can: {
    /** Endpoints in VLANs. */
    readonly vlan: boolean;
    /** Attaching by step templates, one member after the other. */
    readonly reuseSteps: boolean;
    /** The choice of MAC addresses is left to the kernel, which refuses those in use. */
    readonly shareMacs: boolean;
    /** Ports carry the name of the namespace in their tag. */
    readonly tagPorts: boolean;
    /** Ports have a device group of their own, by which one request removes them all. */
    readonly groupPorts: boolean;
  };
}

/** A network's devices, for those who remove or inspect them. */
interface Devices {
  /** The host's device for a network, with its identification. */
  hostDevice(network: DeviceFields): Device;
  /** The devices in the host that the kernel creates for a network and its members. */
  hostDevices(network: DeviceFields, members: readonly Member[]): Device[];
  /** The devices by which a namespace of the network's own reaches others: the first to go. */
  hubDevices(network: DeviceFields): Device[];
  /** The MAC addresses of the host's device and of those in the hub that are no ports: no endpoint may have them. */
  ownMacs(network: DeviceFields): string[];
  /** Members' ports, in whichever namespaces these are. */
  ports(members: readonly Member[]): Device[];
  /** The namespaces that the network made for itself. */
  ownNamespaces(place: NetworkPlace): Promise<readonly NetworkNamespace[]>;
  /** Disconnects members, and removes their ports. */
  removeMembers(place: NetworkPlace, members: readonly Member[]): Promise<void>;
  /** The network's objects outside of the kernel; absent: there are none. */
  readonly external?: External;
  /** Which members' devices have a carrier. */
  connected(place: ConnectedPlace, attached: readonly AttachedMember[]): Promise<Connected>;
}

/** What others need to know of a kind. */
interface Facts {
  /** What inspect() reports. */
  readonly mode: 'bridge' | 'routed' | 'macvlan';
  readonly switch: 'linux' | 'openvswitch';
  /** What messages call the host's device. */
  readonly deviceTerm: 'bridge' | 'device' | 'parent';
  /** Whether the host routes for the network, by rules of the network's own. On a LAN it does neither. */
  readonly hasRules: boolean;
  /** The names of the devices by which the host reaches the network. */
  innerDevices(layout: Layout): DeviceNames;
  /**
   * Whether these devices forward in any case, since endpoints reach each other through the host only. Otherwise they
   * forward for NAT and for other open networks.
   */
  readonly forwardsAlways: boolean;
  /** Whether rules know the host's device by its name, so that it must not be renamed. */
  readonly isKnownByName: boolean;
  /** Whether endpoints' packets to each other pass a bridge of the host, where br_netfilter may filter them. */
  readonly bridgesInHost: boolean;
  /** The routers that an endpoint's packet passes before it reaches the host. */
  readonly hops: number;
  /** The entries of the kernel's neighbour table that each endpoint needs if it calls one other. */
  neighboursEach(layout: Layout): number;
  /** Why the network publishes no ports; undefined: it does. */
  refusePublishing(layout: Layout): Refusal | undefined;
  /** Why the network has no peers; undefined: it may have some. */
  refusePeers(layout: Layout): Refusal | undefined;
  /** Why the network does not adopt that device of the host; undefined: it does. */
  refuseAdoption(layout: Layout, ifname: string): Refusal | undefined;
  /** Whether addresses and routes of an adopted device move to the bridge, with its MAC address. */
  readonly movesConfiguration: boolean;
}
