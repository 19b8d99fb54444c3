/** One endpoint as data: the namespace's end, and the port on the bridge or router. */
export interface Member {
  readonly name: string;
  readonly address: string;
  /** Only on networks with a second subnet. */
  readonly address6?: string;
  readonly ifname: string;
  readonly mac: string;
  /** The port's name and its MAC address. */
  readonly port: string;
  readonly portMac: string;
  /** True: the device inside is a child of the host's, and there is no port. */
  readonly child?: true;
  /** True: the network created the namespace, and deletes it with the endpoint. */
  readonly created: boolean;
  readonly defaultRoute: boolean;
  /** Its VLAN on the switch; the host is in none. */
  readonly vlan?: number;
  /** The segment that has its port; absent: there is only one router, or none. */
  readonly segment?: number;
  /** Its IPv6 address is outside its segment's block: the core has a separate route to it. */
  readonly apart6?: true;
  /** The routing table for packets from its own addresses, if there is one. */
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
