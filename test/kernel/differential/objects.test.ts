// The judge is iproute2, as for links: addresses, routes, rules, neighbours, forwarding entries, next hops and ids of namespaces.
import type { Rtnl } from '../../../src/rtnl/rtnl';
import { ipJson, needTools, run, scratchHost, sh, type Inside, type Json } from '../../support';

needTools('ip', 'bridge', 'nsenter');

interface Case {
  readonly title: string;
  /** What must stand before, made by `ip` in both namespaces. */
  readonly before?: string;
  readonly ours: (rtnl: Rtnl) => Promise<unknown>;
  readonly theirs: string;
  /** The judge: arguments of `ip -j -d`. */
  readonly show: string;
  /** Our list, which must have an object like `reads` for what the other made. */
  readonly list: (rtnl: Rtnl) => Promise<readonly object[]>;
  readonly reads: object;
}

const BASE = [
  'ip link set lo up',
  'ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02',
  'ip link set v0 addrgenmode none up',
  'ip link set v1 addrgenmode none up',
  'ip addr add 10.0.0.1/24 dev v0',
  'ip addr add fd00::1/64 dev v0 nodad',
].join('\n');

/** In every namespace of these tests: lo 1, v1 2, v0 3. */
const V0 = 3;

const addresses: readonly Case[] = [
  {
    title: 'address, broadcast, label, scope, metric',
    ours: (rtnl) =>
      rtnl.addr.add({
        dev: 'v0',
        address: '10.1.0.2/24',
        broadcast: 'auto',
        label: 'v0:a',
        scope: 'link',
        rtPriority: 50,
        flags: ['noprefixroute'],
      }),
    theirs: 'ip addr add 10.1.0.2/24 dev v0 brd + label v0:a scope link metric 50 noprefixroute',
    show: 'addr show dev v0',
    list: (rtnl) => rtnl.addr.list({ dev: 'v0' }),
    reads: {
      dev: V0,
      family: 'inet',
      address: '10.1.0.2/24',
      broadcast: '10.1.0.255',
      label: 'v0:a',
      scope: 'link',
      rtPriority: 50,
      flags: ['permanent', 'noprefixroute'],
    },
  },
  {
    title: 'address with a peer',
    ours: (rtnl) => rtnl.addr.add({ dev: 'v0', address: '10.2.0.1/32', peer: '10.2.0.2' }),
    theirs: 'ip addr add 10.2.0.1 peer 10.2.0.2/32 dev v0',
    show: 'addr show dev v0',
    list: (rtnl) => rtnl.addr.list({ dev: 'v0' }),
    reads: { address: '10.2.0.1/32', peer: '10.2.0.2' },
  },
  {
    title: 'IPv6 address without detection of duplicates',
    ours: (rtnl) => rtnl.addr.add({ dev: 'v0', address: 'fd01::2/64', flags: ['nodad'] }),
    theirs: 'ip addr add fd01::2/64 dev v0 nodad',
    show: 'addr show dev v0',
    list: (rtnl) => rtnl.addr.list({ dev: 'v0', family: 'inet6' }),
    reads: { family: 'inet6', address: 'fd01::2/64', prefixlen: 64, flags: ['nodad', 'permanent'] },
  },
  {
    title: 'IPv6 address with a peer',
    ours: (rtnl) => rtnl.addr.add({ dev: 'v0', address: 'fd01::2/128', peer: 'fd01::3', flags: ['nodad'] }),
    theirs: 'ip addr add fd01::2 peer fd01::3/128 dev v0 nodad',
    show: 'addr show dev v0',
    list: (rtnl) => rtnl.addr.list({ dev: 'v0', family: 'inet6' }),
    reads: { address: 'fd01::2/128', peer: 'fd01::3' },
  },
  {
    title: 'lifetimes',
    ours: (rtnl) =>
      rtnl.addr.replace({ dev: 'v0', address: '10.3.0.2/24', cacheinfo: { preferred: 1000, valid: 2000 } }),
    theirs: 'ip addr replace 10.3.0.2/24 dev v0 preferred_lft 1000 valid_lft 2000',
    show: 'addr show dev v0',
    list: (rtnl) => rtnl.addr.list({ dev: 'v0' }),
    reads: { address: '10.3.0.2/24', flags: [], cacheinfo: { preferred: 1000, valid: 2000 } },
  },
  {
    title: 'address removed',
    ours: (rtnl) => rtnl.addr.delete({ dev: 'v0', address: '10.0.0.1/24' }),
    theirs: 'ip addr del 10.0.0.1/24 dev v0',
    show: 'addr show dev v0',
    list: (rtnl) => rtnl.addr.list({ dev: 'v0' }),
    reads: { address: 'fd00::1/64' },
  },
];

/** What iproute2 can say of a route. */
const ROUTE = {
  to: '10.9.0.0/16',
  via: '192.0.2.77',
  dev: 'v0',
  onlink: true,
  src: '10.0.0.1',
  priority: 7,
  tos: 16,
  table: 100,
  protocol: 'static',
  metrics: {
    mtu: 1400,
    advmss: 1360,
    initcwnd: 20,
    initrwnd: 30,
    hoplimit: 60,
    quickack: 1,
    features: ['ecn'],
    lock: ['mtu'],
  },
} as const;

const routes: readonly Case[] = [
  {
    title: 'default route',
    ours: (rtnl) => rtnl.route.add({ to: 'default', via: '10.0.0.254', dev: 'v0' }),
    theirs: 'ip route add default via 10.0.0.254 dev v0',
    show: '-4 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet', table: 'main' }),
    reads: {
      family: 'inet',
      via: '10.0.0.254',
      dev: V0,
      protocol: 'boot',
      scope: 'global',
      type: 'unicast',
      table: 'main',
    },
  },
  {
    title: 'route with all that iproute2 can say',
    ours: (rtnl) => rtnl.route.add(ROUTE),
    theirs:
      'ip route add 10.9.0.0/16 via 192.0.2.77 dev v0 onlink src 10.0.0.1 metric 7 tos 0x10 table 100 proto static mtu lock 1400 advmss 1360 initcwnd 20 initrwnd 30 hoplimit 60 quickack 1 features ecn',
    show: '-4 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet', table: 100 }),
    reads: { ...ROUTE, dev: V0 },
  },
  ...(['blackhole', 'unreachable', 'prohibit', 'throw'] as const).map((type): Case => ({
    title: type,
    ours: (rtnl) => rtnl.route.add({ to: '10.8.0.0/16', type }),
    theirs: `ip route add ${type} 10.8.0.0/16`,
    show: '-4 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet', table: 'main' }),
    reads: { to: '10.8.0.0/16', type, table: 'main' },
  })),
  {
    title: 'local route and broadcast route of another table',
    ours: async (rtnl) => {
      await rtnl.route.add({ to: '10.7.0.1/32', type: 'local', dev: 'v0', table: 77 });
      await rtnl.route.add({ to: '10.7.0.255/32', type: 'broadcast', dev: 'v0', table: 77, scope: 'link' });
    },
    theirs:
      'ip route add local 10.7.0.1 dev v0 table 77\nip route add broadcast 10.7.0.255 dev v0 table 77 scope link',
    show: '-4 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet', table: 77 }),
    reads: { to: '10.7.0.255/32', type: 'broadcast', scope: 'link' },
  },
  {
    title: 'several ways',
    ours: (rtnl) =>
      rtnl.route.add({
        to: '10.6.0.0/16',
        multipath: [
          { via: '10.0.0.2', dev: 'v0', weight: 3 },
          { via: '192.0.2.2', dev: 'v0', onlink: true },
        ],
      }),
    theirs:
      'ip route add 10.6.0.0/16 nexthop via 10.0.0.2 dev v0 weight 3 nexthop via 192.0.2.2 dev v0 onlink',
    show: '-4 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet', table: 'main' }),
    reads: {
      to: '10.6.0.0/16',
      multipath: [
        expect.objectContaining({ via: '10.0.0.2', dev: V0, weight: 3, onlink: false }),
        expect.objectContaining({ via: '192.0.2.2', weight: 1, onlink: true }),
      ],
    },
  },
  {
    title: 'IPv4 by an IPv6 gateway',
    ours: (rtnl) => rtnl.route.add({ to: '10.5.0.0/16', rtvia: 'fd00::9', dev: 'v0' }),
    theirs: 'ip route add 10.5.0.0/16 via inet6 fd00::9 dev v0',
    show: '-4 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet', table: 'main' }),
    reads: { to: '10.5.0.0/16', dev: V0 },
  },
  {
    title: 'replaced and appended',
    before: 'ip route add 10.4.0.0/16 via 10.0.0.2',
    ours: async (rtnl) => {
      await rtnl.route.replace({ to: '10.4.0.0/16', via: '10.0.0.3' });
      await rtnl.route.append({ to: '10.4.0.0/16', via: '10.0.0.4' });
      await rtnl.route.delete({ to: '10.4.0.0/16', via: '10.0.0.3' });
    },
    theirs:
      'ip route replace 10.4.0.0/16 via 10.0.0.3\nip route append 10.4.0.0/16 via 10.0.0.4\nip route del 10.4.0.0/16 via 10.0.0.3',
    show: '-4 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet', table: 'main' }),
    reads: { to: '10.4.0.0/16', via: '10.0.0.4' },
  },
  {
    title: 'IPv6 route',
    ours: (rtnl) =>
      rtnl.route.add({
        to: 'fd09::/64',
        via: 'fd00::2',
        dev: 'v0',
        pref: 'high',
        priority: 33,
        metrics: { mtu: 1300 },
      }),
    theirs: 'ip -6 route add fd09::/64 via fd00::2 dev v0 pref high metric 33 mtu 1300',
    show: '-6 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet6', table: 'main' }),
    reads: {
      family: 'inet6',
      to: 'fd09::/64',
      via: 'fd00::2',
      dev: V0,
      pref: 'high',
      priority: 33,
      metrics: { mtu: 1300 },
    },
  },
  {
    title: 'IPv6 default route and several ways',
    ours: async (rtnl) => {
      await rtnl.route.add({ to: 'default', via: 'fd00::2' });
      await rtnl.route.add({
        to: 'fd08::/64',
        multipath: [
          { via: 'fd00::2', dev: 'v0' },
          { via: 'fd00::3', dev: 'v0', weight: 5 },
        ],
      });
    },
    theirs:
      'ip -6 route add default via fd00::2\nip -6 route add fd08::/64 nexthop via fd00::2 dev v0 nexthop via fd00::3 dev v0 weight 5',
    show: '-6 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet6', table: 'main' }),
    reads: {
      to: 'fd08::/64',
      multipath: [
        expect.objectContaining({ via: 'fd00::2', weight: 1 }),
        expect.objectContaining({ via: 'fd00::3', weight: 5 }),
      ],
    },
  },
  {
    title: 'by next hop objects',
    before: 'ip nexthop add id 5 via 10.0.0.2 dev v0\nip nexthop add id 6 group 5,3',
    ours: (rtnl) => rtnl.route.add({ to: '10.11.0.0/16', nhId: 6 }),
    theirs: 'ip route add 10.11.0.0/16 nhid 6',
    show: '-4 route show table all',
    list: (rtnl) => rtnl.route.list({ family: 'inet', table: 'main' }),
    reads: { to: '10.11.0.0/16', nhId: 6 },
  },
];

/** Every selector of a rule. */
const RULE = {
  priority: 50,
  from: '10.0.0.0/8',
  to: '10.1.0.0/16',
  tos: 16,
  iif: 'v0',
  oif: 'v1',
  fwmark: 1,
  fwmask: 255,
  table: 100,
  ipProto: 'tcp',
  sportRange: { start: 1000, end: 1001 },
  dportRange: { start: 80, end: 80 },
  uidRange: { start: 1, end: 9 },
  suppressPrefixlen: 0,
  suppressIfgroup: 4,
  protocol: 'static',
  not: true,
  tunId: 77n,
} as const;

const rules: readonly Case[] = [
  {
    title: 'rule with every selector',
    ours: (rtnl) => rtnl.rule.add(RULE),
    theirs:
      'ip rule add not priority 50 from 10.0.0.0/8 to 10.1.0.0/16 tos 0x10 iif v0 oif v1 fwmark 1/255 table 100 ipproto tcp sport 1000-1001 dport 80 uidrange 1-9 suppress_prefixlength 0 suppress_ifgroup 4 protocol static tun_id 77',
    show: '-4 rule',
    list: (rtnl) => rtnl.rule.list({ family: 'inet' }),
    reads: { ...RULE, action: 'lookup' },
  },
  ...(['blackhole', 'unreachable', 'prohibit'] as const).map((action): Case => ({
    title: `rule that ends in ${action}`,
    ours: (rtnl) => rtnl.rule.add({ priority: 60, from: 'fd00::/8', action }),
    theirs: `ip -6 rule add priority 60 from fd00::/8 ${action}`,
    show: '-6 rule',
    list: (rtnl) => rtnl.rule.list({ family: 'inet6' }),
    reads: { family: 'inet6', priority: 60, from: 'fd00::/8', action },
  })),
  {
    title: 'rule that jumps',
    ours: (rtnl) => rtnl.rule.add({ family: 'inet', priority: 10, goto: 32766 }),
    theirs: 'ip rule add priority 10 goto 32766',
    show: '-4 rule',
    list: (rtnl) => rtnl.rule.list({ family: 'inet' }),
    reads: { priority: 10, action: 'goto', goto: 32766 },
  },
  {
    title: 'rule removed',
    before: 'ip rule add priority 20 from 10.0.0.0/8 table 9\nip rule add priority 21 table 9',
    ours: (rtnl) => rtnl.rule.delete({ priority: 20, from: '10.0.0.0/8', table: 9 }),
    theirs: 'ip rule del priority 20 from 10.0.0.0/8 table 9',
    show: '-4 rule',
    list: (rtnl) => rtnl.rule.list({ family: 'inet' }),
    reads: { priority: 21, table: 9 },
  },
];

const entries: readonly Case[] = [
  {
    title: 'neighbour',
    ours: (rtnl) =>
      rtnl.neigh.add({
        to: '10.0.0.9',
        lladdr: '02:00:00:00:00:09',
        dev: 'v0',
        flags: ['router'],
        protocol: 'static',
      }),
    theirs: 'ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0 router protocol static',
    show: 'neigh show dev v0',
    list: (rtnl) => rtnl.neigh.list({ dev: 'v0' }),
    reads: {
      family: 'inet',
      to: '10.0.0.9',
      lladdr: '02:00:00:00:00:09',
      dev: V0,
      state: 'permanent',
      flags: ['router'],
      protocol: 'static',
    },
  },
  {
    title: 'IPv6 neighbour',
    ours: (rtnl) =>
      rtnl.neigh.replace({ to: 'fd00::9', lladdr: '02:00:00:00:00:09', dev: 'v0', state: 'noarp' }),
    theirs: 'ip neigh replace fd00::9 lladdr 02:00:00:00:00:09 dev v0 nud noarp',
    show: '-6 neigh show to fd00::9 nud all',
    list: (rtnl) => rtnl.neigh.list({ dev: 'v0', family: 'inet6' }),
    reads: { family: 'inet6', to: 'fd00::9', state: 'noarp' },
  },
  {
    title: 'proxy',
    ours: (rtnl) => rtnl.neigh.add({ to: '10.0.0.77', dev: 'v0', flags: ['proxy'] }),
    theirs: 'ip neigh add proxy 10.0.0.77 dev v0',
    show: 'neigh show proxy',
    list: (rtnl) => rtnl.neigh.list({ family: 'inet', flags: ['proxy'] }),
    reads: { to: '10.0.0.77', dev: V0, flags: ['proxy'] },
  },
];

const nexthops: readonly Case[] = [
  {
    title: 'next hops and a group',
    ours: async (rtnl) => {
      await rtnl.nexthop.add({ id: 5, via: '10.0.0.2', dev: 'v0', protocol: 'static' });
      await rtnl.nexthop.add({ id: 6, via: '192.0.2.2', dev: 'v0', onlink: true });
      await rtnl.nexthop.add({ id: 7, blackhole: true, family: 'inet6' });
      await rtnl.nexthop.add({ id: 8, group: [{ id: 5, weight: 200 }, { id: 6 }] });
      await rtnl.nexthop.add({ id: 9, via: '192.0.2.9', fdb: true });
      await rtnl.nexthop.replace({ id: 5, via: '10.0.0.3', dev: 'v0', protocol: 'static' });
    },
    theirs: [
      'ip nexthop add id 5 via 10.0.0.2 dev v0 protocol static',
      'ip nexthop add id 6 via 192.0.2.2 dev v0 onlink',
      'ip -6 nexthop add id 7 blackhole',
      'ip nexthop add id 8 group 5,200/6',
      'ip nexthop add id 9 via 192.0.2.9 fdb',
      'ip nexthop replace id 5 via 10.0.0.3 dev v0 protocol static',
    ].join('\n'),
    show: 'nexthop',
    list: (rtnl) => rtnl.nexthop.list(),
    reads: {
      id: 8,
      group: [
        { id: 5, weight: 200 },
        { id: 6, weight: 1 },
      ],
      groupType: 'mpath',
    },
  },
  {
    title: 'resilient group',
    before: 'ip nexthop add id 5 via 10.0.0.2 dev v0',
    ours: (rtnl) =>
      rtnl.nexthop.add({
        id: 8,
        group: [{ id: 5 }],
        groupType: 'resilient',
        resGroup: { buckets: 8, idleTimer: 6000, unbalancedTimer: 100 },
      }),
    theirs: 'ip nexthop add id 8 group 5 type resilient buckets 8 idle_timer 60 unbalanced_timer 1',
    show: 'nexthop',
    list: (rtnl) => rtnl.nexthop.list(),
    reads: {
      id: 8,
      groupType: 'resilient',
      resGroup: { buckets: 8, idleTimer: 6000, unbalancedTimer: 100, unbalancedTime: 0n },
    },
  },
];

async function ready(before = ''): Promise<Inside & { readonly rtnl: Rtnl }> {
  const ns = await scratchHost();
  await sh(ns, `${BASE}\n${before}`);
  return ns;
}

/** Without what runs by itself, without the groups that IPv6 joins, in an order of its own: tables of entries are hashed, by a secret of each namespace's. */
function still(objects: readonly object[]): string[] {
  const moving = /^(cacheinfo|valid_life_time|preferred_life_time|unbalanced_time|probes)$/;
  return objects
    .map((object) =>
      JSON.stringify(object, (key, value: unknown) =>
        moving.test(key) ? undefined : typeof value === 'bigint' ? `${value}n` : value,
      ),
    )
    .filter((text) => !text.includes('"ff02::'))
    .sort();
}

describe.each([...addresses, ...routes, ...rules, ...entries, ...nexthops])(
  '$title',
  ({ before, ours, theirs, show, list, reads }) => {
    test('reads the same by whoever made it', async () => {
      const [mine, judge] = [await ready(before), await ready(before)];
      const untouched = await ipJson(judge, ...show.split(' '));
      await ours(mine.rtnl);
      await sh(judge, theirs);
      const shown = await ipJson(judge, ...show.split(' '));
      expect(shown).not.toEqual(untouched);
      expect(still(await ipJson(mine, ...show.split(' ')))).toEqual(still(shown));
      const theirObjects = structuredClone(await list(judge.rtnl)) as object[];
      expect(theirObjects).toContainEqual(expect.objectContaining(deep(reads)));
      expect(still(await list(mine.rtnl))).toEqual(still(theirObjects));
    });
  },
);

/** Structures within an answer may say more than was asked for. */
function deep(reads: object): object {
  return Object.fromEntries(
    Object.entries(reads).map(([key, value]: [string, unknown]) => [
      key,
      value?.constructor === Object ? expect.objectContaining(value) : value,
    ]),
  );
}

describe('forwarding entries', () => {
  const bridged = `${BASE}\nip link add br0 address 02:00:00:00:00:0a type bridge\nip link set v0 master br0\nip link add x0 address 02:00:00:00:00:0b type vxlan id 1 dstport 4789`;

  async function fdb(ns: Inside): Promise<Json[]> {
    const { stdout } = await run(ns, 'bridge', ['-j', '-d', 'fdb', 'show']);
    return JSON.parse(stdout) as Json[];
  }

  test('read the same by whoever made them', async () => {
    const [mine, judge] = [await scratchHost(), await scratchHost()];
    await sh(mine, bridged);
    await sh(judge, bridged);
    const untouched = await fdb(judge);
    const { rtnl } = mine;
    await rtnl.fdb.add({
      lladdr: '02:00:00:00:00:09',
      dev: 'v0',
      flags: ['master'],
      state: ['noarp', 'reachable'],
    });
    await rtnl.fdb.add({ lladdr: '02:00:00:00:00:08', dev: 'x0', to: '192.0.2.3', port: 4000, vni: 9 });
    await rtnl.fdb.add({ lladdr: '00:00:00:00:00:00', dev: 'x0', to: '192.0.2.3' });
    await rtnl.fdb.append({ lladdr: '00:00:00:00:00:00', dev: 'x0', to: '192.0.2.4' });
    await rtnl.fdb.add({ lladdr: '02:00:00:00:00:07', dev: 'x0', to: '192.0.2.5', ifindex: 'v1' });
    await sh(
      judge,
      [
        'bridge fdb add 02:00:00:00:00:09 dev v0 master static',
        'bridge fdb add 02:00:00:00:00:08 dev x0 dst 192.0.2.3 port 4000 vni 9',
        'bridge fdb add 00:00:00:00:00:00 dev x0 dst 192.0.2.3',
        'bridge fdb append 00:00:00:00:00:00 dev x0 dst 192.0.2.4',
        'bridge fdb add 02:00:00:00:00:07 dev x0 dst 192.0.2.5 via v1',
      ].join('\n'),
    );
    const shown = await fdb(judge);
    expect(shown.length).toBe(untouched.length + 5);
    expect(still(await fdb(mine))).toEqual(still(shown));
    const theirs = structuredClone(await judge.rtnl.fdb.list()) as object[];
    expect(theirs).toContainEqual(
      expect.objectContaining({ family: 'bridge', lladdr: '02:00:00:00:00:09', dev: V0, state: ['noarp'] }),
    );
    expect(theirs).toContainEqual(
      expect.objectContaining({
        lladdr: '02:00:00:00:00:08',
        to: '192.0.2.3',
        port: 4000,
        vni: 9,
        flags: ['self'],
      }),
    );
    expect(theirs).toContainEqual(
      expect.objectContaining({ lladdr: '02:00:00:00:00:07', to: '192.0.2.5', ifindex: 2 }),
    );
    expect(theirs).toHaveLength(shown.length);
    await rtnl.fdb.delete({ lladdr: '02:00:00:00:00:09', dev: 'v0', flags: ['master'] });
    await sh(judge, 'bridge fdb del 02:00:00:00:00:09 dev v0 master');
    expect(still(await fdb(mine))).toEqual(still(await fdb(judge)));
  });
});

test('ids of namespaces read the same by whoever gave them', async () => {
  const [ns, other, third] = [await scratchHost(), await scratchHost(), await scratchHost()];
  await ns.rtnl.netns.add({ netns: other, nsid: 12 });
  await ns.rtnl.netns.add({ netns: third, nsid: -1 });
  const judged = await ipJson(ns, 'netns', 'list-id');
  expect(judged.map(({ nsid }: Json) => nsid as number).sort()).toEqual(
    (await ns.rtnl.netns.list()).map(({ nsid }) => nsid).sort(),
  );
  expect(judged).toHaveLength(2);
  expect(await ns.rtnl.netns.get({ netns: other })).toMatchObject({ nsid: 12 });
});
