import { type DataType, typeNamed, type TypeName } from './types';

/** The base of a header in a packet, by nf_tables' names. */
export type Base = 'link' | 'network' | 'transport';

/** A field of a header. */
export interface HeaderField {
  /** In nft's spelling: 'ip saddr'. */
  readonly text: string;
  readonly header: string;
  readonly name: string;
  readonly base: Base;
  /** In bits, from the start of its base. */
  readonly offset: number;
  readonly bits: number;
  readonly type: DataType;
  /** For ICMP: the message types that have the field; absent if all do. */
  readonly messages?: readonly number[];
}

type Row = readonly [
  name: string,
  offset: number,
  bits: number,
  type?: TypeName,
  messages?: readonly number[],
];

interface Header {
  readonly base: Base;
  /** In bytes: the start of the header. */
  readonly at?: number;
  readonly fields: readonly Row[];
}

const ports: readonly Row[] = [
  ['sport', 0, 16, 'inet_service'],
  ['dport', 16, 16, 'inet_service'],
];

/** nft's headers by name; offsets and lengths of fields in bits. */
export const HEADERS: Readonly<Record<string, Header>> = {
  ether: {
    base: 'link',
    fields: [
      ['daddr', 0, 48, 'ether_addr'],
      ['saddr', 48, 48, 'ether_addr'],
      ['type', 96, 16, 'ether_type'],
    ],
  },
  vlan: {
    base: 'link',
    at: 14,
    fields: [
      ['pcp', 0, 3],
      ['dei', 3, 1],
      ['id', 4, 12],
      ['type', 16, 16, 'ether_type'],
    ],
  },
  arp: {
    base: 'network',
    fields: [
      ['htype', 0, 16],
      ['ptype', 16, 16, 'ether_type'],
      ['hlen', 32, 8],
      ['plen', 40, 8],
      ['operation', 48, 16, 'arp_op'],
      ['saddr ether', 64, 48, 'ether_addr'],
      ['saddr ip', 112, 32, 'ipv4_addr'],
      ['daddr ether', 144, 48, 'ether_addr'],
      ['daddr ip', 192, 32, 'ipv4_addr'],
    ],
  },
  ip: {
    base: 'network',
    fields: [
      ['version', 0, 4],
      ['hdrlength', 4, 4],
      ['dscp', 8, 6, 'dscp'],
      ['ecn', 14, 2, 'ecn'],
      ['length', 16, 16],
      ['id', 32, 16],
      ['frag-off', 48, 16],
      ['ttl', 64, 8],
      ['protocol', 72, 8, 'inet_proto'],
      ['checksum', 80, 16],
      ['saddr', 96, 32, 'ipv4_addr'],
      ['daddr', 128, 32, 'ipv4_addr'],
    ],
  },
  ip6: {
    base: 'network',
    fields: [
      ['version', 0, 4],
      ['dscp', 4, 6, 'dscp'],
      ['ecn', 10, 2, 'ecn'],
      ['flowlabel', 12, 20],
      ['length', 32, 16],
      ['nexthdr', 48, 8, 'inet_proto'],
      ['hoplimit', 56, 8],
      ['saddr', 64, 128, 'ipv6_addr'],
      ['daddr', 192, 128, 'ipv6_addr'],
    ],
  },
  icmp: {
    base: 'transport',
    fields: [
      ['type', 0, 8, 'icmp_type'],
      ['code', 8, 8, 'icmp_code'],
      ['checksum', 16, 16],
      ['id', 32, 16, 'integer', [8, 0]],
      ['sequence', 48, 16, 'integer', [8, 0]],
      ['gateway', 32, 32, 'integer', [5]],
      ['mtu', 48, 16, 'integer', [3]],
    ],
  },
  icmpv6: {
    base: 'transport',
    fields: [
      ['type', 0, 8, 'icmpv6_type'],
      ['code', 8, 8, 'icmpv6_code'],
      ['checksum', 16, 16],
      ['id', 32, 16, 'integer', [128, 129]],
      ['sequence', 48, 16, 'integer', [128, 129]],
      ['param-problem', 32, 32, 'integer', [4]],
      ['mtu', 32, 32, 'integer', [2]],
      ['max-delay', 32, 16, 'integer', [130]],
    ],
  },
  igmp: {
    base: 'transport',
    fields: [
      ['type', 0, 8, 'igmp_type'],
      ['mrt', 8, 8],
      ['checksum', 16, 16],
      ['group', 32, 32],
    ],
  },
  tcp: {
    base: 'transport',
    fields: [
      ...ports,
      ['sequence', 32, 32],
      ['ackseq', 64, 32],
      ['doff', 96, 4],
      ['reserved', 100, 4],
      ['flags', 104, 8, 'tcp_flag'],
      ['window', 112, 16],
      ['checksum', 128, 16],
      ['urgptr', 144, 16],
    ],
  },
  udp: { base: 'transport', fields: [...ports, ['length', 32, 16], ['checksum', 48, 16]] },
  udplite: { base: 'transport', fields: [...ports, ['csumcov', 32, 16], ['checksum', 48, 16]] },
  sctp: { base: 'transport', fields: [...ports, ['vtag', 32, 32], ['checksum', 64, 32]] },
  dccp: { base: 'transport', fields: [...ports, ['type', 67, 4, 'dccp_pkttype']] },
  ah: {
    base: 'transport',
    fields: [
      ['nexthdr', 0, 8, 'inet_proto'],
      ['hdrlength', 8, 8],
      ['reserved', 16, 16],
      ['spi', 32, 32],
      ['sequence', 64, 32],
    ],
  },
  esp: {
    base: 'transport',
    fields: [
      ['spi', 0, 32],
      ['sequence', 32, 32],
    ],
  },
  comp: {
    base: 'transport',
    fields: [
      ['nexthdr', 0, 8, 'inet_proto'],
      ['flags', 8, 8],
      ['cpi', 16, 16],
    ],
  },
  th: { base: 'transport', fields: ports },
};

/** The fields of every header, by name. */
export const FIELDS: ReadonlyMap<string, readonly HeaderField[]> = new Map(
  Object.entries(HEADERS).map(([header, { base, at = 0, fields }]) => [
    header,
    fields.map(([name, offset, bits, type = 'integer', messages]) => ({
      text: `${header} ${name}`,
      ...{ header, name, base, bits, offset: offset + at * 8 },
      type: typeNamed(type),
      ...(messages && { messages }),
    })),
  ]),
);

/** The header of a protocol number, and the name of a header that nft writes as a protocol number. */
export const TRANSPORT_OF: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  108: 'comp',
  132: 'sctp',
  136: 'udplite',
};

/** The header of an Ethernet type. */
export const NETWORK_OF: Readonly<Record<number, string>> = {
  0x0800: 'ip',
  0x86dd: 'ip6',
  0x0806: 'arp',
  0x8100: 'vlan',
};
