import { gc, Network, NetworkNamespace, type NetworkSpec } from '../../../../src';
import {
  BEYOND,
  eventually,
  ipJson,
  keep,
  lab,
  machineSnapshot,
  namedHost,
  needTools,
  ping,
  reaches,
  run,
  runChild,
  scratchHost,
  scratchName,
  sh,
  snapshot,
  WAN,
} from '../../../support';

needTools('ip', 'ping');

const LAN = {
  ...{ name: 'lan', subnet: '192.0.2.0/24', gateway: BEYOND, range: '192.0.2.128/25' },
  ...{ mode: 'macvlan', parent: 'wan0' },
} satisfies NetworkSpec;

describe.each(['process', 'persistent'] as const)('children of the host device, lifetime %s', (lifetime) => {
  test('are on its LAN, reach each other but not the host, and leave no trace', async () => {
    const { host, internet } = await lab({ named: true });
    const [before, beside] = [await snapshot(host), machineSnapshot()];
    const network = await Network.create({ ...LAN, lifetime, host });
    const [red, blue] = await network.attachMany([scratchName(), scratchName()]);
    const [device] = await ipJson(red.netns, 'link', 'show', 'eth0');
    expect(device).toMatchObject({
      address: red.mac,
      linkinfo: { info_kind: 'macvlan', info_data: { mode: 'bridge' } },
    });
    expect([red.address, blue.address]).toEqual(['192.0.2.128', '192.0.2.129']);
    await ping(red.netns, BEYOND);
    await ping(internet, blue.address);
    await ping(red.netns, blue.address);
    expect(await ipJson(red.netns, 'route', 'show', 'default')).toMatchObject([{ gateway: BEYOND }]);
    // The device hands what comes in from outside to its children, and never what the host sends.
    expect(await reaches(host, red.address)).toBe(false);
    expect(await reaches(red.netns, WAN)).toBe(false);
    await ping(host, BEYOND);
    expect(await network.inspect()).toMatchObject({
      mode: 'macvlan',
      macvlan: 'bridge',
      parent: 'wan0',
      nat: false,
      endpoints: [{ connected: true }, { connected: true }],
      warnings: [],
    });
    expect((await network.plan()).explain()).toMatch(/link add .* link wan0 .*type macvlan mode bridge/);
    await network.delete();
    expect(await snapshot(host)).toEqual(before);
    expect(machineSnapshot()).toEqual(beside);
  });

  test.each(['detach', 'delete'] as const)(
    'leave a namespace that was given as it was, by %s, though its object was closed',
    async (how) => {
      const { host } = await lab();
      const judge = await namedHost();
      const guest = await NetworkNamespace.open(judge.name);
      const before = await snapshot(judge);
      await using network = await Network.create({ ...LAN, lifetime, host });
      const endpoint = await network.attach(guest, { ifname: 'lan0', table: 77 });
      expect(await ipJson(judge, 'rule', 'show', 'table', '77')).toHaveLength(1);
      await guest.close();
      if (how === 'detach') await network.detach(endpoint);
      await network.delete();
      expect(await snapshot(judge)).toEqual(before);
    },
  );

  test('leave a namespace that was given as it was', async () => {
    const { host } = await lab();
    const guest = await scratchHost();
    await sh(guest, 'ip link set lo up; ip link add eth7 type bridge; ip link set eth7 addrgenmode none up');
    const before = await snapshot(guest);
    await using network = await Network.create({ ...LAN, lifetime, host });
    const endpoint = await network.attach(guest, { ifname: 'lan0', address: '192.0.2.77', table: 77 });
    await ping(guest, BEYOND);
    await network.detach(endpoint);
    expect(await snapshot(guest)).toEqual(before);
    await network.attach(guest, { ifname: 'lan0' });
    await network.delete();
    expect(await snapshot(guest)).toEqual(before);
  });

  test('are all or none: a failure takes those back that were made', async () => {
    const { host } = await lab();
    const guest = await scratchHost();
    await using network = await Network.create({ ...LAN, lifetime, host });
    await network.attach(scratchName(), { mac: '02:00:00:00:00:77' });
    const before = await snapshot(guest);
    // One device has a MAC address only once.
    const twice = network.attach(guest, { mac: '02:00:00:00:00:77' });
    await expect(twice).rejects.toMatchObject({ code: expect.stringMatching(/EADDRINUSE|EBUSY/) });
    const { addresses, links } = await snapshot(guest);
    expect({ addresses, links }).toEqual({ addresses: before.addresses, links: before.links });
    expect(network.endpoints).toHaveLength(1);
    await network.attach(guest);
    await ping(guest, BEYOND);
  });

  test.each(['process', 'persistent'] as const)(
    'cannot have the name of a network of the lifetime %s, which stays as it was',
    async (other) => {
      const { host } = await lab();
      await using bridge = await Network.create({
        ...{ name: LAN.name, subnet: '10.66.0.0/24' },
        ...{ lifetime: other, host },
      });
      const before = await snapshot(host);
      await expect(Network.create({ ...LAN, lifetime, host })).rejects.toMatchObject({
        ...{ code: 'EEXIST', operation: 'network.create', object: LAN.name },
        message: expect.stringContaining('a network of this name is on this host'),
      });
      expect(await snapshot(host)).toEqual(before);
      const { netns } = await bridge.attach(scratchName());
      await ping(netns, '10.66.0.1');
    },
  );

  test('end with the process that is killed, or by gc()', async () => {
    const { host } = await lab({ named: true });
    const [before, beside] = [await snapshot(host), machineSnapshot()];
    const name = scratchName();
    expect((await runChild('network-macvlan', [host.name ?? '', lifetime, name])).signal).toBe('SIGKILL');
    const preview = await gc({ host, dryRun: true });
    expect(preview).toEqual({ removed: lifetime === 'process' ? [] : [`netns ${name}`], kept: [] });
    expect(await gc({ host })).toEqual(preview);
    await eventually('the children are gone', async () => {
      const now = await snapshot(host);
      return JSON.stringify(now) === JSON.stringify(before);
    });
    expect(machineSnapshot()).toEqual(beside);
  });
});

test('a persistent network is found again, with the devices in namespaces that it was given', async () => {
  const { host } = await lab();
  const guest = keep(await NetworkNamespace.create(scratchName()));
  const before = await snapshot(guest);
  const made = await Network.create({ ...LAN, lifetime: 'persistent', host });
  await made.attach(guest);
  await made.attach(scratchName());
  await made.close();
  const network = await Network.open('lan', { host });
  expect((await network.inspect()).endpoints).toMatchObject([{ connected: true }, { connected: true }]);
  await ping(guest, BEYOND);
  await network.delete();
  const { addresses, links } = await snapshot(guest);
  expect(links.map(({ ifname }) => ifname as string)).toEqual(['lo']);
  expect(addresses).toHaveLength(before.addresses.length);
});

test.each(['process', 'persistent'] as const)(
  'an address that the host has by now is given to nobody, lifetime %s',
  async (lifetime) => {
    const { host } = await lab({ named: true });
    await using network = await Network.create({ ...LAN, lifetime, host });
    await sh(host, 'ip addr add 192.0.2.128/24 dev wan0; ip addr add 192.0.2.129/24 dev wan0');
    const late = await network.attach(scratchName());
    expect(late.address).toBe('192.0.2.130');
    const wanted = { address: '192.0.2.129' };
    await expect(network.attach(scratchName(), wanted)).rejects.toMatchObject({ path: 'address' });
    await sh(host, 'ip addr del 192.0.2.129/24 dev wan0');
    expect((await network.attach(scratchName(), wanted)).address).toBe(wanted.address);
    expect((await network.attach(scratchName())).address).toBe('192.0.2.131');
  },
);

test("'private' children do not reach each other", async () => {
  const { host } = await lab();
  await using network = await Network.create({ ...LAN, macvlan: 'private', host });
  const [red, blue] = await network.attachMany(2);
  await ping(red!.netns, BEYOND);
  await ping(blue!.netns, BEYOND);
  expect(await reaches(red!.netns, blue!.address)).toBe(false);
});

test('a device that goes takes its children along, and the network can still be deleted', async () => {
  const { host } = await lab();
  await using network = await Network.create({ ...LAN, host });
  const endpoint = await network.attach('red');
  await run(host, 'ip', ['link', 'delete', 'wan0']);
  expect((await ipJson(endpoint.netns, 'link')).map(({ ifname }) => ifname as string)).toEqual(['lo']);
  expect(await network.inspect()).toMatchObject({
    endpoints: [{ connected: false }],
    warnings: ['its parent wan0 was removed by another program: delete the network and create it again'],
  });
});

test('what cannot have children is refused, and so is what only a network with rules can do', async () => {
  const { host } = await lab();
  const create = async (change: Partial<NetworkSpec>): Promise<Network> =>
    Network.create({ ...LAN, host, ...change });
  await expect(create({ parent: 'missing0' })).rejects.toMatchObject({ code: 'ENODEV' });
  await sh(host, 'ip link set wan0 down');
  await expect(create({})).rejects.toMatchObject({
    code: 'ENETDOWN',
    message: expect.stringContaining('ip link set wan0 up'),
  });
  await sh(
    host,
    'ip link add br0 type bridge; ip link set br0 addrgenmode none; ip link set wan0 master br0 up',
  );
  await expect(create({})).rejects.toMatchObject({ code: 'EBUSY', object: 'wan0' });
  await sh(host, 'ip link delete br0');
  await using network = await create({});
  const endpoint = await network.attach('red');
  const rule = { hostAddress: WAN, hostPort: 80, to: endpoint, port: 80 };
  await expect(network.publish(rule)).rejects.toMatchObject({ path: 'parent' });
  await expect(network.adopt('wan0', { confirm: () => true })).rejects.toMatchObject({ path: 'mode' });
  await expect(network.peer({ subnet: '10.9.0.0/24', via: BEYOND })).rejects.toMatchObject({
    path: 'parent',
  });
  await expect(network.attach('blue', { address: WAN })).rejects.toMatchObject({ path: 'address' });
});
