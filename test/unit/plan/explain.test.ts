import { explainShell } from '../../../src/plan/explain-shell';
import { explainJson } from '../../../src/plan/explain/json';
import { quote } from '../../../src/rtnl/commands/words';
import { createTable, deleteTable } from '../../../src/firewall/network/table/create-table';
import { publishPorts } from '../../../src/firewall/network/published-ports';
import type { FirewallRequest } from '../../../src/firewall/nft/requests';
import type { Step } from '../../../src/plan/spec/step';

/** The lines of one step in a namespace called 'h'. */
function shell(op: string, body: object): string {
  const step = { op, netns: 'h', body } as unknown as Step;
  return explainShell([step], { h: 'h', red: 'red' }).trimEnd();
}

describe('quoting', () => {
  test.each([
    ['veth0', 'veth0'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$(reboot)', "'$(reboot)'"],
    ['a;b', "'a;b'"],
    ['`x`', "'`x`'"],
    ['a\nb', "'a\nb'"],
    ['*', "'*'"],
    ['~', "'~'"],
    ['10.0.0.0/8', '10.0.0.0/8'],
  ])('%p', (word, quoted) => {
    expect(quote(word)).toBe(quoted);
  });
});

describe('namespaces', () => {
  test('are made, opened and removed by name; one without a name goes by its label', () => {
    const steps: Step[] = [
      { op: 'netns.create', netns: 'a', name: 'red' },
      { op: 'netns.create', netns: 'b' },
      { op: 'netns.open', netns: 'c', path: '/run/netns/blue' },
      { op: 'netns.open', netns: 'd', path: '/proc/17/ns/net' },
      { op: 'netns.open', netns: 'e', path: '/proc/self/fd/3' },
      { op: 'link.set', netns: 'a', body: { ifname: 'lo', up: true } },
      { op: 'link.set', netns: 'c', body: { ifname: 'lo', up: true } },
      { op: 'netns.delete', name: 'old' },
    ];
    expect(explainShell(steps, {}).trimEnd().split('\n')).toEqual([
      'ip netns add red',
      'ip netns add b',
      'ip netns attach d 17',
      'touch /run/netns/e && mount --bind /proc/self/fd/3 /run/netns/e',
      'ip -n red link set dev lo up',
      'ip -n blue link set dev lo up',
      'ip netns delete old',
    ]);
  });
});

describe('links', () => {
  test.each([
    [{ ifname: 'br0', kind: 'bridge', up: true }, 'dev br0 up type bridge'],
    [
      { ifname: 'br0', kind: 'bridge', data: { stpState: 1, vlanFiltering: true, mcastSnooping: false } },
      'dev br0 type bridge stp_state 1 vlan_filtering 1 mcast_snooping 0',
    ],
    [
      {
        ifname: 'v',
        kind: 'veth',
        master: 'br0',
        numTxQueues: 1,
        numRxQueues: 1,
        up: true,
        peer: { ifname: 'eth0', netns: 'red', address: '02:00:00:00:00:01', mtu: 1400 },
      },
      'dev v master br0 numtxqueues 1 numrxqueues 1 up type veth peer name eth0 netns red ' +
        'address 02:00:00:00:00:01 mtu 1400',
    ],
    [
      { ifname: 'vx', kind: 'vxlan', data: { id: 42, local: '192.0.2.1', port: 4789, learning: false } },
      'dev vx type vxlan id 42 local 192.0.2.1 dstport 4789 nolearning',
    ],
    [
      { ifname: 'm', kind: 'macvlan', link: 2, data: { mode: 'bridge' } },
      'dev m link if2 type macvlan mode bridge',
    ],
    [{ ifname: 'v7', kind: 'vlan', link: 'eth0', data: { id: 7 } }, 'dev v7 link eth0 type vlan id 7'],
  ])('add %p', (body, words) => {
    expect(shell('link.add', body)).toBe(`ip -n h link add ${words}`);
  });

  test.each([
    [{ ifname: 'v', master: null }, 'dev v nomaster'],
    [{ index: 1, up: true }, 'dev if1 up'],
    [{ index: 3, ifname: 'new' }, 'dev if3 name new'],
    [{ ifname: 'v', up: false, mtu: 9000 }, 'dev v down mtu 9000'],
    [{ ifname: 'v', inet6: { addrGenMode: 'none' } }, 'dev v addrgenmode none'],
    [
      { ifname: 'v', slaveKind: 'bridge', slaveData: { isolated: true, mode: true } },
      'dev v type bridge_slave isolated on hairpin on',
    ],
    [{ ifname: 'eth9', netns: 'red' }, 'dev eth9 netns red'],
  ])('set %p', (body, words) => {
    expect(shell('link.set', body)).toBe(`ip -n h link set ${words}`);
  });

  test('settings of IPv4 are commands of their own', () => {
    const body = { ifname: 'v', up: true, inet: { conf: { forwarding: 1, routeLocalnet: 1 } } };
    expect(shell('link.set', body).split('\n')).toEqual([
      'ip -n h link set dev v up',
      'ip netns exec h sysctl -qw net/ipv4/conf/v/forwarding=1',
      'ip netns exec h sysctl -qw net/ipv4/conf/v/route_localnet=1',
    ]);
  });

  test('delete', () => {
    expect(shell('link.delete', { ifname: 'v' })).toBe('ip -n h link delete dev v');
    expect(shell('link.delete', { group: 7 })).toBe('ip -n h link delete group 7');
    expect(shell('altname.add', { ifname: 'v', altnames: ['a', 'b'] })).toBe(
      'ip -n h link property add dev v altname a altname b',
    );
  });
});

test.each([
  [
    'addr.add',
    { dev: 'v', address: '10.0.0.2/24', broadcast: 'auto' },
    'ip -n h addr add 10.0.0.2/24 dev v broadcast +',
  ],
  ['addr.delete', { dev: 2, address: '10.0.0.2/24' }, 'ip -n h addr delete 10.0.0.2/24 dev if2'],
  [
    'addr.add',
    { dev: 'v', address: 'fd00::1/64', flags: ['nodad'], cacheinfo: { valid: 60, preferred: 30 } },
    'ip -n h addr add fd00::1/64 dev v nodad valid_lft 60 preferred_lft 30',
  ],
  [
    'addr.add',
    { dev: 'v', address: '10.0.0.1/30', peer: '10.0.0.2' },
    'ip -n h addr add 10.0.0.1 peer 10.0.0.2/30 dev v',
  ],
  ['route.add', { to: 'default', via: '10.0.0.1', dev: 'v' }, 'ip -n h route add default via 10.0.0.1 dev v'],
  [
    'route.add',
    { to: 'default', via: 'fe80::1', dev: 'v' },
    'ip -n h -6 route add default via fe80::1 dev v',
  ],
  [
    'route.add',
    { to: '10.9.0.0/16', via: 'fe80::1', dev: 'v' },
    'ip -n h route add 10.9.0.0/16 via inet6 fe80::1 dev v',
  ],
  [
    'route.replace',
    { type: 'blackhole', to: '10.9.0.0/16', table: 7 },
    'ip -n h route replace blackhole 10.9.0.0/16 table 7',
  ],
  [
    'route.set',
    { to: '10.9.0.0/16', dev: 'v', metrics: { mtu: 1300 } },
    'ip -n h route change 10.9.0.0/16 dev v mtu 1300',
  ],
  [
    'route.add',
    {
      to: '10.9.0.0/16',
      multipath: [
        { via: '10.0.0.2', weight: 2 },
        { via: '10.0.0.3', dev: 'v' },
      ],
    },
    'ip -n h route add 10.9.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3 dev v',
  ],
  [
    'rule.add',
    { from: '10.0.0.0/8', priority: 100, table: 7 },
    'ip -n h rule add from 10.0.0.0/8 priority 100 table 7',
  ],
  ['rule.add', { not: true, fwmark: 1, fwmask: 255, table: 7 }, 'ip -n h rule add not fwmark 1/255 table 7'],
  ['rule.add', { to: 'fd00::/8', action: 'blackhole' }, 'ip -n h -6 rule add to fd00::/8 blackhole'],
  [
    'neigh.add',
    { dev: 'v', to: '10.0.0.9', lladdr: '02:00:00:00:00:09' },
    'ip -n h neigh add 10.0.0.9 dev v lladdr 02:00:00:00:00:09',
  ],
  [
    'fdb.append',
    { dev: 'vx', lladdr: '00:00:00:00:00:00', to: '192.0.2.9' },
    'bridge -n h fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.9',
  ],
  [
    'fdb.add',
    { dev: 'v', lladdr: '02:00:00:00:00:01', flags: ['master'], state: ['noarp', 'reachable'] },
    'bridge -n h fdb add 02:00:00:00:00:01 dev v master static',
  ],
  ['nexthop.add', { id: 1, via: '10.0.0.1', dev: 'v' }, 'ip -n h nexthop add id 1 via 10.0.0.1 dev v'],
  [
    'nexthop.add',
    { id: 3, group: [{ id: 1, weight: 2 }, { id: 2 }] },
    'ip -n h nexthop add id 3 group 1,2/2',
  ],
])('%s %p', (op, body, line) => {
  expect(shell(op, body)).toBe(line);
});

test('a given namespace without a name is told of', () => {
  const steps: Step[] = [{ op: 'link.set', netns: 'host', body: { ifname: 'lo', up: true } }];
  expect(explainShell(steps, { host: undefined }).trimEnd().split('\n')).toEqual([
    '# host: a given namespace without a name under /run/netns.',
    'ip -n host link set dev lo up',
  ]);
});

test('sysctls and sockets', () => {
  const steps: Step[] = [
    { op: 'sysctl', netns: 'h', path: 'net/ipv4/conf/eth0.1/forwarding', value: '1' },
    { op: 'socket', netns: 'h', label: 'owner', protocol: 'netfilter' },
  ];
  expect(explainShell(steps, {}).trimEnd().split('\n')).toEqual([
    'ip netns exec h sysctl -qw net/ipv4/conf/eth0.1/forwarding=1',
    '# A netfilter socket in h stays open: no shell command can do this.',
  ]);
});

test("a network's firewall is one nft transaction", () => {
  const subnet = { network: Uint8Array.of(10, 7, 0, 0), prefix: 24 };
  const table = createTable({
    name: 'n',
    subnet,
    device: 'br0',
    nat: true,
    open: false,
    loopback: false,
    owner: true,
  });
  const port = {
    hostAddress: '192.0.2.1',
    hostPort: 8080,
    protocol: 'tcp',
    address: '10.7.0.2',
    port: 80,
  } as const;
  const requests = [...table, ...publishPorts('n', [port])];
  const text = explainShell([{ op: 'firewall', netns: 'h', requests, inverse: deleteTable('n') }], {});
  expect(text.split('\n').filter((line) => !line.startsWith('create chain'))).toEqual([
    "ip netns exec h nft -f - <<'END'",
    'create table ip netloom-n { comment "netloom:n"; }',
    'create map ip netloom-n published { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }',
    'create map ip netloom-n published-any { type inet_proto . inet_service : ipv4_addr . inet_service; }',
    'add rule ip netloom-n postrouting ip saddr 10.7.0.0/24 oifname != "br0" oifname != "lo" masquerade',
    'add rule ip netloom-n postrouting ip saddr 10.7.0.0/24 oifname "br0" ct status dnat masquerade',
    'add rule ip netloom-n prerouting fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @published',
    'add rule ip netloom-n prerouting fib daddr type local ip daddr != 127.0.0.0/8 dnat ip to meta l4proto . th dport map @published-any',
    'add rule ip netloom-n output fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @published',
    'add rule ip netloom-n output fib daddr type local ip daddr != 127.0.0.0/8 dnat ip to meta l4proto . th dport map @published-any',
    'add rule ip netloom-n redirects oifname "br0" icmp type redirect drop',
    'add rule ip netloom-n guard ip saddr 10.7.0.0/24 iifname != "br0" iifname != "lo" drop',
    'add rule ip netloom-n guard iifname "br0" ip saddr != 169.254.1.0/30 fib saddr . iif oif 0 drop',
    'add rule ip netloom-n guard ip daddr 10.7.0.0/24 iifname != "br0" iifname != "lo" drop',
    'add rule ip netloom-n forward ct state established,related accept',
    'add rule ip netloom-n forward iifname "br0" accept',
    'add rule ip netloom-n forward ct status dnat accept',
    'add rule ip netloom-n forward oifname "br0" drop',
    'create element ip netloom-n published { 192.0.2.1 . tcp . 8080 comment "netloom:n" : 10.7.0.2 . 80 }',
    'END',
    '',
  ]);
  expect(text).toContain(
    'create chain ip netloom-n postrouting { type nat hook postrouting priority srcnat; policy accept; }',
  );
});

test('a rule that nft has no words for becomes a comment', () => {
  const expressions = [{ name: 'tproxy', data: {} }] as const;
  const body = { family: 'ip', table: 't', chain: 'c', expressions } as const;
  const text = explainShell(
    [{ op: 'firewall', netns: 'h', requests: [{ family: 'nftRule', verb: 'add', body }] }],
    {},
  );
  expect(text).toContain('# A rule in ip t c without nft syntax.');
});

test('a set and elements that nft has no words for become comments', () => {
  const table = { family: 'ip', table: 't' } as const;
  const requests: FirewallRequest[] = [
    { family: 'nftSet', verb: 'add', body: { ...table, name: 's', id: 1, keyType: 63, keyLen: 4 } },
    {
      family: 'nftSet',
      verb: 'add',
      body: { ...table, name: 'a', id: 2, keyType: 7, keyLen: 4, flags: ['interval'] },
    },
    {
      family: 'nftSetElem',
      verb: 'add',
      body: { ...table, set: 's', elements: [{ key: { value: Uint8Array.of(1) } }] },
    },
    {
      family: 'nftRule',
      verb: 'replace',
      body: { ...table, chain: 'c', handle: 4n, expressions: [{ name: 'masq' }] },
    },
    { family: 'nftRule', verb: 'delete', body: { ...table, chain: 'c', handle: 4n } },
  ];
  expect(
    explainShell([{ op: 'firewall', netns: 'h', requests }], {})
      .trimEnd()
      .split('\n')
      .slice(1, -1),
  ).toEqual([
    '# A set s of types without nft syntax.',
    'create set ip t a { type ipv4_addr; flags interval; }',
    '# 1 elements of ip t s without nft syntax.',
    'replace rule ip t c handle 4 masquerade',
    'delete rule ip t c handle 4',
  ]);
});

test('a plan that was read from JSON is the same commands', () => {
  const table = createTable({
    ...{ name: 'n', device: 'br0', subnet: { network: Uint8Array.of(10, 7, 0, 0), prefix: 24 } },
    ...{ nat: true, open: true, loopback: true, owner: false },
  });
  const port = {
    hostAddress: '0.0.0.0',
    protocol: 'tcp',
    address: '10.7.0.2',
    port: 80,
    hostPort: 8080,
  } as const;
  const counter = { name: 'counter', data: { packets: 5n, bytes: 500n } } as const;
  const rule = { family: 'ip', table: 'n', chain: 'x', expressions: [counter] } as const;
  const requests: FirewallRequest[] = [
    ...table,
    ...publishPorts('n', [port]),
    { family: 'nftRule', verb: 'append', body: rule },
  ];
  const steps: Step[] = [{ op: 'firewall', netns: 'h', requests }];
  const text = explainShell(steps, {});
  expect(text).toContain('counter packets 5 bytes 500');
  expect(explainShell(JSON.parse(explainJson(steps)) as Step[], {})).toBe(text);
});

test('an option that older tools lack does not stop the script', () => {
  const lines = shell('link.add', { ifname: 'b', kind: 'bridge', data: { fdbMaxLearned: 9, stpState: 0 } });
  expect(lines.split('\n')).toEqual([
    'ip -n h link add dev b type bridge stp_state 0',
    '# This option needs iproute2 6.7 and Linux 6.7 or later.',
    'ip -n h link set dev b type bridge fdb_max_learned 9 2>/dev/null || true',
  ]);
});

test('no name ends a line or the transaction that it is in', () => {
  const name = 't\nEND\nreboot';
  const requests: FirewallRequest[] = [{ family: 'nftTable', verb: 'add', body: { family: 'ip', name } }];
  const steps: Step[] = [
    { op: 'firewall', netns: 'h', requests },
    { op: 'socket', netns: 'a\nreboot', label: 'x', protocol: 'route' },
  ];
  expect(explainShell(steps, { 'b\nreboot': undefined }).trimEnd().split('\n')).toEqual([
    '# b reboot: a given namespace without a name under /run/netns.',
    "ip netns exec h nft -f - <<'END'",
    'create table ip t END reboot',
    'END',
    '# A route socket in a reboot stays open: no shell command can do this.',
  ]);
});

test('JSON keeps numbers beyond 53 bits and bytes', () => {
  const steps = [
    { op: 'x', netns: 'h', body: { big: 2n ** 60n, bytes: Uint8Array.of(1, 2) } },
  ] as unknown as Step[];
  expect(JSON.parse(explainJson(steps))).toEqual([
    { op: 'x', netns: 'h', body: { big: '1152921504606846976', bytes: [1, 2] } },
  ]);
});
