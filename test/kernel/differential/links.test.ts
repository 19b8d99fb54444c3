// The judge is iproute2: the same link made by us in one namespace and by `ip` in another must read the same in `ip -j -d`, and
// what `ip` made must read by us as it was asked for.
import { isDeepStrictEqual } from 'node:util';
import type { Rtnl } from '../../../src/rtnl/rtnl';
import type { LinkAdd, LinkInfo, LinkSet } from '../../../src/rtnl/types';
import {
  eventually,
  ipJson,
  needTools,
  scratchHost,
  sh,
  testWithLink,
  type Inside,
  type Json,
} from '../../support';

needTools('ip', 'nsenter');

interface Case {
  readonly title: string;
  /** The kind that the kernel must have. */
  readonly kind: string;
  readonly ours: readonly (LinkAdd | LinkSet)[];
  readonly theirs: readonly string[];
  /** What our reading of the last link must show; by default what was asked for. */
  readonly reads?: object;
}

const mac = (number: number): string => `02:00:00:00:00:0${number}`;
/** Two ends of a veth to build upon, without random addresses. */
const base: readonly LinkAdd[] = [
  { ifname: 'v0', address: mac(1), kind: 'veth', peer: { ifname: 'v1', address: mac(2) } },
];
const baseCommand = `ip link add v0 address ${mac(1)} type veth peer name v1 address ${mac(2)}`;

// Intervals are kept in ticks of the kernel's, so that only multiples of 40 ms come back as they were.
const bridgeData = {
  forwardDelay: 400,
  helloTime: 100,
  maxAge: 600,
  ageingTime: 20000,
  stpState: 1,
  priority: 4096,
  groupFwdMask: 8,
  groupAddr: '01:80:c2:00:00:04',
  mcastRouter: 2,
  mcastSnooping: true,
  mcastQueryUseIfaddr: true,
  mcastQuerier: true,
  mcastHashMax: 512,
  mcastLastMemberCnt: 3,
  mcastStartupQueryCnt: 4,
  mcastLastMemberIntvl: 104n,
  mcastMembershipIntvl: 26004n,
  mcastQuerierIntvl: 25504n,
  mcastQueryIntvl: 12504n,
  mcastQueryResponseIntvl: 1004n,
  mcastStartupQueryIntvl: 3128n,
  mcastStatsEnabled: true,
  mcastIgmpVersion: 3,
  mcastMldVersion: 2,
  nfCallIptables: true,
  nfCallIp6tables: false,
  nfCallArptables: true,
} as const;
const bridgeWords =
  'forward_delay 400 hello_time 100 max_age 600 ageing_time 20000 stp_state 1 priority 4096 group_fwd_mask 8 ' +
  'group_address 01:80:c2:00:00:04 mcast_router 2 mcast_snooping 1 mcast_query_use_ifaddr 1 mcast_querier 1 ' +
  'mcast_hash_max 512 mcast_last_member_count 3 mcast_startup_query_count 4 mcast_last_member_interval 104 ' +
  'mcast_membership_interval 26004 mcast_querier_interval 25504 mcast_query_interval 12504 ' +
  'mcast_query_response_interval 1004 mcast_startup_query_interval 3128 mcast_stats_enabled 1 mcast_igmp_version 3 ' +
  'mcast_mld_version 2 nf_call_iptables 1 nf_call_ip6tables 0 nf_call_arptables 1';

const portData = {
  priority: 8,
  cost: 20,
  mode: true,
  guard: true,
  protect: true,
  fastLeave: true,
  learning: false,
  unicastFlood: false,
  proxyarp: true,
  proxyarpWifi: true,
  multicastRouter: 2,
  mcastFlood: false,
  mcastToUcast: true,
  bcastFlood: false,
  groupFwdMask: 16,
  neighSuppress: true,
  vlanTunnel: true,
  isolated: true,
  locked: true,
} as const;
const portWords =
  'priority 8 cost 20 hairpin on guard on root_block on fastleave on learning off flood off proxy_arp on ' +
  'proxy_arp_wifi on mcast_router 2 mcast_flood off mcast_to_unicast on bcast_flood off group_fwd_mask 16 ' +
  'neigh_suppress on vlan_tunnel on isolated on locked on';

const add = (kind: string, data: object, rest: object = {}): LinkAdd =>
  ({ ifname: 'x0', address: mac(5), kind, data, ...rest }) as unknown as LinkAdd;
const words = (kind: string, data: string, rest = ''): string =>
  `ip link add x0 ${rest} address ${mac(5)} type ${kind} ${data}`;

/** What a vxlan device can be given, and answers. */
const VXLAN = {
  id: 42,
  local: '192.0.2.1',
  group: '239.1.1.1',
  port: 4789,
  ttl: 64,
  tos: 16,
  learning: false,
  ageing: 200,
  limit: 1000,
  portRange: { low: 32768, high: 61000 },
  proxy: true,
  rsc: true,
  l2miss: true,
  l3miss: true,
  df: 'set',
  udpCsum: false,
  gbp: true,
};

const cases: readonly Case[] = [
  {
    title: 'veth, what every link may have',
    kind: 'veth',
    ours: [
      {
        ifname: 'v0',
        address: mac(1),
        mtu: 1400,
        txqlen: 500,
        numTxQueues: 2,
        numRxQueues: 3,
        index: 40,
        up: true,
        kind: 'veth',
        peer: {
          ifname: 'v1',
          address: mac(2),
          mtu: 1300,
          group: 6,
          numTxQueues: 1,
          numRxQueues: 1,
          txqlen: 7,
        },
      },
      {
        ifname: 'v0',
        group: 5,
        ifalias: 'free text, also with spaces',
        gsoMaxSize: 32768,
        gsoMaxSegs: 99,
        groMaxSize: 16384,
        promisc: true,
        allmulticast: true,
        multicast: false,
        noarp: true,
      },
    ],
    theirs: [
      `ip link add v0 index 40 address ${mac(1)} mtu 1400 txqueuelen 500 numtxqueues 2 numrxqueues 3 up type veth peer name v1 address ${mac(2)} mtu 1300 group 6 numtxqueues 1 numrxqueues 1 txqueuelen 7`,
      'ip link set v0 group 5 gso_max_size 32768 gso_max_segs 99 gro_max_size 16384 promisc on allmulticast on multicast off arp off',
      "ip link set v0 alias 'free text, also with spaces'",
    ],
    reads: {
      ifname: 'v0',
      index: 40,
      address: mac(1),
      mtu: 1400,
      txqlen: 500,
      numTxQueues: 2,
      numRxQueues: 3,
      group: 5,
      ifalias: 'free text, also with spaces',
      gsoMaxSize: 32768,
      gsoMaxSegs: 99,
      groMaxSize: 16384,
      up: true,
      promisc: true,
      allmulticast: true,
      multicast: false,
      noarp: true,
      kind: 'veth',
      type: 'ether',
      promiscuity: 1,
      allmulti: 1,
    },
  },
  { title: 'bridge, defaults', kind: 'bridge', ours: [add('bridge', {})], theirs: [words('bridge', '')] },
  {
    title: 'bridge, every attribute',
    kind: 'bridge',
    ours: [add('bridge', bridgeData)],
    theirs: [words('bridge', bridgeWords)],
  },
  {
    title: 'bridge, options by bit',
    kind: 'bridge',
    ours: [
      add('bridge', { multiBoolopt: { optval: ['no_linklocal_learn'], optmask: ['no_linklocal_learn'] } }),
    ],
    theirs: [words('bridge', 'no_linklocal_learn 1')],
    reads: { data: { multiBoolopt: { optval: ['no_linklocal_learn'] } } },
  },
  {
    title: 'bridge, changed',
    kind: 'bridge',
    ours: [add('bridge', {}), { ifname: 'x0', kind: 'bridge', data: bridgeData }],
    theirs: [words('bridge', ''), `ip link set x0 type bridge ${bridgeWords}`],
  },
  {
    title: 'bridge port, every attribute',
    kind: 'bridge',
    ours: [
      add('bridge', {}),
      ...base,
      { ifname: 'v0', master: 'x0' },
      { ifname: 'v0', slaveKind: 'bridge', slaveData: { ...portData, backupPort: null } },
    ],
    theirs: [
      words('bridge', ''),
      baseCommand,
      'ip link set v0 master x0',
      `ip link set v0 type bridge_slave ${portWords} nobackup_port`,
    ],
    reads: { slaveKind: 'bridge', slaveData: portData },
  },
  {
    title: 'bridge port, another takes over',
    kind: 'bridge',
    ours: [
      add('bridge', {}),
      ...base,
      { ifname: 'v1', master: 'x0' },
      { ifname: 'v0', master: 'x0' },
      { ifname: 'v0', slaveKind: 'bridge', slaveData: { backupPort: 'v1' } },
    ],
    theirs: [
      words('bridge', ''),
      baseCommand,
      'ip link set v1 master x0',
      'ip link set v0 master x0',
      'ip link set v0 type bridge_slave backup_port v1',
    ],
    reads: { slaveData: {} },
  },
  {
    title: 'a port and no longer',
    kind: 'bridge',
    ours: [add('bridge', {}), ...base, { ifname: 'v0', master: 'x0' }, { ifname: 'v0', master: null }],
    theirs: [words('bridge', ''), baseCommand, 'ip link set v0 master x0', 'ip link set v0 nomaster'],
    reads: { ifname: 'v0' },
  },
  ...(['private', 'vepa', 'bridge', 'passthru'] as const).map((mode): Case => ({
    title: `macvlan, ${mode}`,
    kind: 'macvlan',
    ours: [...base, add('macvlan', { mode, bcQueueLen: 77 }, { link: 'v0' })],
    theirs: [baseCommand, words('macvlan', `mode ${mode} bcqueuelen 77`, 'link v0')],
    reads: { kind: 'macvlan', data: { mode, bcQueueLen: 77 } },
  })),
  {
    title: 'macvlan, source addresses',
    kind: 'macvlan',
    ours: [
      ...base,
      add('macvlan', { mode: 'source', flags: ['nodst'] }, { link: 'v0' }),
      { ifname: 'x0', kind: 'macvlan', data: { macaddrMode: 'set', macaddrData: [mac(8), mac(9)] } },
      { ifname: 'x0', kind: 'macvlan', data: { macaddrMode: 'del', macaddr: mac(8) } },
    ],
    theirs: [
      baseCommand,
      words('macvlan', 'mode source nodst', 'link v0'),
      `ip link set x0 type macvlan macaddr set ${mac(8)} ${mac(9)}`,
      `ip link set x0 type macvlan macaddr del ${mac(8)}`,
    ],
    reads: { data: { mode: 'source', flags: ['nodst'], macaddrData: [mac(9)], macaddrCount: 1 } },
  },
  {
    title: 'macvtap',
    kind: 'macvtap',
    ours: [...base, add('macvtap', { mode: 'bridge' }, { link: 'v0' })],
    theirs: [baseCommand, words('macvtap', 'mode bridge', 'link v0')],
    reads: { kind: 'macvtap', data: { mode: 'bridge' } },
  },
  {
    title: 'vxlan over IPv4',
    kind: 'vxlan',
    ours: [...base, add('vxlan', { ...VXLAN, link: 'v0' })],
    theirs: [
      baseCommand,
      words(
        'vxlan',
        'id 42 local 192.0.2.1 group 239.1.1.1 dev v0 dstport 4789 ttl 64 tos 0x10 nolearning ageing 200 maxaddress 1000 srcport 32768 61000 proxy rsc l2miss l3miss df set noudpcsum gbp',
      ),
    ],
    reads: {
      kind: 'vxlan',
      data: { ...VXLAN, ttlInherit: false },
    },
  },
  {
    title: 'vxlan over IPv6',
    kind: 'vxlan',
    ours: [
      ...base,
      add('vxlan', {
        id: 42,
        local6: 'fd00::1',
        group6: 'fd00::2',
        port: 4789,
        ttlInherit: true,
        label: 0x12345,
        udpZeroCsum6Tx: true,
        udpZeroCsum6Rx: true,
        learning: true,
      }),
    ],
    theirs: [
      baseCommand,
      words(
        'vxlan',
        'id 42 local fd00::1 remote fd00::2 dstport 4789 ttl inherit flowlabel 0x12345 udp6zerocsumtx udp6zerocsumrx',
      ),
    ],
    reads: {
      data: {
        id: 42,
        local6: 'fd00::1',
        group6: 'fd00::2',
        ttlInherit: true,
        label: 0x12345,
        udpZeroCsum6Tx: true,
        udpZeroCsum6Rx: true,
      },
    },
  },
  {
    title: 'vxlan for a controller',
    kind: 'vxlan',
    ours: [add('vxlan', { collectMetadata: true, learning: false, port: 4789 })],
    theirs: [words('vxlan', 'external dstport 4789')],
    reads: { data: { collectMetadata: true } },
  },
  {
    title: 'ifb',
    kind: 'ifb',
    ours: [{ ifname: 'x0', address: mac(5), kind: 'ifb' }],
    theirs: [`ip link add x0 address ${mac(5)} type ifb`],
  },
  {
    title: 'dummy',
    kind: 'dummy',
    ours: [{ ifname: 'x0', address: mac(5), kind: 'dummy' }],
    theirs: [`ip link add x0 address ${mac(5)} type dummy`],
  },
  {
    title: 'vlan',
    kind: 'vlan',
    ours: [
      ...base,
      add(
        'vlan',
        {
          id: 5,
          protocol: '802.1ad',
          flags: { flags: ['GVRP'], mask: ['REORDER_HDR', 'GVRP'] },
          egressQos: [{ from: 1, to: 2 }],
        },
        { link: 'v0' },
      ),
    ],
    theirs: [
      baseCommand,
      words('vlan', 'id 5 protocol 802.1ad reorder_hdr off gvrp on egress-qos-map 1:2', 'link v0'),
    ],
    reads: { kind: 'vlan', data: { id: 5, protocol: '802.1ad', egressQos: [{ from: 1, to: 2 }] } },
  },
  {
    title: 'ipvlan',
    kind: 'ipvlan',
    ours: [...base, add('ipvlan', { mode: 'l3', flags: ['private'] }, { link: 'v0', address: undefined })],
    theirs: [baseCommand, 'ip link add x0 link v0 type ipvlan mode l3 private'],
    reads: { data: { mode: 'l3', flags: ['private'] } },
  },
  { title: 'vrf', kind: 'vrf', ours: [add('vrf', { table: 10 })], theirs: [words('vrf', 'table 10')] },
  {
    title: 'bond',
    kind: 'bond',
    ours: [add('bond', { mode: 'active-backup', miimon: 100, updelay: 200, failOverMac: 'active' })],
    theirs: [words('bond', 'mode active-backup miimon 100 updelay 200 fail_over_mac active')],
  },
  {
    title: 'geneve',
    kind: 'geneve',
    ours: [add('geneve', { id: 7, remote: '192.0.2.9', ttl: 3, port: 6081 })],
    theirs: [words('geneve', 'id 7 remote 192.0.2.9 ttl 3 dstport 6081')],
  },
  ...(['gre', 'gretap'] as const).map((kind): Case => ({
    title: kind,
    kind,
    ours: [
      {
        ifname: 'x0',
        kind,
        data: {
          local: '192.0.2.1',
          remote: '192.0.2.2',
          ikey: 7,
          iflags: ['key'],
          okey: 8,
          oflags: ['key'],
          ttl: 64,
          pmtudisc: true,
        },
        ...(kind === 'gretap' ? { address: mac(5) } : {}),
      },
    ],
    theirs: [
      `ip link add x0 ${kind === 'gretap' ? `address ${mac(5)}` : ''} type ${kind} local 192.0.2.1 remote 192.0.2.2 ikey 7 okey 8 ttl 64`,
    ],
  })),
  // Without a mode `ip` asks for any protocol, where the kernel's own default is one.
  ...(
    [
      ['ipip', 'ipip'],
      ['sit', 'ip6ip'],
    ] as const
  ).map(([kind, mode]): Case => ({
    title: kind,
    kind,
    ours: [
      {
        ifname: 'x0',
        kind,
        data: { local: '192.0.2.1', remote: '192.0.2.2', ttl: 9, pmtudisc: true },
      } as LinkAdd,
    ],
    theirs: [`ip link add x0 type ${kind} mode ${mode} local 192.0.2.1 remote 192.0.2.2 ttl 9`],
  })),
  {
    title: 'wireguard',
    kind: 'wireguard',
    ours: [{ ifname: 'x0', kind: 'wireguard' }],
    theirs: ['ip link add x0 type wireguard'],
  },
  {
    title: 'nlmon',
    kind: 'nlmon',
    ours: [{ ifname: 'x0', kind: 'nlmon' }],
    theirs: ['ip link add x0 type nlmon'],
  },
];

/** What `ip` shows of every link, without the timers that run. */
async function shown(ns: Inside): Promise<Json[]> {
  const links = await ipJson(ns, 'link', 'show');
  return JSON.parse(
    JSON.stringify(links, (key, value: unknown) => (key.endsWith('_timer') ? undefined : value)),
  ) as Json[];
}

/** What we read of every link, without counters and timers. */
async function read(rtnl: Rtnl): Promise<object[]> {
  const links = await rtnl.link.list();
  const moving = /^(stats64|carrier(Up|Down|)(Count|Changes)|cacheinfo|conf)$|Timer$/;
  return JSON.parse(
    JSON.stringify(links, (key, value: unknown) =>
      moving.test(key) ? undefined : typeof value === 'bigint' ? `${value}n` : value,
    ),
  ) as object[];
}

async function carryOut(rtnl: Rtnl, requests: Case['ours']): Promise<void> {
  const names = new Set<string>();
  for (const request of requests) {
    const known = request.ifname !== undefined && names.has(request.ifname);
    if (known) await rtnl.link.set(request);
    else await rtnl.link.add(request as LinkAdd);
    for (const link of await rtnl.link.list()) names.add(link.ifname);
  }
}

describe.each(cases)('$title', ({ kind, ours, theirs, reads }) => {
  testWithLink(kind, 'reads the same by whoever made it', async () => {
    const [mine, judge] = [await scratchHost(), await scratchHost()];
    await carryOut(mine.rtnl, ours);
    await sh(judge, theirs.join('\n'));
    // Operational states follow by themselves, a moment later.
    const same = async (): Promise<boolean> => isDeepStrictEqual(await shown(mine), await shown(judge));
    await eventually('both show the same', same, 3_000).catch(() => undefined);
    const links = await shown(judge);
    expect(links.length).toBeGreaterThan(1);
    expect(await shown(mine)).toEqual(links);
    const ifname = ours.at(-1)?.ifname ?? '';
    const { data, ifname: name } = ours.at(-1) as LinkAdd;
    const asked = reads ?? { ifname: name, ...(data === undefined ? {} : { data }) };
    expect(plain(await judge.rtnl.link.get({ ifname }))).toMatchObject(plain(asked as LinkInfo));
    expect(await read(mine.rtnl)).toEqual(await read(judge.rtnl));
  });
});

// What the addon makes is not of the realm of the tests, which matters to matchers.
function plain(object: object): object {
  return structuredClone(object);
}

test('what only the kernel says of bridges and ports is what ip reads', async () => {
  const ns = await scratchHost();
  await sh(
    ns,
    `${words('bridge', 'stp_state 1')}\n${baseCommand}\nip link set v0 master x0\nip link set v0 up\nip link set v1 up\nip link set x0 up`,
  );
  const [bridge] = await ipJson(ns, 'link', 'show', 'x0');
  const [port] = await ipJson(ns, 'link', 'show', 'v0');
  const [ourBridge, ourPort] = [
    await ns.rtnl.link.get({ ifname: 'x0' }),
    await ns.rtnl.link.get({ ifname: 'v0' }),
  ];
  const id = (value: Json): string =>
    `${value.priority.toString(16).padStart(4, '0')}.${value.address.replace(/\b0(?=[0-9a-f])/g, '')}`;
  const info = bridge.linkinfo.info_data;
  const data = ourBridge.data as Json;
  expect(info.bridge_id).toMatch(/^8000\./);
  expect({ bridgeId: id(data.bridgeId), rootId: id(data.rootId) }).toEqual({
    bridgeId: info.bridge_id,
    rootId: info.root_id,
  });
  for (const key of ['root_port', 'root_path_cost', 'topology_change', 'topology_change_detected']) {
    expect({ key, value: Number(data[camel(key)]) }).toEqual({ key, value: info[key] });
  }
  const slave = port.linkinfo.info_slave_data;
  const ours = ourPort.slaveData as Json;
  expect({ bridgeId: id(ours.bridgeId), rootId: id(ours.rootId) }).toEqual({
    bridgeId: slave.bridge_id,
    rootId: slave.root_id,
  });
  expect({ id: ours.id, no: ours.no, state: ours.state }).toEqual({
    id: Number(slave.id),
    no: Number(slave.no),
    state: slave.state,
  });
  for (const key of ['designated_port', 'designated_cost', 'topology_change_ack', 'config_pending']) {
    expect({ key, value: Number(ours[camel(key)]) }).toEqual({ key, value: slave[key] });
  }
  for (const key of ['hello_timer', 'gc_timer', 'tcn_timer']) expect(typeof data[camel(key)]).toBe('bigint');
});

function camel(key: string): string {
  return key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

test('alternative names, counters and the place of a peer read as ip shows them', async () => {
  const [ns, other] = [await scratchHost(), await scratchHost()];
  await ns.rtnl.link.add({ ifname: 'v0', kind: 'veth', peer: { ifname: 'in0', netns: other }, up: true });
  await other.rtnl.link.set({ ifname: 'in0', up: true });
  await ns.rtnl.altname.add({ ifname: 'v0', altnames: ['first-other-name', 'second'] });
  await sh(
    ns,
    'ip addr add 10.0.0.1/24 dev v0; ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0; ping -c 2 -i 0.01 -W 0.1 10.0.0.2 || true',
  );
  const [judge] = await ipJson(ns, '-s', 'link', 'show', 'v0');
  const link = await ns.rtnl.link.get({ ifname: 'v0', stats: true });
  expect(link.altnames).toEqual(judge.altnames);
  expect(link.altnames).toHaveLength(2);
  expect(link.link).toBe(judge.link_index);
  expect(link.linkNetnsid).toBe(judge.link_netnsid);
  expect(link.stats64?.txPackets).toBeGreaterThan(0n);
  expect(link.stats64?.txPackets).toBeGreaterThanOrEqual(BigInt(judge.stats64.tx.packets as number));
  expect(link.inet?.conf).toMatchObject({ forwarding: 0, promoteSecondaries: 0 });
  const [listed, plainly] = [await ns.rtnl.link.list({ stats: true }), await ns.rtnl.link.list()];
  expect(listed.map((each) => typeof each.stats64?.rxBytes)).toEqual(listed.map(() => 'bigint'));
  expect(plainly.map((each) => 'stats64' in each)).toEqual(listed.map(() => false));
  const withoutStats = ({ stats64: _, ...rest }: LinkInfo): object => rest;
  expect(plain(plainly)).toEqual(plain(listed.map(withoutStats)));
});
