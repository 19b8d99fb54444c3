import { Network } from '../../../src/network/network';
import {
  BEYOND,
  BEYOND6,
  fetchText,
  ipJson,
  keep,
  lab6,
  needTools,
  nftJson,
  ping,
  reaches,
  run,
  scratchHost,
  scratchName,
  serve,
  sh,
  snapshot,
  WAN,
  WAN6,
} from '../../support';

needTools('ip', 'nft', 'ping', 'curl', 'nsenter');

const spec = { name: 'web', subnet: '10.66.0.0/24', subnet6: 'fd00:66::/64' } as const;

describe.each(['process', 'persistent'] as const)('a %s network with a subnet6', (lifetime) => {
  test('joins its namespaces, their host and a host beyond the NAT, and leaves no trace', async () => {
    const { host, internet } = await lab6({ named: true });
    const before = await snapshot(host);
    const network = await Network.create({ ...spec, host, lifetime });
    expect(network).toMatchObject({ subnet6: 'fd00:66::/64', gateway6: 'fd00:66::1' });
    const [red, blue] = [await network.attach(scratchName()), await network.attach(scratchName())];
    expect([red.address6, blue.address6]).toEqual(['fd00:66::2', 'fd00:66::3']);

    await ping(red.netns, 'fd00:66::1');
    await ping(red.netns, 'fd00:66::3');
    await ping(host, 'fd00:66::2');
    await ping(blue.netns, BEYOND6);
    await ping(blue.netns, BEYOND);

    const server = await serve(internet, 80, 'internet', 'http6');
    expect(await fetchText(red.netns, `[${BEYOND6}]`)).toBe(`internet ${WAN6}`);
    await server.stop();

    // Without NODAD an address would be tentative for a second.
    const [eth0] = await ipJson(red.netns, '-6', 'addr', 'show', 'dev', 'eth0');
    expect(eth0.addr_info).toHaveLength(2);
    expect(eth0.addr_info.filter((one: { tentative?: boolean }) => one.tentative)).toEqual([]);
    expect(eth0.addr_info[0]).toMatchObject({ local: 'fd00:66::2', prefixlen: 64, nodad: true });

    expect(await network.inspect()).toMatchObject({
      subnet6: 'fd00:66::/64',
      gateway6: 'fd00:66::1',
      endpoints: [{ address6: 'fd00:66::2' }, { address6: 'fd00:66::3' }],
    });
    await network.delete();
    expect(await snapshot(host)).toEqual(before);
  });

  test('publishes on an IPv6 address to strangers, to the host and to neighbours', async () => {
    const { host, internet } = await lab6();
    const network = await Network.create({ ...spec, host, lifetime });
    const [web, neighbour] = await network.attachMany([scratchName(), scratchName()]);
    const server = await serve(web.netns, 5000, 'web', 'http6');
    const rule = { hostPort: 8080, to: web, port: 5000 };
    // However it is written; and the same port of the other family is another one.
    const publication = await network.publish({ ...rule, hostAddress: '2001:DB8:0::1' });
    expect(publication.hostAddress).toBe(WAN6);
    await network.publish({ ...rule, hostAddress: WAN });
    await expect(network.publish({ ...rule, hostAddress: WAN6 })).rejects.toMatchObject({
      code: 'ERR_VALIDATION',
      value: `[${WAN6}]:8080/tcp`,
    });

    expect(await fetchText(internet, `[${WAN6}]:8080`)).toBe(`web ${BEYOND6}`);
    expect(await fetchText(host, `[${WAN6}]:8080`)).toBe(`web ${WAN6}`);
    expect(await fetchText(neighbour.netns, `[${WAN6}]:8080`)).toBe('web fd00:66::1');
    expect(await fetchText(web.netns, `[${WAN6}]:8080`)).toBe('web fd00:66::1');
    expect((await network.inspect()).publications).toHaveLength(2);

    await publication.delete();
    await expect(fetchText(internet, `[${WAN6}]:8080`)).rejects.toThrow();
    await network.publish({ ...rule, hostAddress: WAN6 });
    await server.stop();
    await network.detach(web);
    expect((await network.inspect()).publications).toEqual([]);
    await network.delete();
    expect(await nftJson(host)).toEqual([]);
  });
});

test('a neighbour of the host cannot reach the network past the NAT, nor a third by its host', async () => {
  const { host, internet } = await lab6();
  const other = await scratchHost();
  await sh(
    host,
    `ip link add dmz0 type veth peer name eth0 netns /proc/${process.pid}/fd/${other.fd}
     ip link set dmz0 up; ip addr add 2001:db8:1::1/64 dev dmz0 nodad; ip addr add fe80::a/64 dev dmz0 nodad`,
  );
  await sh(
    other,
    'ip link set eth0 up; ip addr add 2001:db8:1::2/64 dev eth0 nodad; ip route add default via 2001:db8:1::1',
  );
  await sh(internet, `ip route add fd00:66::/64 via ${WAN6}; ip route add 2001:db8:1::/64 via ${WAN6}`);
  const network = await Network.create({ ...spec, host, nat: { interfaces: ['wan0', 'dmz0'] } });
  const endpoint = await network.attach('red');
  await ping(endpoint.netns, '2001:db8:1::2');
  expect(await reaches(internet, 'fd00:66::2')).toBe(false);
  expect(await reaches(internet, '2001:db8:1::2')).toBe(false);
  await network.delete();
});

test('only the interfaces in question forward, and the host goes on hearing router advertisements', async () => {
  const { host } = await lab6();
  const settings = async (): Promise<string> =>
    (await sh(host, 'cd /proc/sys/net/ipv6/conf; grep -H . */*forwarding */accept_ra')).stdout;
  const before = await settings();
  const first = await Network.create({ ...spec, host });
  const second = await Network.create({
    ...{ name: 'two', subnet: '10.67.0.0/24', subnet6: 'fd00:67::/64', lifetime: 'persistent' },
    host,
  } as const);
  const changed = (await settings())
    .split('\n')
    .filter((line) => !line.startsWith('nl-') && !before.split('\n').includes(line));
  expect(changed).toEqual(['wan0/force_forwarding:1']);
  await first.delete();
  const endpoint = await second.attach(scratchName());
  await ping(endpoint.netns, BEYOND6);
  await second.delete();
  expect(await settings()).toBe(before);
});

test('an endpoint of the caller’s own choice, in a namespace that has IPv6 off', async () => {
  const { host } = await lab6();
  const ns = keep(await scratchHost({ ipv6: false }));
  const before = await snapshot(ns);
  const network = await Network.create({ ...spec, gateway6: 'fd00:66::ffff', host });
  const endpoint = await network.attach(ns, { address6: 'fd00:66:0:0:a::7' });
  expect(endpoint.address6).toBe('fd00:66::a:0:0:7');
  await ping(ns, 'fd00:66::ffff');
  await ping(ns, BEYOND6);
  await expect(network.attach('late', { address6: 'fd00:66::a:0:0:7' })).rejects.toThrow(/is in use/);
  await network.detach(endpoint);
  expect(await snapshot(ns)).toEqual(before);
  await network.delete();
});

test('a subnet6 that the host or another network uses is refused; a full one says so', async () => {
  const { host } = await lab6();
  const create = async (subnet6: string): Promise<Network> => Network.create({ ...spec, subnet6, host });
  await expect(create('2001:db8::/48')).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    path: 'subnet6',
    message: expect.stringContaining('overlaps the address 2001:db8::1'),
  });
  const network = await create('fd00:66::/126');
  await expect(
    Network.create({ name: 'two', subnet: '10.67.0.0/24', subnet6: 'fd00:66::/64', host }),
  ).rejects.toMatchObject({ path: 'subnet6' });
  await network.attachMany(2);
  await expect(network.attach('late')).rejects.toMatchObject({
    path: 'subnet6',
    message: expect.stringContaining('has 0 of 3 host addresses free'),
  });
  const before = await snapshot(host);
  await expect(network.attachMany(2)).rejects.toMatchObject({ path: 'subnet6' });
  expect(await snapshot(host)).toEqual(before);
  await network.delete();
});

test('without a subnet6 there are no IPv6 addresses and none to publish on', async () => {
  const { host } = await lab6();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const endpoint = await network.attach('red');
  expect(endpoint).not.toHaveProperty('address6');
  await expect(network.attach('blue', { address6: 'fd00::1' })).rejects.toMatchObject({ path: 'address6' });
  const rule = { hostAddress: WAN6, hostPort: 80, to: endpoint, port: 80 };
  await expect(network.publish(rule)).rejects.toMatchObject({ path: 'hostAddress' });
  const { stdout } = await run(host, 'nft', ['list', 'tables']);
  expect(stdout.match(/^table \w+ netloom-\w+$/gm)).toEqual(['table ip netloom-web']);
  await network.delete();
});
