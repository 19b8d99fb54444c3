import { Network, type NetworkNamespace, type NetworkSpec } from '../../../../src';
import {
  fetchText,
  GATEWAY,
  ipJson,
  type Json,
  LAN,
  machineSnapshot,
  needTools,
  netlinkError,
  ping,
  run,
  scratchName,
  serve,
  snapshot,
  twoHosts,
  validationError,
} from '../../../support';

needTools('ip', 'bridge', 'nft', 'ping', 'curl', 'nsenter');

const SUBNET = '10.5.0.0/24';
const PLACES = [
  { gateway: '10.5.0.1', range: '10.5.0.0/25', vxlan: { id: 42, local: LAN[0], remotes: [LAN[1]] } },
  { gateway: '10.5.0.254', range: '10.5.0.128/25', vxlan: { id: 42, local: LAN[1], remotes: [LAN[0]] } },
] as const;

async function span(
  hosts: readonly [NetworkNamespace, NetworkNamespace],
  spec: Partial<NetworkSpec>,
): Promise<[Network, Network]> {
  const made = hosts.map((host, index) => {
    const place = PLACES[index]!;
    return Network.create({ name: 'span', subnet: SUBNET, host, ...place, ...spec });
  });
  return (await Promise.all(made)) as [Network, Network];
}

describe.each(['process', 'persistent'] as const)('a %s network that spans two hosts', (lifetime) => {
  test('is one link for all of its namespaces, and each host its own way out', async () => {
    const { hosts, internet } = await twoHosts();
    const before = [await snapshot(hosts[0]), await snapshot(hosts[1])];
    const machine = machineSnapshot();
    const [one, two] = await span(hosts, { lifetime });
    const [a, other] = [await one.attach(scratchName()), await one.attach(scratchName())];
    const [b] = [await two.attach(scratchName())];
    expect([a.address, other.address, b.address]).toEqual(['10.5.0.2', '10.5.0.3', '10.5.0.128']);

    // Nobody routes on the way, and the largest packet of the link fits.
    const whole = ['-c', '1', '-W', '2', '-M', 'do', '-s', String(1450 - 28)];
    for (const [from, to] of [
      [a, b],
      [b, other],
      [b, a],
    ] as const) {
      expect((await run(from.netns, 'ping', [...whole, to.address])).stdout).toContain('ttl=64');
    }
    const servers = [await serve(b.netns, 80, 'b'), await serve(internet, 80, 'internet')];
    expect(await fetchText(a.netns, b.address)).toBe(`b ${a.address}`);
    expect(await fetchText(a.netns, GATEWAY)).toBe(`internet ${LAN[0]}`);
    expect(await fetchText(b.netns, GATEWAY)).toBe(`internet ${LAN[1]}`);
    await Promise.all(servers.map((server) => server.stop()));
    expect((await one.inspect()).vxlan).toEqual({ ...PLACES[0].vxlan, port: 4789 });

    await Promise.all([one.delete(), two.delete()]);
    expect([await snapshot(hosts[0]), await snapshot(hosts[1])]).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  });
});

test('the tunnel is what ip and bridge call it', async () => {
  const { hosts } = await twoHosts();
  const [one, two] = await span(hosts, { lifetime: 'persistent' });
  const [tunnel] = await ipJson(hosts[0], 'link', 'show', 'type', 'vxlan');
  expect(tunnel).toMatchObject({ master: 'nl-span', mtu: 1450 });
  expect(tunnel.linkinfo.info_data).toMatchObject({ id: 42, local: LAN[0], port: 4789, learning: true });
  const { stdout } = await run(hosts[0], 'bridge', ['-j', 'fdb', 'show', 'dev', tunnel.ifname as string]);
  const flood = (JSON.parse(stdout) as Json[]).filter(({ mac }) => mac === '00:00:00:00:00:00');
  expect(flood).toMatchObject([{ dst: LAN[1], flags: ['self'], state: 'permanent' }]);
  expect((await one.plan()).explain()).toMatch(/type vxlan id 42 local 192\.0\.2\.1/);
  await Promise.all([one.delete(), two.delete()]);
});

test('opened by another process, the network and its tunnel go together', async () => {
  const { hosts } = await twoHosts();
  const before = await snapshot(hosts[0]);
  const [one, two] = await span(hosts, { lifetime: 'persistent' });
  await one.close();
  const opened = await Network.open('span', { host: hosts[0] });
  const [a, b] = [await opened.attach(scratchName()), await two.attach(scratchName())];
  await ping(a.netns, b.address);
  await Promise.all([opened.delete(), two.delete()]);
  expect(await snapshot(hosts[0])).toEqual(before);
});

test('a failure leaves nothing behind', async () => {
  const { hosts } = await twoHosts();
  await run(hosts[0], 'ip', [
    ...['link', 'add', 'other', 'type', 'vxlan', 'id', '42', 'local', LAN[0], 'dstport', '4789'],
  ]);
  const [before, machine] = [await snapshot(hosts[0]), machineSnapshot()];
  for (const lifetime of ['process', 'persistent'] as const) {
    const spec = { name: 'span', subnet: SUBNET, host: hosts[0], lifetime, ...PLACES[0] };
    expect(await netlinkError(Network.create(spec))).toMatchObject({
      code: 'EEXIST',
      operation: 'network.create',
    });
    expect(await snapshot(hosts[0])).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  }
});

test('what is wrong about a tunnel is said', async () => {
  const { hosts } = await twoHosts();
  const { vxlan } = PLACES[0];
  const wrong: [string, Partial<NetworkSpec>, RegExp][] = [
    [
      'vxlan.local',
      { vxlan: { ...vxlan, local: '192.0.2.77' } },
      /must be an address of the host \(.*192\.0\.2\.1/,
    ],
    ['vxlan.remotes', { vxlan: { ...vxlan, remotes: [LAN[0]] } }, /this host's own/],
    ['vxlan.remotes', { vxlan: { ...vxlan, remotes: [] } }, /at least one/],
    ['vxlan.id', { vxlan: { ...vxlan, id: 0 } }, /1 to 16777215/],
    ['range', { range: '10.6.0.0/25' }, /inside 10\.5\.0\.0\/24/],
    ['subnet6', { subnet6: 'fd00:5::/64' }, /the same addresses/],
  ];
  for (const [path, part, message] of wrong) {
    const error = await validationError(
      Network.create({ name: 'span', subnet: SUBNET, host: hosts[0], ...PLACES[0], ...part }),
    );
    expect(error).toMatchObject({ path, operation: 'network.create' });
    expect(error.message).toMatch(message);
  }
});

test('a range is all that is chosen from, and says when it is exhausted', async () => {
  const { hosts } = await twoHosts();
  await using network = await Network.create({
    ...{ name: 'part', subnet: SUBNET, range: '10.5.0.8/30', host: hosts[0] },
  });
  const endpoints = await network.attachMany(4);
  expect(endpoints.map(({ address }) => address)).toEqual(['10.5.0.8', '10.5.0.9', '10.5.0.10', '10.5.0.11']);
  expect(await validationError(network.attach('more'))).toMatchObject({ path: 'range' });
  // Whoever asks for an address may have any.
  expect((await network.attach('chosen', { address: '10.5.0.99' })).address).toBe('10.5.0.99');
});
