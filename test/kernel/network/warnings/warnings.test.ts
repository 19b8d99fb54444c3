import fs from 'node:fs';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import { Network } from '../../../../src/network/network';
import {
  BEYOND,
  dig,
  lab,
  needTools,
  ping,
  reaches,
  run,
  scratchHost,
  serveNames,
  sh,
  type Lab,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'dig', 'iptables-nft', 'iptables-legacy');

test.each([
  [
    "nft 'table inet own { chain pass { type filter hook forward priority 5; policy drop; }; }'",
    'table inet own',
  ],
  ["nft 'table inet own { chain pass { type filter hook forward priority 5; reject; }; }'", 'table inet own'],
  [
    "nft 'table ip own { chain last { drop; }; chain pass { type filter hook forward priority 5; jump last; }; }'",
    'chain pass of table ip own',
  ],
  ['iptables-nft -P FORWARD DROP', 'table ip filter'],
  ['iptables-legacy -A FORWARD -j REJECT', 'FORWARD of iptables-legacy'],
  ['iptables-legacy -P FORWARD DROP', 'FORWARD of iptables-legacy'],
])('%s is explained, not changed, and what the explanation says helps', async (command, name) => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const endpoint = await network.attach('red');
  expect((await network.inspect()).warnings).toEqual([]);
  await sh(host, command);
  expect(await reaches(endpoint.netns, BEYOND)).toBe(false);
  const { warnings } = await network.inspect();
  expect(warnings).toEqual([expect.stringContaining(name)]);
  await sh(host, warnings[0]?.split('pass: ')[1] ?? 'false');
  await ping(endpoint.netns, BEYOND);
  await network.delete();
});

test('br_netfilter is told of where a rule of the host drops what crosses the bridge, and left as it is', async () => {
  const { host } = await lab();
  const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  const read = async (): Promise<string> =>
    (await sh(host, `cat ${setting} 2>/dev/null || echo -`)).stdout.trim();
  const value = await read();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host, lifetime: 'persistent' });
  expect((await network.inspect()).warnings).toEqual([]);
  await sh(
    host,
    "nft 'table ip own { chain pass { type filter hook forward priority 5; iifname nl-web oifname nl-web drop; }; }'",
  );
  const { warnings } = await network.inspect();
  expect(warnings.filter((text) => text.includes('br_netfilter'))).toHaveLength(value === '1' ? 1 : 0);
  if (value === '1') {
    await sh(host, `echo 0 > ${setting}`);
    expect((await network.inspect()).warnings).toEqual([]);
    // One bridge may be filtered all the same.
    await sh(host, 'ip link set nl-web type bridge nf_call_iptables 1');
    const [own = ''] = (await network.inspect()).warnings;
    await sh(host, own.split('this: ')[1] ?? 'false');
    expect((await network.inspect()).warnings).toEqual([]);
    await sh(host, `echo 1 > ${setting}`);
  }
  await network.delete();
  expect(await read()).toBe(value);
});

const PASSING = [
  'table ip own { flags dormant; chain pass { type filter hook forward priority 5; policy drop; }; }',
  'table ip own { chain pass { type filter hook forward priority 5; policy drop; iifname "nl-*" accept; oifname "nl-web" ct state established,related accept; }; }',
  'table ip own { chain pass { type filter hook forward priority 5; policy drop; ct state vmap { established : accept, related : accept }; iifname { "nl-web", "other" } accept; }; }',
  'table ip own { chain pass { type filter hook forward priority 5; ip saddr 192.0.2.77 drop; }; }',
  'table ip6 own { chain pass { type filter hook forward priority 5; policy drop; }; }',
];

test.each(PASSING)('nothing is warned of where packets pass: %s', async (ruleset) => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const endpoint = await network.attach('red');
  await sh(host, `nft '${ruleset}'`);
  await ping(endpoint.netns, BEYOND);
  expect((await network.inspect()).warnings).toEqual([]);
  await network.delete();
});

// IPv4 from `world` by a second way out of the host, wan1.
async function secondWay({ host }: Lab): Promise<NetworkNamespace> {
  const world = await scratchHost();
  const place = `/proc/${process.pid}/fd/${world.fd}`;
  await sh(
    host,
    `ip link add wan1 type veth peer name lan1 netns ${place}
     ip addr add 203.0.113.1/24 dev wan1; ip link set wan1 addrgenmode none up
     echo 1 > /proc/sys/net/ipv4/conf/wan1/rp_filter`,
  );
  await sh(
    world,
    'ip addr add 203.0.113.2/24 dev lan1; ip addr add 100.64.0.9/32 dev lo; ip link set lo up; ip link set lan1 addrgenmode none up',
  );
  await run(host, 'ip', ['route', 'add', '100.64.0.0/24', 'via', '203.0.113.2', 'table', '77']);
  return world;
}

test('a strict reverse path filter is explained where it drops answers, and what the explanation says helps', async () => {
  const scene = await lab();
  const { host } = scene;
  await secondWay(scene);
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const { netns } = await network.attach('red');
  // A rule that answers meet as well does no harm.
  for (const rule of [
    ['from', '10.66.0.0/24'],
    ['iif', 'nl-web'],
  ]) {
    await run(host, 'ip', ['rule', 'add', ...rule, 'lookup', '77']);
    await ping(netns, '100.64.0.9');
    expect((await network.inspect()).warnings).toEqual([]);
    await run(host, 'ip', ['rule', 'delete', ...rule, 'lookup', '77']);
  }
  await run(host, 'ip', ['rule', 'add', 'fwmark', '0x5', 'lookup', '77']);
  expect((await network.inspect()).warnings).toEqual([]);
  await sh(
    host,
    "nft 'table ip own { chain marks { type filter hook prerouting priority mangle; iifname nl-web meta mark set 5; }; }'",
  );
  expect(await reaches(netns, '100.64.0.9')).toBe(false);
  const { warnings } = await network.inspect();
  expect(warnings).toEqual([expect.stringContaining('reverse path filter of wan1')]);
  await sh(host, warnings[0]?.split('way: ')[1] ?? 'false');
  await ping(netns, '100.64.0.9');
  expect((await network.inspect()).warnings).toEqual([]);
  await network.delete();
});

test('an input chain that drops questions for names is explained, and what the explanation says helps', async () => {
  const { host, internet } = await lab();
  const upstream = await serveNames(internet, 'upstream', BEYOND);
  const network = await Network.create({
    ...{ name: 'web', subnet: '10.66.0.0/24', host },
    dns: { upstreams: [BEYOND] },
  });
  const { netns } = await network.attach('red');
  const rules =
    'table inet own { chain i { type filter hook input priority 5; policy drop; ct state established,related accept; }; }';
  await sh(host, `nft '${rules}'`);
  await expect(dig(netns, '@10.66.0.1', '+time=1', 'red')).rejects.toThrow(/no servers could be reached/);
  const { warnings } = await network.inspect();
  expect(warnings).toEqual([expect.stringContaining('chain i of table inet own')]);
  await sh(host, warnings[0]?.split('pass: ')[1] ?? 'false');
  expect(await dig(netns, '@10.66.0.1', 'red')).toEqual(['10.66.0.2']);
  expect((await network.inspect()).warnings).toEqual([]);
  await upstream.stop();
  await network.delete();
});

test('a server of the host on port 53 of all addresses is explained to who opens a network', async () => {
  const { host } = await lab();
  const spec = { name: 'web', subnet: '10.66.0.0/24', host, lifetime: 'persistent' } as const;
  const maker = await Network.create(spec);
  await maker.close();
  const server = await serveNames(host, 'other', '0.0.0.0');
  const opened = await Network.open('web', { host });
  const { dns, warnings } = await opened.inspect();
  expect(dns?.serving).toBe(false);
  expect(warnings).toEqual([
    expect.stringContaining('a server of the host listens on port 53 of all addresses'),
  ]);
  await server.stop();
  await opened.delete();
});

test('where another server has port 53 a network goes without names that nobody asked for, and says so', async () => {
  const { host } = await lab();
  const server = await serveNames(host, 'other', '0.0.0.0');
  const spec = { name: 'web', subnet: '10.66.0.0/24', host } as const;
  const network = await Network.create(spec);
  const { dns, warnings } = await network.inspect();
  expect(dns).toBeUndefined();
  expect(warnings).toEqual([
    expect.stringMatching(/10\.66\.0\.1 port 53: another server of this host listens on this address/),
  ]);
  await network.delete();
  await expect(Network.create({ ...spec, dns: true })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await server.stop();
});

test('nothing is warned of on a host where IPv6 is forwarded for single devices', async () => {
  const { host } = await lab();
  const network = await Network.create({
    ...{ name: 'web', subnet: '10.66.0.0/24', subnet6: 'fd00:66::/64', host },
  });
  expect((await network.inspect()).warnings).toEqual([]);
  await network.delete();
});

test.each([
  [500, {}, 0],
  [520, {}, 1],
  [250, { neighbours: 'dynamic' }, 0],
  [260, { neighbours: 'dynamic' }, 1],
  [520, { mode: 'routed' }, 0],
] as const)('of neighbours that may not fit is told: %s endpoints, %j', async (endpoints, options, count) => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/16', host, ...options });
  await network.attachMany(endpoints);
  const { warnings } = await network.inspect();
  expect(warnings).toHaveLength(count);
  // This host is not the machine's first namespace, but the test may run there.
  const setting = '/proc/sys/net/ipv4/neigh/default/gc_thresh3';
  const most = fs.existsSync(setting) ? fs.readFileSync(setting, 'utf8').trim() : '1024 by default';
  for (const text of warnings) {
    expect(text).toContain(`keeps at most ${most} (`);
    expect(text).toContain('net.ipv4.neigh.default.gc_thresh3');
  }
  await network.delete();
});
