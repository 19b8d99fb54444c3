/** Values of nft's types that a set can be made of by name: one, and the ends of an interval. */
const TYPES: Readonly<Record<string, readonly [from: string, to: string]>> = {
  nf_proto: ['2', '10'],
  ipv4_addr: ['10.0.0.1', '10.0.0.9'],
  ipv6_addr: ['fd00::1', 'fd00::9'],
  ether_addr: ['02:00:00:00:00:01', '02:00:00:00:00:09'],
  ether_type: ['0x0801', '0x0805'],
  arp_op: ['1', '9'],
  inet_proto: ['6', '17'],
  inet_service: ['80', '443'],
  icmp_type: ['8', '12'],
  tcp_flag: ['1', '4'],
  dccp_pkttype: ['1', '4'],
  mh_type: ['1', '4'],
  time: ['1s', '1h'],
  mark: ['0x1', '0xff'],
  iface_index: ['7', '300'],
  iface_type: ['1', '772'],
  realm: ['7', '300'],
  classid: ['1:1', '1:300'],
  uid: ['7', '300'],
  gid: ['7', '300'],
  ct_state: ['2', '8'],
  ct_dir: ['0', '1'],
  ct_status: ['2', '8'],
  icmpv6_type: ['1', '4'],
  pkt_type: ['0', '2'],
  icmp_code: ['1', '4'],
  icmpv6_code: ['1', '4'],
  icmpx_code: ['1', '3'],
  devgroup: ['7', '300'],
  dscp: ['0x01', '0x04'],
  ecn: ['1', '3'],
  fib_addrtype: ['1', '4'],
  boolean: ['0', '1'],
  igmp_type: ['17', '22'],
};

/** The same for expressions, by which sets are made of types that have no length or no name. */
const EXPRESSIONS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'meta length': ['7', '300'],
  'meta cpu': ['0', '300'],
  'meta skuid': ['7', '300'],
  'meta mark': ['0x1', '0xff'],
  'meta cgroup': ['7', '300'],
  'meta random': ['7', '300'],
  'meta priority': ['1:1', '1:300'],
  'meta time': ['"2024-01-01 00:00:00"', '"2024-02-01 00:00:00"'],
  'meta hour': ['"10:00"', '"12:00"'],
  'meta day': ['1', '3'],
  'ct expiration': ['1s', '1h'],
  'ct zone': ['7', '300'],
  'ct bytes': ['7', '70000'],
  'ct mark': ['0x1', '0xff'],
  'ct original packets': ['7', '300'],
  'rt mtu': ['7', '300'],
  'numgen inc mod 1000': ['7', '300'],
  'vlan id': ['7', '300'],
  'tcp sequence': ['7', '70000'],
  'ip length': ['7', '300'],
  'ip6 flowlabel': ['7', '300'],
  'icmp id': ['7', '300'],
  'frag id': ['7', '70000'],
  'hbh hdrlength': ['7', '90'],
  'mh checksum': ['7', '300'],
  'tcp option maxseg size': ['7', '300'],
  'tcp option timestamp tsecr': ['7', '70000'],
  'ip option rr length': ['7', '90'],
  'fib daddr type': ['1', '4'],
  'symhash mod 100': ['7', '90'],
  'symhash mod 100 offset 5': ['7', '90'],
  'ipsec in reqid': ['7', '70000'],
  'ipsec out spi': ['7', '70000'],
  'sctp chunk init init-tag': ['7', '70000'],
  'sctp chunk data flags': ['1', '3'],
  'sctp chunk sack num-dup-tsns': ['7', '300'],
  '@ll,0,48': ['7', '300'],
  '@nh,8,24': ['7', '300'],
  'tcp option sack left': ['7', '70000'],
  'tcp option sack3 right': ['7', '70000'],
  'srh tag': ['7', '300'],
  'srh sid[2]': ['fd00::1', 'fd00::2'],
  'rt0 addr[1]': ['fd00::1', 'fd00::2'],
  'frag reserved': ['7', '90'],
  'ip option rr addr': ['7', '70000'],
};

/** A set on a line of its own: nft names the line that it refuses. */
export interface NamedSet {
  readonly name: string;
  readonly text: string;
}

/** Of intervals of these nft 1.0 dies when it lists them. */
const NO_INTERVALS: ReadonlySet<string> = new Set(['tcp_flag', 'ct_state', 'ct_status']);

function forms(word: 'type' | 'typeof', key: string, [from, to]: readonly [string, string]): string[] {
  const [address, service] = word === 'type' ? ['ipv4_addr', 'inet_service'] : ['ip saddr', 'tcp dport'];
  const all = [
    `set NAME { ${word} ${key}; elements = { ${from}, ${to} } }`,
    `set NAME { ${word} ${key}; flags interval; elements = { ${from}-${to} } }`,
    `set NAME { ${word} ${key} . ${address}; elements = { ${from} . 10.0.0.1, ${to} . 10.0.0.2 } }`,
    `set NAME { ${word} ${address} . ${key}; flags interval; elements = { 10.0.0.0/8 . ${from}-${to} } }`,
    `set NAME { ${word} ${address} . ${key}; flags interval; elements = { 10.0.0.0/8 . ${from}, 11.0.0.1 . ${to} } }`,
    `map NAME { ${word} ${key} : verdict; elements = { ${from} : accept, ${to} : drop } }`,
    `map NAME { ${word} ${key} : verdict; flags interval; elements = { ${from}-${to} : accept } }`,
    `map NAME { ${word} ${key} : ${service}; elements = { ${from} : 80, ${to} : 81 } }`,
    `map NAME { ${word} ${address} : ${key}; elements = { 10.0.0.1 : ${from}, 10.0.0.2 : ${to} } }`,
    `map NAME { ${word} ${address} : ${key}; flags interval; elements = { 10.0.0.0/8 : ${from} } }`,
    // Of data nft knows the length of named types alone.
    ...(word === 'type'
      ? [`map NAME { type ${address} : ${key} . ${service}; elements = { 10.0.0.1 : ${from} . 80 } }`]
      : []),
  ];
  return all.filter((text) => !NO_INTERVALS.has(key) || !text.includes('interval'));
}

/** Sets and maps of every type, plain and of intervals, alone and in concatenations. */
export const SETS: readonly NamedSet[] = [
  ...Object.entries(TYPES).flatMap(([key, ends]) => forms('type', key, ends)),
  ...Object.entries(EXPRESSIONS).flatMap(([key, ends]) => forms('typeof', key, ends)),
  'set NAME { type ifname; elements = { "eth0", "lo" } }',
  'set NAME { type ifname; flags interval; elements = { "eth*", "lo" } }',
  'set NAME { type ifname . mark; flags interval; elements = { "eth*" . 0x1-0xff } }',
  'set NAME { type mark . ifname . uid; elements = { 0x5 . "eth0" . 7 } }',
  'set NAME { typeof meta length . meta mark . ct zone; flags interval; elements = { 7-300 . 0x1-0xff . 5 } }',
].map((text, index) => ({ name: `s${String(index)}`, text: text.replace('NAME', `s${String(index)}`) }));
