/** One endpoint as data: the namespace's end and the bridge's. */
export interface Member {
  readonly name: string;
  readonly address: string;
  /** Only of networks with a second subnet. */
  readonly address6?: string;
  readonly ifname: string;
  readonly mac: string;
  /** The bridge's port and its MAC address. */
  readonly port: string;
  readonly portMac: string;
  /** True: the device inside is a child of the host's, and there is no port. */
  readonly child?: true;
  /** True: the network made the namespace, and deletes it with the endpoint. */
  readonly created: boolean;
  readonly defaultRoute: boolean;
  /** Its VLAN on the switch, which the host is not in. */
  readonly vlan?: number;
  /** The segment that has its port; absent: there is but one router, or none. */
  readonly segment?: number;
  /** Its IPv6 address is not in the block of its segment: the core has a route of its own to it. */
  readonly apart6?: true;
  /** The table for what it sends from its own addresses, if they have one. */
  readonly table?: number;
  /** The namespace's name under /run/netns, if it has one. */
  readonly pinned?: string;
  /** The namespace's cookie as text, once it is known. */
  readonly cookie?: string;
}

/** The addresses of a member, by which its published ports are found. */
export function addressesOf({ address, address6 }: Member): string[] {
  return address6 === undefined ? [address] : [address, address6];
}
