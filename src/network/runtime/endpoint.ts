import type { NetworkNamespace } from '../../netns/namespace';
import type { LineShape } from '../../shape/options';
import { type NetworkNames, useResolver } from '../../dns/resolvers';
import type { Attached } from '../model/attached-member';
import type { Member } from '../model/member';

/** The network that an endpoint is on, as far as an endpoint tells of it. */
export interface EndpointNetwork {
  readonly name: string;
  /** '10.0.0.0/24'. */
  readonly subnet: string;
  /** The host's address on the network, without a prefix. */
  readonly gateway: string;
  /** Absent on a network without IPv6. */
  readonly subnet6?: string;
  readonly gateway6?: string;
  readonly lifetime: 'process' | 'persistent';
  readonly host: NetworkNamespace;
}

/** A namespace's place on a network. */
export interface Endpoint {
  /** What `attach` was given: the namespace's name, or a label. */
  readonly name: string;
  readonly netns: NetworkNamespace;
  /** The device inside. */
  readonly ifname: string;
  /** Without a prefix: '10.0.0.2'. */
  readonly address: string;
  /** 'fd00:1::2'; absent on a network without a subnet6. */
  readonly address6?: string;
  readonly mac: string;
  /** Absent: none. */
  readonly vlan?: number;
  /**
   * The network's resolver, as an address: what `ip netns exec` finds in a named namespace of a persistent network, and a
   * process that `netns.spawn` starts in any. Absent without `dns`, and in a VLAN.
   */
  readonly dns?: string;
  readonly network: EndpointNetwork;
  /** `netns.shape` of the device inside: the line to the network gets slower, longer, or loses packets. */
  shape(shape: LineShape | null): Promise<void>;
}

/** The member that a network's endpoint stands for; undefined for an object that is none. */
export function memberOf(endpoint: Endpoint): Member | undefined {
  return endpoint instanceof MemberEndpoint ? MemberEndpoint.attachedOf(endpoint).member : undefined;
}

/** @internal An endpoint, with what only its network may know of it. */
export class MemberEndpoint implements Endpoint {
  readonly name: string;
  readonly netns: NetworkNamespace;
  readonly ifname: string;
  readonly address: string;
  declare readonly address6?: string;
  readonly mac: string;
  declare readonly vlan?: number;
  declare readonly dns?: string;
  readonly network: EndpointNetwork;
  readonly #attached: Attached;

  constructor(attached: Attached, network: EndpointNetwork, names?: NetworkNames) {
    const { name, ifname, address, address6, mac, vlan } = attached.member;
    this.name = name;
    this.netns = attached.netns;
    this.ifname = ifname;
    this.address = address;
    if (address6 !== undefined) this.address6 = address6;
    this.mac = mac;
    if (vlan !== undefined) this.vlan = vlan;
    if (names !== undefined && vlan === undefined) {
      this.dns = names.address;
      useResolver(this.netns, names);
    }
    this.network = network;
    this.#attached = attached;
  }

  async shape(shape: LineShape | null): Promise<void> {
    return this.netns.shape(this.ifname, shape);
  }

  static attachedOf(endpoint: MemberEndpoint): Attached {
    return endpoint.#attached;
  }
}
