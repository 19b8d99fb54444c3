import { Network } from '../../../../src/network/network';
import { type NetworkSpec } from '../../../../src/network/spec/network-spec';
import { BEYOND, ipJson, lab, needTools, ping, reaches, run, sh, snapshot } from '../../../support';
import type { NetworkNamespace } from '../../../../src/netns/namespace';

needTools('ip', 'nft', 'ping');

const spec = { name: 'web', subnet: '172.30.0.0/24' } as const;

// Made, its gateway answers, and its end leaves the host as it was.
async function expectMade(host: NetworkNamespace, more: Partial<NetworkSpec> = {}): Promise<void> {
  const before = await snapshot(host);
  const network = await Network.create({ ...spec, ...more, host });
  const { netns } = await network.attach('red');
  await ping(netns, network.gateway);
  if (network.gateway6 !== undefined) await ping(netns, network.gateway6);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
}

async function expectRefused(host: NetworkNamespace, words: RegExp, more: Partial<NetworkSpec> = {}) {
  const before = await snapshot(host);
  await expect(Network.create({ ...spec, ...more, host })).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    message: expect.stringMatching(words),
  });
  expect(await snapshot(host)).toEqual(before);
}

// Each is part of a default route, says where nothing is, or is looked up by nobody.
test.each([
  [
    'the halves of a default route',
    `route add 0.0.0.0/1 via ${BEYOND}`,
    `route add 128.0.0.0/1 via ${BEYOND}`,
  ],
  ['the same without a gateway', 'route add 0.0.0.0/1 dev wan0', 'route add 128.0.0.0/1 dev wan0'],
  ['a quarter', `route add 128.0.0.0/2 via ${BEYOND}`, `route add 160.0.0.0/3 via ${BEYOND}`],
  ['a range thrown away', 'route add unreachable 172.16.0.0/12 metric 4278198272'],
  ['the same by blackhole', 'route add blackhole 172.16.0.0/12'],
  ['a table that no rule looks up', 'route add 172.30.0.0/24 dev wan0 table 100'],
])('%s is no hindrance', async (_, ...commands) => {
  const { host } = await lab();
  for (const command of commands) await run(host, 'ip', command.split(' '));
  await expectMade(host);
});

test.each([
  ['172.30.0.0/16 on wan0', `route add 172.30.0.0/16 via ${BEYOND}`],
  ['172.0.0.0/8 on wan0', 'route add 172.0.0.0/8 dev wan0'],
  ['172.30.0.0/24 on wan0', `route add 172.30.0.0/24 via ${BEYOND}`],
  ['172.30.0.128/25 on wan0', `route add 172.30.0.128/25 via ${BEYOND}`],
  ['172.30.0.77/32 on wan0', `route add 172.30.0.77 via ${BEYOND}`],
  ['172.30.0.0/25: ', 'route add unreachable 172.30.0.0/25'],
  ['172.30.0.0/24: ', 'route add blackhole 172.30.0.0/24'],
  ['172.16.0.0/12 on lo', 'route add local 172.16.0.0/12 dev lo'],
  ['172.30.0.0/24: ', `route add 172.30.0.0/24 nexthop via ${BEYOND} nexthop via 192.0.2.3`],
  ['172.30.0.0/24 on wan0', 'nexthop add id 7 via 192.0.2.2 dev wan0', 'route add 172.30.0.0/24 nhid 7'],
  ['172.30.0.0/24 on wan0', 'route add 172.30.0.0/24 dev wan0 table 100', 'rule add pref 99 lookup 100'],
])('a route to %s is in the way', async (words, ...commands) => {
  const { host } = await lab();
  for (const command of commands) await run(host, 'ip', command.split(' '));
  await expectRefused(
    host,
    new RegExp(`overlaps the route to ${words.replaceAll('.', '\\.')}.*overlap: true`),
  );
});

test('who insists gets a subnet that the host has a route to, and the longer prefix wins', async () => {
  const { host } = await lab();
  await run(host, 'ip', ['route', 'add', '172.30.0.0/16', 'via', BEYOND]);
  await expectMade(host, { overlap: true });
  const network = await Network.create({ ...spec, overlap: true, lifetime: 'persistent', host });
  const devices = await Promise.all(
    ['172.30.0.9', '172.30.1.9'].map(
      async (to) => (await ipJson(host, 'route', 'get', to))[0].dev as unknown,
    ),
  );
  expect(devices).toEqual(['nl-web', 'wan0']);
  await network.delete();
});

test('who insists is warned where an earlier table leads elsewhere, and what the warning says helps', async () => {
  const { host } = await lab();
  await run(host, 'ip', ['route', 'add', '172.30.0.0/24', 'via', BEYOND, 'table', '77']);
  await run(host, 'ip', ['rule', 'add', 'lookup', '77', 'priority', '100']);
  const network = await Network.create({ ...spec, overlap: true, host });
  const { netns } = await network.attach('red');
  expect(await reaches(netns, BEYOND)).toBe(false);
  const { warnings } = await network.inspect();
  expect(warnings).toEqual([expect.stringContaining("the host's routes lead to wan0 and not")]);
  await sh(host, warnings[0]?.split('precedes them: ')[1] ?? 'false');
  await ping(netns, BEYOND);
  expect((await network.inspect()).warnings).toEqual([]);
  await network.delete();
});

test.each(['172.30.0.1', '172.30.0.254'])(
  'with the gateway %s there is nothing to warn of',
  async (gateway) => {
    const { host } = await lab();
    await using network = await Network.create({ ...spec, gateway, host });
    expect((await network.inspect()).warnings).toEqual([]);
  },
);

test('the same holds for IPv6', async () => {
  const { host } = await lab();
  await sh(host, 'ip addr add 2001:db8::1/64 dev wan0 nodad; sysctl -qw net.ipv6.conf.all.forwarding=1');
  const six = { subnet6: 'fd00:7::/64' };
  for (const to of ['2000::/3', '8000::/1']) await run(host, 'ip', ['route', 'add', to, 'dev', 'wan0']);
  await run(host, 'ip', ['-6', 'route', 'add', 'unreachable', 'fc00::/7']);
  await expectMade(host, six);
  await run(host, 'ip', ['route', 'add', 'fd00:7::/48', 'via', '2001:db8::2']);
  await expectRefused(host, /subnet6: overlaps the route to fd00:7::\/48 on wan0/, six);
  await expectMade(host, { ...six, overlap: true });
});

test('of many routes only those in question reach JavaScript, and the one that counts is found', async () => {
  const { host } = await lab();
  const count = 20_000;
  const program = `BEGIN { for (i = 0; i < ${String(count)}; i++)
    printf "route add 20.%d.%d.%d/30 via ${BEYOND}\\n", i / 16384, (i / 64) % 256, (i % 64) * 4 }`;
  await sh(host, `awk '${program}' | ip -batch -`);
  expect(await ipJson(host, 'route')).toHaveLength(count + 2);
  await expectMade(host);
  await expectRefused(host, /overlaps the route to 20\.1\.0\.4\/30 on wan0/, { subnet: '20.1.0.4/30' });
});

test.each([68, 576, 1279])('an MTU of %d, too small for IPv6, is kept by every device', async (mtu) => {
  const { host } = await lab();
  for (const more of [{}, { lifetime: 'persistent' }, { mode: 'routed' }] as const) {
    const network = await Network.create({ ...spec, ...more, mtu, host });
    const { netns } = await network.attach('red');
    const links = [...(await ipJson(netns, 'link')), ...(await ipJson(host, 'link', 'show', 'nl-web'))];
    expect(links.filter(({ ifname }) => ifname !== 'lo').map((link) => link.mtu as unknown)).toEqual([
      mtu,
      mtu,
    ]);
    await run(netns, 'ping', ['-c', '1', '-W', '2', '-M', 'do', '-s', String(mtu - 28), '172.30.0.1']);
    await network.delete();
  }
});
