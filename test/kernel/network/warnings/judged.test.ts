import http from 'node:http';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import { Network } from '../../../../src/network/network';
import { BEYOND, dig, lab, needTools, ping, run, scratchName, sh } from '../../../support';

needTools('ip', 'nft', 'ping', 'dig', 'curl', 'iptables-nft', 'iptables-legacy');

const PORT = 8080;
const SPEC = { name: 'web', subnet: '10.66.0.0/24' } as const;

/** What may be dropped is warned of, whatever becomes of the calls. */
type Case = readonly [fate: 'passes' | 'drops' | 'may', commands: string];

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

async function serveIn(netns: NetworkNamespace): Promise<http.Server> {
  const server = http.createServer((_request, response) => response.end('here'));
  await netns.listen(server, { port: PORT });
  return server;
}

function nft(chain: string, family = 'inet', more = ''): string {
  return `nft 'table ${family} own { ${more} chain pass { ${chain} }; }'`;
}

const FORWARD = 'type filter hook forward priority 5;';
const SHUT = `${FORWARD} policy drop;`;
const BACK = 'oifname nl-web accept;';

const NFT: readonly Case[] = [
  ['drops', nft(`${SHUT} ct state vmap { established : accept, new : drop };`)],
  [
    'passes',
    nft(
      `${SHUT} ct state vmap { established : accept, new : jump ours };`,
      'inet',
      'chain ours { iifname nl-web accept; };',
    ),
  ],
  ['passes', nft(`${SHUT} iifname vmap { "nl-web" : accept, "wan0" : accept };`)],
  ['passes', nft(`${SHUT} iifname vmap { "nl-*" : accept, "wan0" : accept };`)],
  ['drops', nft(`${SHUT} iifname vmap { "nm-*" : accept, "wan0" : accept };`)],
  [
    'passes',
    nft(`${SHUT} iifname . oifname vmap { "nl-web" . "wan0" : accept, "wan0" . "nl-web" : accept };`),
  ],
  [
    'drops',
    nft(`${SHUT} iifname . oifname vmap { "nl-web" . "wan1" : accept, "wan0" . "nl-web" : accept };`),
  ],
  ['passes', nft(`${SHUT} ip saddr { 10.66.0.0/16, 172.16.0.0/12 } accept; ${BACK}`)],
  ['drops', nft(`${SHUT} ip saddr { 10.67.0.0/16, 172.16.0.0/12 } accept; ${BACK}`)],
  ['passes', nft(`${SHUT} ip saddr != { 10.67.0.0/16, 172.16.0.0/12 } accept; ${BACK}`)],
  [
    'passes',
    nft(`${SHUT} ip saddr . meta l4proto { 10.66.0.0/16 . tcp, 10.66.0.0/16 . icmp } accept; ${BACK}`),
  ],
  ['drops', nft(`${SHUT} ip saddr . meta l4proto { 10.66.0.0/16 . udp } accept; ${BACK}`)],
  [
    'passes',
    nft(
      `${SHUT} meta mark 7 accept; ${BACK} ip saddr vmap { 10.67.0.0/25 : drop, 10.66.0.0/24 : accept, * : accept };`,
    ),
  ],
  ['drops', nft(`${FORWARD} ip saddr vmap { 10.66.0.0/24 : drop, * : accept };`)],
  ['drops', nft(`${FORWARD} ip daddr != 10.0.0.0/8 iifname nl-web drop;`)],
  ['passes', nft(`${FORWARD} ip daddr 10.0.0.0/8 iifname nl-web drop;`)],
  ['passes', nft(`${SHUT} fib saddr . iif oif exists accept;`)],
  ['drops', nft(`${SHUT} fib daddr type local accept; ${BACK}`)],
  ['passes', nft(`${SHUT} ct direction original iifname nl-web accept; ct direction reply accept;`)],
  ['passes', nft(`${FORWARD} limit rate over 1000/second drop;`)],
  ['passes', nft(`${FORWARD} iif != lo oif lo drop;`)],
  [
    'passes',
    nft(
      `${SHUT} meta mark 5 accept;`,
      'inet',
      'chain marks { type filter hook prerouting priority -150; meta mark set 5; };',
    ),
  ],
  [
    'drops',
    nft(
      `${SHUT} meta mark 6 accept;`,
      'inet',
      'chain marks { type filter hook prerouting priority -150; meta mark set 5; };',
    ),
  ],
  [
    'passes',
    nft(
      `${SHUT} iifname nl-web update @seen { ip saddr } accept; ${BACK}`,
      'inet',
      'set seen { type ipv4_addr; flags dynamic; };',
    ),
  ],
  ['drops', nft('type filter hook prerouting priority -150; policy drop; iifname wan0 accept;')],
  [
    'passes',
    nft(
      'type filter hook prerouting priority -150; policy drop; ip daddr 10.66.0.2-10.66.0.254 drop; iifname nl-web accept; ct state established accept;',
    ),
  ],
  ['drops', nft('type filter hook prerouting priority -350; ct state invalid drop;')],
  ['passes', nft('type filter hook prerouting priority -150; ct state invalid drop;')],
  ['drops', nft('type filter hook prerouting priority 0; ip daddr 10.66.0.0/24 drop;')],
  ['drops', nft('type filter hook postrouting priority 50; policy drop; oifname nl-web accept;')],
  [
    'passes',
    nft(
      'type filter hook postrouting priority 50; policy drop; oifname nl-web accept; ip saddr 10.66.0.0/24 accept;',
    ),
  ],
  ['passes', nft('type filter hook postrouting priority 150; ip saddr 10.66.0.2-10.66.0.254 drop;')],
  ['drops', nft('type nat hook postrouting priority 90; oifname wan0 drop;')],
  ['passes', nft('type nat hook postrouting priority 90; oifname wan0 masquerade; drop;')],
  // Pings of the gateway are among the calls.
  ['drops', nft('type filter hook output priority 0; policy drop;')],
  ['passes', nft('type filter hook output priority 0; policy drop; ip protocol icmp accept;')],
  ['drops', nft('type filter hook input priority 0; policy drop; udp dport 53 accept;')],
  ['passes', nft('type filter hook input priority 0; policy drop; icmp type echo-request accept;')],
  ['drops', nft('type filter hook input priority 0; icmp type echo-request drop;')],
  ['passes', nft('type filter hook input priority 0; icmp type != echo-request drop;')],
  ['drops', nft(`${FORWARD} meta l4proto icmp drop;`)],
  ['drops', nft(`${FORWARD} icmp type echo-reply drop;`)],
  ['passes', nft(`${FORWARD} meta l4proto icmp icmp type redirect drop;`)],
  ['drops', nft(`${SHUT} meta l4proto tcp accept;`)],
  ['passes', nft(`${SHUT} meta l4proto { tcp, icmp } accept;`)],
  ['drops', nft(`${FORWARD} meta iifgroup { 1-10, 4000000 } drop; meta oifgroup 28000-29000 drop;`)],
  ['passes', nft(`${FORWARD} meta iifgroup { 1-10, 4000000 } drop; meta oifgroup 28268 drop;`)],
  ['drops', nft(`${FORWARD} meta iifgroup 0 drop;`)],
  ['passes', nft(`${FORWARD} meta iifgroup 5 drop;`)],
  ['passes', nft('type filter hook prerouting priority 0; meta oifgroup 0 drop;')],
  ['drops', nft(`${FORWARD} ip ttl < 64 drop;`)],
  ['drops', nft('type filter hook prerouting priority 0; iifname nl-web ip ttl 64 drop;')],
  ['passes', nft(`${FORWARD} ip ttl > 64 drop;`)],
  ['drops', nft(`${FORWARD} ip dscp cs0 drop;`)],
  ['passes', nft(`${FORWARD} ip dscp cs1 drop;`)],
  ['passes', nft(`${FORWARD} ip frag-off & 0x1fff != 0 drop;`)],
  ['drops', nft(`${FORWARD} ct zone 0 drop;`)],
  ['passes', nft(`${FORWARD} ct zone 7 drop;`)],
  ['drops', nft(`${FORWARD} tcp option maxseg exists drop;`)],
  ['passes', nft(`${FORWARD} tcp option mptcp exists drop;`)],
  ['drops', nft(`${FORWARD} meta length vmap { 0-65535 : drop };`)],
  ['passes', nft(`${FORWARD} meta length > 60000 drop;`)],
  ['drops', nft(`${FORWARD} meta time > "2020-01-01 00:00:00" drop;`)],
  ['passes', nft(`${FORWARD} meta time < "2020-01-01 00:00:00" drop;`)],
  ['drops', nft(`${FORWARD} ct count over 0 drop;`)],
  ['passes', nft(`${FORWARD} ct count over 1000 drop;`)],
  ['passes', nft(`${FORWARD} quota over 100 mbytes drop;`)],
  ['drops', nft(`${FORWARD} quota over 10 bytes drop;`)],
  ['drops', nft(`${SHUT} quota until 10 bytes accept;`)],
  ['passes', nft(`${SHUT} quota until 100 mbytes accept;`)],
  ['may', nft(`${FORWARD} quota over 50 kbytes drop;`)],
  ['drops', nft('type filter hook prerouting priority -150; ip ttl set 1;')],
  ['passes', nft('type filter hook prerouting priority -150; ip ttl set 64;')],
  ['passes', nft('type filter hook prerouting priority -150; iifname lo ip ttl set 1;')],
  ['passes', nft('type filter hook postrouting priority -150; oifname nl-web ip ttl set 1;')],
  ['drops', nft('type filter hook prerouting priority raw; meta pkttype host drop;')],
  ['drops', nft('type filter hook output priority 0; meta pkttype unicast drop;')],
  ['drops', nft('type filter hook egress device wan0 priority 0; meta pkttype host drop;', 'netdev')],
  ['passes', nft('type filter hook prerouting priority raw; meta pkttype != host drop;')],
  ['passes', nft('type filter hook prerouting priority raw; meta pkttype { broadcast, multicast } drop;')],
  ['may', nft(`${FORWARD} limit rate over 1/day burst 1 packets drop;`)],
  ['may', nft(`${FORWARD} limit rate over 20/second drop;`)],
  ['may', nft(`${FORWARD} meter f { ip saddr limit rate over 1/day burst 1 packets } drop;`)],
  ['may', nft(`${FORWARD} numgen random mod 2 0 drop;`)],
  ['may', nft(`${FORWARD} jhash ip daddr mod 2 0 drop;`)],
  ['passes', nft(`${FORWARD} ip daddr 172.16.0.0/12 numgen random mod 2 0 drop;`)],
  ['passes', nft(`${FORWARD} numgen random mod 2 0 ip daddr 172.16.0.0/12 drop;`)],
  ['drops', nft(`${FORWARD} numgen inc mod 1 0 drop;`)],
  ['drops', nft(`${FORWARD} jhash ip saddr mod 1 0 drop;`)],
  ['passes', nft(`${FORWARD} meta skuid 0 drop;`)],
  ['drops', nft('type filter hook ingress device wan0 priority 0; ip daddr 192.0.2.1 drop;', 'netdev')],
  ['passes', nft('type filter hook ingress device wan0 priority 0; ip daddr 192.0.2.9 drop;', 'netdev')],
  ['drops', nft('type filter hook egress device wan0 priority 0; ip saddr 192.0.2.1 drop;', 'netdev')],
  ['drops', nft('type filter hook ingress device nl-web priority 0; policy drop;')],
  ['passes', nft('type filter hook ingress device lo priority 0; policy drop;')],
  ['drops', nft('type filter hook ingress device wan0 priority 0; meta l4proto tcp drop;', 'netdev')],
  ['passes', nft('type filter hook ingress device wan0 priority 0; ip daddr 10.66.0.0/24 drop;', 'netdev')],
  [
    'drops',
    nft(
      'type filter hook egress device wan0 priority 0; policy drop; arp operation request accept;',
      'netdev',
    ),
  ],
  ['passes', nft('type filter hook egress device wan0 priority 0; ip saddr 10.66.0.0/24 drop;', 'netdev')],
  ['drops', nft('type filter hook egress device nl-web priority 0; ip daddr 10.66.0.0/24 drop;', 'netdev')],
  ['drops', nft('type filter hook prerouting priority raw; iifname nl-web notrack;')],
  ['drops', nft('type filter hook prerouting priority raw; iifname wan0 notrack;')],
  [
    'passes',
    nft('type filter hook prerouting priority raw; iifname nl-web accept; iifname wan0 accept; notrack;'),
  ],
  ['passes', nft('type filter hook prerouting priority raw; ip saddr 198.51.100.0/24 notrack;')],
  ['passes', nft('type filter hook prerouting priority -150; iifname nl-web notrack;')],
];

function nat(rules: string): string {
  return nft(`type nat hook prerouting priority -90; ${rules}`);
}

const MARKED = ['-t mangle -A PREROUTING -j MARK --set-mark 5'];

function iptables(tool: 'iptables-nft' | 'iptables-legacy'): readonly Case[] {
  const all = (...rules: string[]): string => rules.map((rule) => `${tool} ${rule}`).join('\n');
  const established =
    '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "our -j own" -j ACCEPT';
  return [
    ['drops', all('-P FORWARD DROP', established)],
    ['passes', all('-P FORWARD DROP', established, '-A FORWARD -i nl-+ -j ACCEPT')],
    ['passes', all('-P FORWARD DROP', established, '-A FORWARD -s 10.66.0.0/16 ! -o nl-web -j ACCEPT')],
    ['drops', all(established, '-A FORWARD -i nl-web -j REJECT')],
    ['passes', all('-A FORWARD -m conntrack --ctstate INVALID -j DROP')],
    ['drops', all('-P FORWARD DROP', '-A FORWARD -m addrtype --dst-type LOCAL -j ACCEPT')],
    ['passes', all('-A FORWARD -m addrtype --dst-type LOCAL -j DROP')],
    ['drops', all('-N OURS', '-A FORWARD -j OURS', '-A OURS -m conntrack --ctstate NEW -i nl-web -j DROP')],
    ['drops', all('-t mangle -P FORWARD DROP')],
    ['drops', all('-t mangle -A POSTROUTING -s 10.66.0.0/24 -j DROP')],
    ['drops', all('-t raw -A PREROUTING -i nl-web -j CT --notrack')],
    ['passes', all('-t raw -A PREROUTING -i nl-web -p udp -j CT --notrack')],
    ['drops', all('-P FORWARD DROP', '-A FORWARD -m mark --mark 5 -j ACCEPT')],
    ['passes', all(...MARKED, '-P FORWARD DROP', '-A FORWARD -m mark --mark 5 -j ACCEPT')],
    ['drops', all(...MARKED, '-A FORWARD -m mark --mark 5 -j DROP')],
    ['passes', all('-A FORWARD -p tcp -m multiport --dports 25,135:139 -j DROP')],
    ['drops', all('-P OUTPUT DROP')],
    ['passes', all('-P OUTPUT DROP', '-A OUTPUT -p icmp --icmp-type 0 -j ACCEPT')],
    ['drops', all('-A FORWARD -p icmp -j DROP')],
    ['drops', all('-A INPUT -p icmp -m icmp --icmp-type 8 -j DROP')],
    ['passes', all('-A INPUT -p icmp -m icmp --icmp-type 13 -j DROP')],
    ['drops', all('-t mangle -A PREROUTING -j TTL --ttl-set 1')],
    ['drops', all('-t mangle -A PREROUTING -i nl-web -j TTL --ttl-dec 63')],
    ['passes', all('-t mangle -A PREROUTING -j TTL --ttl-set 64')],
    ['drops', all('-A FORWARD -m pkttype --pkt-type unicast -j DROP')],
    ['passes', all('-A FORWARD -m pkttype ! --pkt-type unicast -j DROP')],
    ['drops', all('-A FORWARD -m quota ! --quota 10 -j DROP')],
    ['passes', all('-A FORWARD -m quota ! --quota 1000000000 -j DROP')],
    ['passes', all('-P FORWARD DROP', '-A FORWARD -m quota --quota 1000000000 -j ACCEPT')],
  ];
}

/** Everything that the commands of the cases make. */
const TABLES = ['inet own', 'netdev own', 'bridge own', 'ip filter', 'ip mangle', 'ip raw', 'ip nat'];
const CLEAN = [
  ...TABLES.map((table) => `nft delete table ${table} 2>/dev/null || true`),
  ...['raw', 'mangle', 'filter', 'nat'].map(
    (table) => `iptables-legacy -t ${table} -F; iptables-legacy -t ${table} -X`,
  ),
  ...['FORWARD', 'INPUT', 'OUTPUT'].map((chain) => `iptables-legacy -P ${chain} ACCEPT`),
  'iptables-legacy -t mangle -P FORWARD ACCEPT',
].join('\n');

/** What is found out about one host, whose packets one call stands for. */
interface Scene {
  readonly host: NetworkNamespace;
  readonly network: Network;
  /** Whether the call is answered. */
  readonly call: (patience: number) => Promise<boolean>;
}

// Who knows that it is answered waits longer.
const [LONG, SHORT] = [3, 0.7];

/** What is wrong with a case. */
async function faultsOf({ host, network, call }: Scene, [fate, commands]: Case): Promise<string[]> {
  await sh(host, commands);
  const isAnswered = fate === 'may' ? false : await call(fate === 'passes' ? LONG : SHORT);
  const { warnings } = await network.inspect();
  const isWarned = fate === 'may' ? warnings.some((text) => text.includes('may drop')) : true;
  const faults = [
    ...(fate === 'may' || isAnswered === (fate === 'passes')
      ? []
      : [`${isAnswered ? 'is' : 'is not'} answered`]),
    ...(isWarned && warnings.length === (isAnswered ? 0 : 1)
      ? []
      : [`is warned of: ${JSON.stringify(warnings)}`]),
    ...(await helpFaults({ host, network, call }, warnings)),
  ];
  await sh(host, CLEAN);
  return faults.map((fault) => `${commands} ${fault}`);
}

/** What the warning says helps, unless an exception is needed. */
async function helpFaults({ host, network, call }: Scene, [text = '']: readonly string[]): Promise<string[]> {
  const [, remedy] = /(?:pass|this): (.*)$/.exec(text) ?? [];
  if (remedy === undefined || text.includes('an exception')) return [];
  await sh(host, remedy);
  const { warnings } = await network.inspect();
  if ((await call(LONG)) && warnings.length === 0) return [];
  return [`is not helped by: ${remedy}, and then warned of: ${warnings.join()}`];
}

/** A case at a time, behind a call that is answered. */
async function judge(scene: Scene, cases: readonly Case[]): Promise<string[]> {
  expect(await scene.call(LONG)).toBe(true);
  expect((await scene.network.inspect()).warnings).toEqual([]);
  const faults: string[] = [];
  for (const each of cases) faults.push(...(await faultsOf(scene, each)));
  return faults;
}

function fetches(netns: NetworkNamespace, address: string): Scene['call'] {
  const url = `http://${address}:${String(PORT)}/`;
  return (patience) => succeeds(run(netns, 'curl', ['-sS', '--max-time', String(patience), url]));
}

/** Fetches, and pings the gateway and who is beyond the host. */
function reaches(netns: NetworkNamespace): Scene['call'] {
  const fetch = fetches(netns, BEYOND);
  const pings = async (address: string, patience: number): Promise<boolean> =>
    succeeds(run(netns, 'ping', ['-c1', `-W${String(patience)}`, address]));
  return async (patience) => {
    const found = await Promise.all([fetch(patience), pings('10.66.0.1', patience), pings(BEYOND, patience)]);
    return found.every(Boolean);
  };
}

function stop(server: http.Server): void {
  server.close();
  server.closeAllConnections();
}

test.each([
  ['nftables', NFT],
  ['iptables-nft', iptables('iptables-nft')],
  ['iptables-legacy', iptables('iptables-legacy')],
])(
  'whatever the rules of %s: a warning tells of a call beyond the host that is dropped, and none of one that passes',
  async (_tool, cases) => {
    const { host, internet } = await lab();
    const server = await serveIn(internet);
    const network = await Network.create({ ...SPEC, host, dns: false });
    const { netns } = await network.attach('red');
    await ping(netns, BEYOND);
    expect(await judge({ host, network, call: reaches(netns) }, cases)).toEqual([]);
    stop(server);
    await network.delete();
  },
  240_000,
);

/** Isolated and open networks have these groups of devices. */
const GROUPS = { isolated: 28269, open: 28268 } as const;

test.each([
  ['isolated', true],
  ['open', false],
] as const)(
  "rules for the devices' group are judged where each endpoint has a device of its own: %s",
  async (kind, isolated) => {
    const { host, internet } = await lab();
    const server = await serveIn(internet);
    const spec = { ...SPEC, mode: 'routed', lifetime: 'persistent', isolated, dns: false } as const;
    const network = await Network.create({ ...spec, host });
    const { netns } = await network.attach(scratchName());
    const other = String(GROUPS[kind === 'open' ? 'isolated' : 'open']);
    const own = String(GROUPS[kind]);
    const ports = JSON.parse((await sh(host, `ip -j link show group ${own}`)).stdout) as {
      ifname?: string;
    }[];
    expect(ports.filter(({ ifname }) => ifname !== undefined)).toHaveLength(2);
    const cases: Case[] = [
      ['drops', nft(`${FORWARD} meta iifgroup ${own} drop;`)],
      ['drops', nft(`${FORWARD} meta oifgroup ${own} drop;`)],
      ['passes', nft(`${FORWARD} meta iifgroup ${other} drop;`)],
      ['passes', nft(`${SHUT} meta iifgroup ${own} accept; meta oifgroup ${own} accept;`)],
      ['drops', nft(`${SHUT} meta iifgroup ${other} accept; meta oifgroup ${own} accept;`)],
      ['passes', nft('type filter hook prerouting priority -150; iifname nl-web ip ttl set 1;')],
      ['drops', nft(`type filter hook prerouting priority -150; meta iifgroup ${own} ip ttl set 1;`)],
    ];
    expect(await judge({ host, network, call: reaches(netns) }, cases)).toEqual([]);
    stop(server);
    await network.delete();
  },
  120_000,
);

const NAMES: readonly Case[] = [
  ['drops', nft('type filter hook input priority 0; policy drop;')],
  ['drops', nft('type filter hook input priority 0; policy drop; tcp dport 53 accept;')],
  [
    'passes',
    nft(
      'type filter hook input priority 0; policy drop; icmp type echo-request accept; iifname . meta l4proto . th dport vmap { "nl-web" . udp . 53 : accept, "nl-web" . tcp . 53 : accept };',
    ),
  ],
  ['drops', nft('type filter hook input priority 0; tcp dport 53 drop;')],
  ['drops', nft('type filter hook output priority 0; meta skuid 0 ip daddr 10.66.0.0/24 drop;')],
  ['drops', nft('type filter hook output priority 0; meta skgid 0 udp sport 53 drop;')],
  ['passes', nft('type filter hook output priority 0; meta skuid 54321 drop;')],
  ['passes', nft('type filter hook input priority 0; udp dport 53 limit rate over 1000/second drop;')],
  ['drops', nft('type filter hook output priority 0; policy drop;')],
  ['drops', nft('type filter hook output priority 0; policy drop; udp sport 1024-65535 accept;')],
  ['passes', nft('type filter hook output priority 0; policy drop; ct state established accept;')],
  [
    'passes',
    nft(
      'type filter hook output priority 0; policy drop; ip protocol icmp accept; udp sport 53 accept; tcp sport 53 accept;',
    ),
  ],
  [
    'drops',
    nft('type filter hook output priority 0; policy drop; ip protocol icmp accept; udp sport 53 accept;'),
  ],
  ['passes', nft('type filter hook prerouting priority raw; udp dport 53 notrack;')],
  [
    'drops',
    nft(
      'type filter hook prerouting priority raw; udp dport 53 notrack; }; chain in { type filter hook input priority 0; ct state untracked drop;',
    ),
  ],
  ['drops', nat('udp dport 53 redirect to :5353;')],
  ['drops', nat('tcp dport 53 dnat ip to 192.0.2.99;')],
  ['drops', nat('dnat ip to udp dport map { 53 : 192.0.2.99 };')],
  ['passes', nat('udp dport 53 redirect;')],
  ['passes', nat('udp dport 53 redirect to :53;')],
  ['passes', nat('udp dport 53 dnat ip to 10.66.0.1;')],
  ['passes', nat('iifname wan0 udp dport 53 redirect to :5353;')],
  ['passes', nat('ip daddr 192.0.2.1 udp dport 53 dnat ip to 192.0.2.99;')],
  ...['iptables-nft', 'iptables-legacy'].flatMap((tool): Case[] => [
    ['drops', `${tool} -t nat -A PREROUTING -p udp --dport 53 -j REDIRECT --to-ports 5353`],
    ['drops', `${tool} -t nat -A PREROUTING -p udp --dport 53 -j DNAT --to-destination 192.0.2.99:53`],
    ['passes', `${tool} -t nat -A PREROUTING -p udp --dport 53 -j REDIRECT`],
    ['passes', `${tool} -t nat -A PREROUTING -p udp --dport 53 -j DNAT --to-destination 10.66.0.1`],
  ]),
  ['drops', 'iptables-legacy -P OUTPUT DROP'],
  ['drops', 'iptables-legacy -P OUTPUT DROP; iptables-legacy -A OUTPUT -p udp --sport 53 -j ACCEPT'],
  [
    'passes',
    [
      '-P INPUT DROP',
      ...['-p udp', '-p tcp'].map((kind) => `-A INPUT ${kind} -m multiport --dports 53,67 -j ACCEPT`),
      '-A INPUT -p icmp -j ACCEPT',
    ]
      .map((rule) => `iptables-legacy ${rule}`)
      .join('; '),
  ],
];

test('whatever the rules: a warning tells of questions for names that are dropped, and none of those that pass', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host, dns: { upstreams: [BEYOND] } });
  const { netns } = await network.attach('red');
  const asks = (patience: number, ...how: string[]): Promise<boolean> =>
    succeeds(dig(netns, '@10.66.0.1', `+time=${String(Math.ceil(patience))}`, '+tries=1', ...how, 'red'));
  const call: Scene['call'] = async (patience) => {
    const found = await Promise.all([
      asks(patience),
      asks(patience, '+tcp'),
      succeeds(run(netns, 'ping', ['-c1', `-W${String(patience)}`, '10.66.0.1'])),
    ]);
    return found.every(Boolean);
  };
  expect(await judge({ host, network, call }, NAMES)).toEqual([]);
  await network.delete();
}, 120_000);

const BRIDGED: readonly Case[] = [
  ['drops', nft(`${FORWARD} iifname nl-web oifname nl-web drop;`)],
  ['passes', nft(`${SHUT} iifname nl-web accept; ${BACK}`)],
  ['drops', 'iptables-legacy -A FORWARD -m physdev --physdev-is-bridged -j DROP'],
  ['drops', 'iptables-nft -A FORWARD -m physdev --physdev-is-bridged -j DROP'],
  ['drops', nft('type filter hook forward priority 0; ip saddr 10.66.0.0/24 drop;', 'bridge')],
  ['passes', nft('type filter hook forward priority 0; ip saddr 10.67.0.0/16 drop;', 'bridge')],
  ['passes', nft('type filter hook input priority 0; ether type ip6 drop;', 'bridge')],
  ['drops', nft('type filter hook prerouting priority 0; meta pkttype other drop;', 'bridge')],
  ['drops', nft('type filter hook forward priority 0; meta pkttype other drop;', 'bridge')],
  ['passes', nft('type filter hook forward priority 0; meta pkttype host drop;', 'bridge')],
];

// A host without br_netfilter has the chains of bridges alone.
const isOfBridges = ([, commands]: Case): boolean => commands.includes('table bridge');

test('whatever the rules: a warning tells of calls across the bridge that are dropped, and none of those that pass', async () => {
  const { host } = await lab();
  const filters = await succeeds(sh(host, '[ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables)" = 1 ]'));
  const cases = filters ? BRIDGED : BRIDGED.filter(isOfBridges);
  const network = await Network.create({ ...SPEC, host, dns: false, lifetime: 'persistent' });
  const [red, blue] = await network.attachMany([scratchName(), scratchName()]);
  const server = await serveIn(blue.netns);
  await ping(red.netns, blue.address);
  // The remedy is a setting of the host.
  const call: Scene['call'] = fetches(red.netns, blue.address);
  const faults: string[] = [];
  for (const each of cases) {
    faults.push(...(await judge({ host, network, call }, [each])));
    if (filters) await sh(host, 'sysctl -qw net.bridge.bridge-nf-call-iptables=1');
  }
  expect(faults).toEqual([]);
  stop(server);
  await network.delete();
}, 120_000);
