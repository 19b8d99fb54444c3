import { Network, type NetworkSpec } from '../../../../src';
import {
  BEYOND,
  BEYOND6,
  fetchText,
  ipJson,
  keep,
  lab,
  lab6,
  machineSnapshot,
  needTools,
  ping,
  reaches,
  run,
  scratchHost,
  serve,
  snapshot,
  validationError,
  WAN,
  WAN6,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'curl', 'nsenter');

const SPEC = { name: 'far', subnet: '10.68.0.0/16', mode: 'routed' } as const;

test('a routed network joins its namespaces, their host and a host beyond, and leaves no trace', async () => {
  const { host, internet } = await lab({ named: true });
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const network = await Network.create({ ...SPEC, host });
  const [red, blue] = [await network.attach('red'), await network.attach('blue')];
  expect([red.address, blue.address]).toEqual(['10.68.0.2', '10.68.0.3']);

  await ping(red.netns, network.gateway);
  await ping(host, red.address);
  await ping(blue.netns, BEYOND);
  await ping(red.netns, '127.0.0.1');
  // Never by way of the host: one router lies between them.
  const { stdout } = await run(red.netns, 'ping', ['-c', '1', '-W', '2', blue.address]);
  expect(stdout).toContain('ttl=63');

  const servers = [await serve(internet, 80, 'internet'), await serve(red.netns, 80, 'red')];
  expect(await fetchText(red.netns, BEYOND)).toBe(`internet ${WAN}`);
  expect(await fetchText(blue.netns, red.address)).toBe(`red ${blue.address}`);
  const publication = await network.publish({ hostAddress: WAN, hostPort: 8080, to: red, port: 80 });
  expect(await fetchText(internet, `${WAN}:8080`)).toBe(`red ${BEYOND}`);
  expect(await fetchText(host, `${WAN}:8080`)).toMatch(/^red /);
  expect(await fetchText(blue.netns, `${WAN}:8080`)).toMatch(/^red /);
  await publication.delete();
  await Promise.all(servers.map((server) => server.stop()));

  // Strangers are kept out as on any network.
  await run(internet, 'ip', ['route', 'add', network.subnet, 'via', WAN]);
  expect(await reaches(internet, red.address)).toBe(false);

  const { mode, endpoints } = await network.inspect();
  expect(mode).toBe('routed');
  expect(endpoints).toMatchObject([{ connected: true }, { connected: true }]);
  await network.detach(red);
  expect(await reaches(host, red.address)).toBe(false);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('with a subnet6 it does the same for IPv6', async () => {
  const { host, internet } = await lab6();
  const before = await snapshot(host);
  const network = await Network.create({ ...SPEC, subnet6: 'fd00:68::/64', host });
  const [red, blue] = await network.attachMany(2);
  expect([red!.address6, blue!.address6]).toEqual(['fd00:68::2', 'fd00:68::3']);
  await ping(red!.netns, 'fd00:68::1');
  await ping(host, 'fd00:68::2');
  await ping(blue!.netns, BEYOND6);
  await ping(blue!.netns, BEYOND);
  const { stdout } = await run(red!.netns, 'ping', ['-c', '1', '-W', '2', 'fd00:68::3']);
  expect(stdout).toContain('ttl=63');
  const [device] = await ipJson(red!.netns, '-6', 'addr', 'show', 'eth0');
  expect(device.addr_info[0]).toMatchObject({ local: 'fd00:68::2', prefixlen: 128, nodad: true });

  const servers = [
    await serve(internet, 80, 'internet', 'http6'),
    await serve(red!.netns, 5000, 'red', 'http6'),
  ];
  expect(await fetchText(red!.netns, `[${BEYOND6}]`)).toBe(`internet ${WAN6}`);
  await network.publish({ hostAddress: WAN6, hostPort: 8080, to: red!, port: 5000 });
  expect(await fetchText(internet, `[${WAN6}]:8080`)).toBe(`red ${BEYOND6}`);
  expect(await fetchText(blue!.netns, `[${WAN6}]:8080`)).toMatch(/^red /);
  await Promise.all(servers.map((server) => server.stop()));

  // From one of its addresses, by a table of its own.
  const given = keep(await scratchHost());
  const member = await network.attach(given, { table: 68, defaultRoute: false });
  expect(await ipJson(given, '-6', 'route', 'show', 'table', '68')).toHaveLength(2);
  await run(given, 'ping', ['-c', '1', '-W', '2', '-I', member.address6 ?? '', BEYOND6]);

  await run(internet, 'ip', ['route', 'add', 'fd00:68::/64', 'via', WAN6]);
  expect(await reaches(internet, 'fd00:68::2')).toBe(false);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('endpoints share no link: each has one address, and its ways by a router', async () => {
  const { host } = await lab();
  await using network = await Network.create({ ...SPEC, host });
  const [one, two] = await network.attachMany(2);
  const [device] = await ipJson(one!.netns, '-4', 'addr', 'show', 'eth0');
  expect(device.addr_info).toMatchObject([{ local: one!.address, prefixlen: 32 }]);
  const routes = await ipJson(one!.netns, '-4', 'route');
  expect(routes).toMatchObject([
    { dst: 'default', gateway: '169.254.1.1', flags: ['onlink'] },
    { dst: SPEC.subnet, gateway: '169.254.1.1', flags: ['onlink'] },
  ]);
  await ping(one!.netns, two!.address);
  // The other's address is nobody's on this link: the only neighbour is the router.
  const neighbours = await ipJson(one!.netns, '-4', 'neigh');
  expect(neighbours.map(({ dst }) => dst as string)).toEqual(['169.254.1.1']);
});

test('a namespace that exists keeps its own default route', async () => {
  const { host } = await lab();
  const ns = keep(await scratchHost());
  const before = await snapshot(ns);
  const network = await Network.create({ ...SPEC, host });
  const [given, other] = [await network.attach(ns, { defaultRoute: false }), await network.attach('other')];
  expect(await ipJson(ns, 'route', 'show', 'default')).toEqual([]);
  await ping(ns, other.address);
  await ping(host, given.address);
  await network.delete();
  expect(await snapshot(ns)).toEqual(before);
});

test('there is no limit of ports', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host });
  const endpoints = await network.attachMany(1100);
  await ping(endpoints[0]!.netns, endpoints[1099]!.address);
  await ping(endpoints[1099]!.netns, BEYOND);
  await network.delete();
});

test.each<[string, Partial<NetworkSpec>]>([
  ['neighbours', { neighbours: 'dynamic' }],
  ['vxlan', { vxlan: { id: 1, local: WAN, remotes: [BEYOND] } }],
  ['mode', { mode: 'switched' as never }],
])('%s does not go with it', async (path, part) => {
  const host = await scratchHost();
  const refused = Network.create({ ...SPEC, host, ...part });
  expect(await validationError(refused)).toMatchObject({ path, operation: 'network.create' });
});
