/** A value with a name in the tables; a number for any other. */
export type Named<Name extends string> = Name | number;

/** A set of flags by name; in a reply, bits without a name follow as one number. */
export type FlagSet<Name extends string> = readonly Named<Name>[];

/** An interface by name or index. A name is resolved in the namespace of the request just before it is sent. */
export type Device = string | number;

export type AddressFamily = Named<'unspec' | 'inet' | 'inet6' | 'bridge' | 'mpls'>;

/** The installer of an object; the kernel only stores it. */
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

/** A routing table: a kernel table by name, any table by number. */
export type RouteTable = Named<'unspec' | 'default' | 'main' | 'local'>;

export type IpProtocol = Named<'icmp' | 'tcp' | 'udp' | 'gre' | 'ipv6-icmp' | 'sctp'>;

export type VlanProtocol = Named<'802.1Q' | '802.1ad'>;

/** Unknown attributes of a reply: those without a row in this version's tables, by number. */
export interface Unknown {
  readonly unknown?: Readonly<Record<string, Uint8Array>>;
}

/** A kind and the data that the kernel reports of it: comparing `kind` narrows `data`. Any other kind has none. */
export type KindInfo<Kinds> =
  | { [Kind in keyof Kinds]: { readonly kind: Kind; readonly data?: Kinds[Kind] } }[keyof Kinds]
  | { readonly kind: string; readonly data?: never };
