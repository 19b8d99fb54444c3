/** Names of values, as nft writes and reads them, by type. Of several names for a value, the first is written. */
export type Symbols = Readonly<Record<string, number>>;

export const BOOLEAN: Symbols = { exists: 1, missing: 0 };

export const NF_PROTO: Symbols = { ipv4: 2, ipv6: 10 };

export const INET_PROTO: Symbols = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
};

export const ETHER_TYPE: Symbols = {
  ip: 0x800,
  arp: 0x806,
  ip6: 0x86dd,
  '8021q': 0x8100,
  vlan: 0x8100,
  '8021ad': 0x88a8,
};

export const ARP_OPERATION: Symbols = {
  request: 1,
  reply: 2,
  rrequest: 3,
  rreply: 4,
  inrequest: 8,
  inreply: 9,
  nak: 10,
};

export const ICMP_TYPE: Symbols = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  'router-advertisement': 9,
  'router-solicitation': 10,
  'time-exceeded': 11,
  'parameter-problem': 12,
  'timestamp-request': 13,
  'timestamp-reply': 14,
  'info-request': 15,
  'info-reply': 16,
  'address-mask-request': 17,
  'address-mask-reply': 18,
};

export const ICMP_CODE: Symbols = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'frag-needed': 4,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
};

export const ICMPV6_TYPE: Symbols = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'parameter-problem': 4,
  'echo-request': 128,
  'echo-reply': 129,
  'mld-listener-query': 130,
  'mld-listener-report': 131,
  'mld-listener-done': 132,
  'mld-listener-reduction': 132,
  'nd-router-solicit': 133,
  'nd-router-advert': 134,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
  'nd-redirect': 137,
  'router-renumbering': 138,
  'ind-neighbor-solicit': 141,
  'ind-neighbor-advert': 142,
  'mld2-listener-report': 143,
};

export const ICMPV6_CODE: Symbols = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
  'policy-fail': 5,
  'reject-route': 6,
};

export const ICMPX_CODE: Symbols = {
  'no-route': 0,
  'port-unreachable': 1,
  'host-unreachable': 2,
  'admin-prohibited': 3,
};

export const IGMP_TYPE: Symbols = {
  'membership-query': 17,
  'membership-report-v1': 18,
  'membership-report-v2': 22,
  'leave-group': 23,
  'membership-report-v3': 34,
};

export const DCCP_TYPE: Symbols = {
  request: 0,
  response: 1,
  data: 2,
  ack: 3,
  dataack: 4,
  closereq: 5,
  close: 6,
  reset: 7,
  sync: 8,
  syncack: 9,
};

export const MH_TYPE: Symbols = {
  'binding-refresh-request': 0,
  'home-test-init': 1,
  'careof-test-init': 2,
  'home-test': 3,
  'careof-test': 4,
  'binding-update': 5,
  'binding-acknowledgement': 6,
  'binding-error': 7,
  'fast-binding-update': 8,
  'fast-binding-acknowledgement': 9,
  'fast-binding-advertisement': 10,
  'experimental-mobility-header': 11,
  'home-agent-switch-message': 12,
};

export const TCP_FLAGS: Symbols = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 0x10,
  urg: 0x20,
  ecn: 0x40,
  cwr: 0x80,
};

export const CT_STATE: Symbols = { invalid: 1, established: 2, related: 4, new: 8, untracked: 0x40 };

export const CT_DIRECTION: Symbols = { original: 0, reply: 1 };

export const CT_STATUS: Symbols = {
  expected: 1,
  'seen-reply': 2,
  assured: 4,
  confirmed: 8,
  snat: 0x10,
  dnat: 0x20,
  dying: 0x200,
};

/** Without helper, mark and secmark, which nft reads as other words: it takes their numbers. */
export const CT_EVENT: Symbols = {
  new: 1,
  related: 2,
  destroy: 4,
  reply: 8,
  assured: 0x10,
  protoinfo: 0x20,
  seqadj: 0x100,
  label: 0x400,
};

export const DSCP: Symbols = {
  cs0: 0,
  cs1: 8,
  cs2: 16,
  cs3: 24,
  cs4: 32,
  cs5: 40,
  cs6: 48,
  cs7: 56,
  df: 0,
  be: 0,
  lephb: 1,
  af11: 10,
  af12: 12,
  af13: 14,
  af21: 18,
  af22: 20,
  af23: 22,
  af31: 26,
  af32: 28,
  af33: 30,
  af41: 34,
  af42: 36,
  af43: 38,
  va: 44,
  ef: 46,
};

export const ECN: Symbols = { 'not-ect': 0, ect1: 1, ect0: 2, ce: 3 };

export const FIB_TYPE: Symbols = {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
};

export const PACKET_TYPE: Symbols = { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 };

export const DEVICE_TYPE: Symbols = {
  ether: 1,
  ppp: 512,
  ipip: 768,
  ipip6: 769,
  loopback: 772,
  sit: 776,
  ipgre: 778,
};

export const DAY: Symbols = {
  Sunday: 0,
  Monday: 1,
  Tuesday: 2,
  Wednesday: 3,
  Thursday: 4,
  Friday: 5,
  Saturday: 6,
};

/** syslog's levels, and nft's own for the audit log. */
export const LOG_LEVEL: Symbols = {
  emerg: 0,
  alert: 1,
  crit: 2,
  err: 3,
  warn: 4,
  notice: 5,
  info: 6,
  debug: 7,
  audit: 8,
};
