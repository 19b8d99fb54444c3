/** A value that the tables know by name; a number stands for one that they do not. */
export type Named<Name extends string> = Name | number;

/** A set of flags by name; in an answer the bits without a name follow as one number. */
export type FlagSet<Name extends string> = readonly Named<Name>[];

/** An interface by name or index. A name is resolved in the namespace of the request just before it is sent. */
export type Device = string | number;

export type AddressFamily = Named<'unspec' | 'inet' | 'inet6' | 'bridge' | 'mpls'>;

/** Who installed an object; the kernel only stores it. */
export type RouteProtocol = Named<
  | 'unspec'
  | 'redirect'
  | 'kernel'
  | 'boot'
  | 'static'
  | 'gated'
  | 'ra'
  | 'mrt'
  | 'zebra'
  | 'bird'
  | 'dnrouted'
  | 'xorp'
  | 'ntk'
  | 'dhcp'
  | 'mrouted'
  | 'keepalived'
  | 'babel'
  | 'openr'
  | 'bgp'
  | 'isis'
  | 'ospf'
  | 'rip'
  | 'eigrp'
>;

export type Scope = Named<'global' | 'site' | 'link' | 'host' | 'nowhere'>;

export type RouteType = Named<
  | 'unspec'
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat'
  | 'xresolve'
>;

/** A routing table: one of the kernel's by name, any by number. */
export type RouteTable = Named<'unspec' | 'default' | 'main' | 'local'>;

export type IpProtocol = Named<'icmp' | 'tcp' | 'udp' | 'gre' | 'ipv6-icmp' | 'sctp'>;

export type VlanProtocol = Named<'802.1Q' | '802.1ad'>;

/** What every answer may carry: attributes that this version has no table row for, by their number. */
export interface Unknown {
  readonly unknown?: Readonly<Record<string, Uint8Array>>;
}
