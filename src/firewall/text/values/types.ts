import * as symbols from './symbols';

/** The format of a value. */
export type Style =
  | 'number'
  | 'hex'
  | 'ip'
  | 'ip6'
  | 'mac'
  | 'text'
  | 'bits'
  | 'milliseconds'
  | 'device'
  | 'handle'
  | 'clock'
  | 'date'
  | 'label';

/** The type of a value in a register or in a part of a set's key. */
export interface DataType {
  /** nft's name, as in `type ipv4_addr`. */
  readonly name: string;
  /** nft's number, six bits of a set's key type; the kernel only stores it. */
  readonly number: number;
  /** In bytes; 0: the size of the field. */
  readonly size: number;
  /** Host or network byte order of its numbers. */
  readonly order: 'host' | 'net';
  readonly style: Style;
  readonly symbols?: symbols.Symbols;
  /** For a type that does not fill whole bytes. */
  readonly bits?: number;
  /** nft has no name for it after `type`, only expressions of it after `typeof`. */
  readonly isUnnamed?: boolean;
}

type Row = readonly [
  number: number,
  size: number,
  order: 'host' | 'net',
  style: Style,
  symbols?: symbols.Symbols,
];

const rows = {
  nf_proto: [2, 1, 'host', 'number', symbols.NF_PROTO],
  integer: [4, 0, 'net', 'number'],
  string: [5, 0, 'host', 'text'],
  ll_addr: [6, 0, 'net', 'mac'],
  ipv4_addr: [7, 4, 'net', 'ip'],
  ipv6_addr: [8, 16, 'net', 'ip6'],
  ether_addr: [9, 6, 'net', 'mac'],
  ether_type: [10, 2, 'net', 'hex', symbols.ETHER_TYPE],
  arp_op: [11, 2, 'net', 'number', symbols.ARP_OPERATION],
  inet_proto: [12, 1, 'net', 'number', symbols.INET_PROTO],
  inet_service: [13, 2, 'net', 'number'],
  icmp_type: [14, 1, 'net', 'number', symbols.ICMP_TYPE],
  tcp_flag: [15, 1, 'host', 'bits', symbols.TCP_FLAGS],
  dccp_pkttype: [16, 1, 'net', 'number', symbols.DCCP_TYPE],
  mh_type: [17, 1, 'net', 'number', symbols.MH_TYPE],
  time: [18, 4, 'host', 'milliseconds'],
  mark: [19, 4, 'host', 'hex'],
  iface_index: [20, 4, 'host', 'device'],
  iface_type: [21, 2, 'host', 'number', symbols.DEVICE_TYPE],
  realm: [22, 4, 'host', 'number'],
  classid: [23, 4, 'host', 'handle'],
  uid: [24, 4, 'host', 'number'],
  gid: [25, 4, 'host', 'number'],
  ct_state: [26, 4, 'host', 'bits', symbols.CT_STATE],
  ct_dir: [27, 1, 'host', 'number', symbols.CT_DIRECTION],
  ct_status: [28, 4, 'host', 'bits', symbols.CT_STATUS],
  icmpv6_type: [29, 1, 'net', 'number', symbols.ICMPV6_TYPE],
  ct_label: [30, 16, 'host', 'label'],
  pkt_type: [31, 1, 'host', 'number', symbols.PACKET_TYPE],
  icmp_code: [32, 1, 'net', 'number', symbols.ICMP_CODE],
  icmpv6_code: [33, 1, 'net', 'number', symbols.ICMPV6_CODE],
  icmpx_code: [34, 1, 'net', 'number', symbols.ICMPX_CODE],
  devgroup: [35, 4, 'host', 'number'],
  dscp: [36, 1, 'net', 'hex', symbols.DSCP],
  ecn: [37, 1, 'net', 'number', symbols.ECN],
  fib_addrtype: [38, 4, 'host', 'number', symbols.FIB_TYPE],
  boolean: [39, 1, 'host', 'number', symbols.BOOLEAN],
  ct_event: [40, 4, 'host', 'bits', symbols.CT_EVENT],
  ifname: [41, 16, 'host', 'text'],
  igmp_type: [42, 1, 'net', 'number', symbols.IGMP_TYPE],
  time_ns: [43, 8, 'host', 'date'],
  hour: [44, 4, 'host', 'clock'],
  day: [45, 1, 'host', 'number', symbols.DAY],
  cgroupsv2: [46, 8, 'host', 'number'],
} as const satisfies Record<string, Row>;

export type TypeName = keyof typeof rows;

/** In bits: the types that do not fill whole bytes. nft reads no value above the maximum. */
const BITS_OF: Readonly<Record<string, number>> = { dccp_pkttype: 4, dscp: 6, ecn: 2, boolean: 1 };

/** Types that nft's grammar does not read by name: the name is another keyword, or reserved for expressions. */
const UNNAMED: ReadonlySet<string> = new Set(['time_ns', 'hour', 'day', 'ct_label', 'ct_event']);

const types = new Map<string, DataType>(
  Object.entries(rows).map(([name, row]: [string, Row]) => {
    const [number, size, order, style, known] = row;
    const bits = BITS_OF[name];
    return [
      name,
      {
        ...{ name, number, size, order, style, isUnnamed: UNNAMED.has(name) },
        ...(known && { symbols: known }),
        ...(bits !== undefined && { bits }),
      },
    ];
  }),
);

const byNumber = new Map([...types.values()].map((type) => [type.number, type]));

export function typeNamed(name: TypeName): DataType {
  return types.get(name) as DataType;
}

export function isTypeName(name: string): name is TypeName {
  return types.has(name);
}

/** Host-order numbers of the field's size. */
export const HOST_INTEGER: DataType = { ...typeNamed('integer'), order: 'host' };

const [BITS, MASK] = [6, 0x3f];

/** The types of a set's key or data, one per part of a concatenation; undefined if one is unknown. */
export function typesOf(number: number): DataType[] | undefined {
  const parts: (DataType | undefined)[] = [];
  for (let rest = number; rest > 0; rest = Math.floor(rest / (MASK + 1)))
    parts.unshift(byNumber.get(rest & MASK));
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** The type number of a concatenation. */
export function numberOf(parts: readonly DataType[]): number {
  return parts.reduce((number, part) => number * 2 ** BITS + part.number, 0);
}
