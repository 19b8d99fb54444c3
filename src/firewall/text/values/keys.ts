import { entryOf } from './words';
import { type DataType, HOST_INTEGER, typeNamed, type TypeName } from './types';

/** A value that an expression other than `payload` loads into a register, by a key. */
export interface Key {
  /** In nft's spelling. */
  readonly text: string;
  readonly type: DataType;
  /** In bytes. */
  readonly size: number;
}

type Row = readonly [text: string, type: TypeName | 'host' | 'net', size?: number];

function keys(rows: Readonly<Record<string, Row>>): Readonly<Record<string, Key>> {
  return Object.fromEntries(
    Object.entries(rows).map(([name, [text, of, size]]) => {
      const type = of === 'host' ? HOST_INTEGER : typeNamed(of === 'net' ? 'integer' : of);
      return [name, { text, type, size: size ?? (type.size || 4) }];
    }),
  );
}

/** `meta`, by the kernel's names for the values. */
export const META = keys({
  len: ['meta length', 'host'],
  protocol: ['meta protocol', 'ether_type'],
  priority: ['meta priority', 'classid'],
  mark: ['meta mark', 'mark'],
  iif: ['iif', 'iface_index'],
  oif: ['oif', 'iface_index'],
  iifname: ['iifname', 'ifname'],
  oifname: ['oifname', 'ifname'],
  iiftype: ['meta iiftype', 'iface_type'],
  oiftype: ['meta oiftype', 'iface_type'],
  skuid: ['meta skuid', 'uid'],
  skgid: ['meta skgid', 'gid'],
  nftrace: ['meta nftrace', 'host', 1],
  rtclassid: ['meta rtclassid', 'realm'],
  secmark: ['meta secmark', 'host'],
  nfproto: ['meta nfproto', 'nf_proto'],
  l4proto: ['meta l4proto', 'inet_proto'],
  ibrname: ['meta ibrname', 'ifname'],
  obrname: ['meta obrname', 'ifname'],
  pkttype: ['meta pkttype', 'pkt_type'],
  cpu: ['meta cpu', 'host'],
  iifgroup: ['iifgroup', 'devgroup'],
  oifgroup: ['oifgroup', 'devgroup'],
  cgroup: ['meta cgroup', 'host'],
  prandom: ['meta random', 'net'],
  secpath: ['meta ipsec', 'boolean'],
  iifkind: ['meta iifkind', 'ifname'],
  oifkind: ['meta oifkind', 'ifname'],
  ibrpvid: ['meta ibrpvid', 'host', 2],
  ibrvproto: ['meta ibrvproto', 'ether_type'],
  time: ['meta time', 'time_ns'],
  day: ['meta day', 'day'],
  hour: ['meta hour', 'hour'],
  sdif: ['meta sdif', 'iface_index'],
  sdifname: ['meta sdifname', 'ifname'],
  broute: ['meta broute', 'host', 1],
});

/** `ct`; keys with a direction have it between the two words. */
export const CT = keys({
  state: ['ct state', 'ct_state'],
  direction: ['ct direction', 'ct_dir'],
  status: ['ct status', 'ct_status'],
  mark: ['ct mark', 'mark'],
  secmark: ['ct secmark', 'host'],
  expiration: ['ct expiration', 'time', 4],
  helper: ['ct helper', 'string', 16],
  l3protocol: ['ct l3proto', 'nf_proto'],
  srcIp: ['ct ip saddr', 'ipv4_addr'],
  dstIp: ['ct ip daddr', 'ipv4_addr'],
  srcIp6: ['ct ip6 saddr', 'ipv6_addr'],
  dstIp6: ['ct ip6 daddr', 'ipv6_addr'],
  protocol: ['ct protocol', 'inet_proto'],
  protoSrc: ['ct proto-src', 'inet_service'],
  protoDst: ['ct proto-dst', 'inet_service'],
  labels: ['ct label', 'ct_label'],
  pkts: ['ct packets', 'host', 8],
  bytes: ['ct bytes', 'host', 8],
  avgpkt: ['ct avgpkt', 'host', 8],
  zone: ['ct zone', 'host', 2],
  eventmask: ['ct event', 'ct_event'],
  id: ['ct id', 'net'],
});

const ADDRESSES: Readonly<Record<string, Readonly<Record<string, Key>>>> = {
  ip: keys({ src: ['ct saddr', 'ipv4_addr'], dst: ['ct daddr', 'ipv4_addr'] }),
  ip6: keys({ src: ['ct saddr', 'ipv6_addr'], dst: ['ct daddr', 'ipv6_addr'] }),
};

/** The older keys for addresses have the length of the table's family. */
export function ctKey(key: string, family: string): Key | undefined {
  return entryOf(entryOf(ADDRESSES, family) ?? CT, key) ?? entryOf(CT, key);
}

export const RT = keys({
  classid: ['rt classid', 'realm'],
  nexthop4: ['rt ip nexthop', 'ipv4_addr'],
  nexthop6: ['rt ip6 nexthop', 'ipv6_addr'],
  tcpmss: ['rt mtu', 'host', 2],
  xfrm: ['rt ipsec', 'boolean'],
});

export const SOCKET = keys({
  transparent: ['socket transparent', 'host', 1],
  mark: ['socket mark', 'mark'],
  wildcard: ['socket wildcard', 'host', 1],
  cgroupv2: ['socket cgroupv2', 'cgroupsv2'],
});

export const FIB = keys({
  oif: ['oif', 'iface_index'],
  oifname: ['oifname', 'ifname'],
  type: ['type', 'fib_addrtype'],
});

export const XFRM = keys({
  daddr4: ['ip daddr', 'ipv4_addr'],
  daddr6: ['ip6 daddr', 'ipv6_addr'],
  saddr4: ['ip saddr', 'ipv4_addr'],
  saddr6: ['ip6 saddr', 'ipv6_addr'],
  reqid: ['reqid', 'host'],
  spi: ['spi', 'net'],
});
