import type { NetworkNamespace } from '../../netns/namespace';
import type { LineShape } from '../../shape/options';
import { type NetworkNames, useResolver } from '../../nsfs/resolvers';
import type { AttachedMember } from '../model/attached-member';
import type { Member } from '../model/member';

/** The network of an endpoint, as far as the endpoint shows it. */
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
  /** As given to `attach`: the namespace's name, or a label. */
  readonly name: string;
  readonly netns: NetworkNamespace;
  /** The device inside. */
  readonly ifname: string;
  /** Without a prefix: '10.0.0.2'. */
  readonly address: string;
  /** 'fd00:1::2'; absent on a network without a subnet6. */
  readonly address6?: string;
  readonly mac: string;
  /** Absent: no VLAN. */
  readonly vlan?: number;
  /**
   * Address of the network's resolver, for `ip netns exec` in a named namespace of a persistent network, and for
   * processes that `netns.spawn` starts in any. Absent without `dns`, and in a VLAN.
   */
  readonly dns?: string;
  readonly network: EndpointNetwork;
  /** `netns.shape` of the device inside: adds delay, loss or a rate limit to the line to the network. */
  shape(shape: LineShape | null): Promise<void>;
}

/** The member behind an endpoint; undefined for an object that is no endpoint. */
export function memberOf(endpoint: Endpoint): Member | undefined {
  return endpoint instanceof MemberEndpoint ? MemberEndpoint.attachedOf(endpoint).member : undefined;
}

/** @internal An endpoint with the data that only its network may see. */
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
  readonly #attached: AttachedMember;

  constructor(attached: AttachedMember, network: EndpointNetwork, names?: NetworkNames) {
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

  static attachedOf(endpoint: MemberEndpoint): AttachedMember {
    return endpoint.#attached;
  }
}
