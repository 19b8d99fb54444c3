import { Network } from '../../../../src/network/network';
import { eventually, ipJson, lab, needTools, run, scratchName, sh } from '../../../support';

needTools('ip', 'nft', 'python3', 'bridge');

const SPEC = { name: 'web', subnet: '10.66.0.0/24' } as const;

// To all nodes of the link: a default route, and a prefix for addresses.
const ADVERTISE = `
import socket, struct
link = socket.if_nametoindex('eth0')
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, link)
head = struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0)
prefix = struct.pack('!BBBBIII', 3, 4, 64, 0xc0, 86400, 14400, 0) + socket.inet_pton(socket.AF_INET6, '2001:db8:bad::')
for _ in range(3): s.sendto(head + prefix, ('ff02::1', 0, 0, link))
`;

test.each([
  ['process', undefined],
  ['process', 'fd00:66::/64'],
  ['persistent', undefined],
  ['persistent', 'fd00:66::/64'],
] as const)(
  'an endpoint that advertises itself as a router gives its neighbours nothing: %s, subnet6 %s',
  async (lifetime, subnet6) => {
    const { host } = await lab();
    const network = await Network.create({ ...SPEC, host, lifetime, ...(subnet6 && { subnet6 }) });
    const [rogue, neighbour] = await network.attachMany([scratchName(), scratchName()]);
    const { netns } = neighbour;
    await sh(rogue.netns, 'ip addr add fe80::666/64 dev eth0 nodad');
    await sh(netns, 'ip addr add fe80::777/64 dev eth0 nodad');
    const before = await run(netns, 'ip', ['-6', 'route', 'show', 'table', 'all']);
    await run(rogue.netns, 'python3', ['-c', ADVERTISE]);
    // What else is between the two passes.
    await run(rogue.netns, 'ping', ['-c', '3', '-i', '0.3', '-W', '2', 'fe80::777%eth0']);
    const after = await run(netns, 'ip', ['-6', 'route', 'show', 'table', 'all']);
    expect(after.stdout).toContain('ff00::/8');
    expect(after.stdout.replace(/expires.*/g, '')).toBe(before.stdout.replace(/expires.*/g, ''));
    const [{ addr_info: addresses }] = (await ipJson(netns, '-6', 'addr', 'show', 'dev', 'eth0')) as [
      { addr_info: { local: string }[] },
    ];
    expect(addresses.map(({ local }) => local).join()).not.toContain('2001:db8:bad');
    await network.delete();
  },
);

test('what a persistent network has to that end is brought back after a flush, and goes with it', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host, lifetime: 'persistent' });
  const rules = async (): Promise<string> => (await run(host, 'nft', ['list', 'ruleset', 'bridge'])).stdout;
  const made = await rules();
  expect(made).toMatch(/iifgroup \S+ (meta protocol ip6 )?icmpv6 type nd-router-advert drop/);
  await run(host, 'nft', ['flush', 'ruleset']);
  await eventually('the table is there again', async () => (await rules()) === made);
  await network.delete();
  expect((await run(host, 'nft', ['list', 'ruleset'])).stdout).toBe('');
});

test('a bridge learns no more MAC addresses than some', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host, lifetime: 'persistent' });
  const { netns } = await network.attach(scratchName());
  await run(netns, 'python3', [
    '-c',
    `import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('eth0', 0))
for i in range(20000): s.send(b'\\xff' * 6 + b'\\x02\\x00' + struct.pack('!I', i) + b'\\x88\\xb5' + bytes(46))`,
  ]);
  const { stdout } = await run(host, 'bridge', ['fdb', 'show', 'br', 'nl-web']);
  const count = stdout
    .split('\n')
    .filter((line) => line.includes('dev nlp') || line.startsWith('02:')).length;
  expect(count).toBeGreaterThan(10_000);
  expect(count).toBeLessThan(16_400);
  await network.delete();
});
