import fs from 'node:fs';
import { NetlinkError, ValidationError } from '../../../../src/errors/errors';
import { Network } from '../../../../src/network/network';
import {
  ipJson,
  descriptors,
  descriptorsBeyond,
  keep,
  lab,
  machineSnapshot,
  needTools,
  run,
  scratchHost,
  scratchName,
  sh,
  snapshot,
  validationError,
  WAN,
} from '../../../support';
import { NetworkNamespace } from '../../../../src/netns/namespace';

needTools('ip', 'nft');

const subnet = '10.67.0.0/24';

test('a subnet that the host uses is refused, naming the device, before anything is made', async () => {
  const { host } = await lab();
  await run(host, 'ip', ['route', 'add', '10.80.0.0/16', 'via', '192.0.2.2']);
  const before = await snapshot(host);
  const make = (text: string): Promise<Network> => Network.create({ name: 'web', subnet: text, host });
  await expect(make('192.0.2.128/25')).rejects.toThrow(
    /subnet.*overlaps the address 192\.0\.2\.1\/24 on wan0/,
  );
  await expect(make('10.80.7.0/24')).rejects.toThrow(/overlaps the route to 10\.80\.0\.0\/16 on wan0/);
  await expect(make('10.0.0.0/8')).rejects.toThrow(ValidationError);
  expect(await snapshot(host)).toEqual(before);
});

test('a name that is taken is refused, and nothing of the attempt stays', async () => {
  const { host } = await lab();
  const first = await Network.create({ name: 'web', subnet, host });
  const before = await snapshot(host);
  const again = Network.create({ name: 'web', subnet: '10.68.0.0/24', host });
  await expect(again).rejects.toMatchObject({ code: 'EEXIST' });
  // The table is free, the device is not: everything up to there is undone.
  const device = Network.create({ name: 'other', subnet: '10.68.0.0/24', host, bridge: 'nl-web' });
  await expect(device).rejects.toMatchObject({ code: 'EEXIST', operation: 'network.create' });
  await expect(device).rejects.toThrow(
    /the host has a device '[^']+' already: choose another name by the option bridge/,
  );
  expect(await snapshot(host)).toEqual(before);
  await first.delete();

  const kept = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const twice = Network.create({ name: 'web', subnet: '10.68.0.0/24', host, lifetime: 'persistent' });
  await expect(twice).rejects.toMatchObject({ code: 'EEXIST', object: 'web' });
  const overlap = Network.create({ name: 'web2', subnet: '10.67.0.0/16', host, lifetime: 'persistent' });
  await expect(overlap).rejects.toThrow(/overlaps 10\.67\.0\.0\/24 of the network 'web'/);
  await kept.delete();
});

test('when the addresses are exhausted nothing is attached', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'tiny', subnet: '10.67.0.0/29', host });
  await network.attachMany(5);
  await expect(network.attach('one-more')).rejects.toThrow(/0 of 6 host addresses free/);
  expect(network.endpoints).toHaveLength(5);
  await network.delete();
});

test('a bridge that is full is refused; one on which others have ports says so and undoes the attempt', async () => {
  const { host } = await lab();
  const spec = { name: 'full', subnet: '10.67.0.0/20', host, lifetime: 'persistent' } as const;
  const network = await Network.create(spec);
  await network.attachMany(1022);
  await expect(network.attachMany(2)).rejects.toThrow(
    /at most 1, because 1022 of 1023 endpoints are attached/,
  );
  // A port that the network knows nothing of.
  await run(host, 'ip', ['link', 'add', 'foreign', 'master', 'nl-full', 'type', 'veth']);
  const before = await network.inspect();
  const error: unknown = await network.attach('last').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(NetlinkError);
  expect(error).toMatchObject({ code: 'EXFULL', operation: 'network.attach', object: 'full' });
  expect((error as Error).message).toMatch(/a bridge has at most 1,023 ports: .* mode: 'routed'/);
  expect(await network.inspect()).toEqual(before);
  await run(host, 'ip', ['link', 'delete', 'foreign']);
  await network.attach('last');
  expect((await network.inspect()).endpoints.filter(({ connected }) => connected)).toHaveLength(1023);
  await network.delete();
}, 120_000);

test('an attempt that fails half way through leaves no namespace, no name and no link', async () => {
  const { host } = await lab({ named: true });
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const taken = scratchName();
  keep(await NetworkNamespace.create(taken));
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  await expect(network.attachMany([scratchName(), taken, scratchName()])).rejects.toMatchObject({
    code: 'EEXIST',
  });
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
  expect(network.endpoints).toEqual([]);
  await network.delete();
});

test('an endpoint whose namespace died in between is detached without ado', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host });
  const [red, blue] = await network.attachMany(2);
  if (!red || !blue) throw new Error('attachMany made no endpoints');
  await network.publish({ hostAddress: WAN, hostPort: 80, to: red, port: 80 });
  await red.netns.delete();
  expect((await network.inspect()).endpoints).toMatchObject([{ connected: false }, { connected: true }]);
  await network.detach(red);
  expect(await network.inspect()).toMatchObject({ endpoints: [{ address: blue.address }], publications: [] });
  // Its address is free again.
  expect((await network.attach('green')).address).toBe(red.address);
  await network.delete();
});

test('a closed namespace cannot be attached, and a wrong name is refused before any system call', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host });
  const closed = await scratchHost();
  await closed.delete();
  await expect(network.attach(closed)).rejects.toThrow(/closed/);
  await expect(network.attach('../etc/passwd')).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    path: 'namespace',
  });
  await expect(network.attachMany(['a', 'a'])).rejects.toThrow(/must be listed only once/);
  await expect(network.attachMany(-1)).rejects.toThrow(ValidationError);
  expect(await network.attachMany(0)).toEqual([]);
  await network.delete();
});

test('what is gone already is deleted without error, and a deleted network says so', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  await network.attach(scratchName());
  await run(host, 'ip', ['link', 'delete', 'nl-web']);
  await run(host, 'nft', ['flush', 'ruleset']);
  await network.delete();
  await network.delete();
  await expect(network.attach('late')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(Network.open('web', { host })).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a persistent network is opened by another object, with its endpoints and ports', async () => {
  const { host } = await lab();
  const made = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const name = scratchName();
  const endpoint = await made.attach(name);
  await made.publish({ hostAddress: WAN, hostPort: 80, to: endpoint, port: 80 });
  await made.close();
  const opened = await Network.open('web', { host });
  expect(opened.endpoints).toMatchObject([{ name, address: endpoint.address, mac: endpoint.mac }]);
  const [found] = opened.endpoints;
  if (!found) throw new Error('no endpoint was found');
  const rule = { hostAddress: WAN, hostPort: 80, to: found, port: 81 };
  await expect(opened.publish(rule)).rejects.toThrow(/published already, to 10\.67\.0\.2 port 80/);
  const second = await opened.attach(scratchName());
  expect(second.address).toBe('10.67.0.3');
  await opened.delete();
  expect(fs.existsSync(`/run/netns/${name}`)).toBe(false);
  expect(await ipJson(host, 'link', 'show', 'type', 'bridge')).toEqual([]);
});

test('a namespace that a process still lives in is named, and the rest is removed', async () => {
  const { host } = await lab();
  const before = await snapshot(host);
  const network = await Network.create({ name: 'web', subnet, host });
  const endpoint = await network.attach('red');
  const child = endpoint.netns.spawn('sleep', ['60'], { stdio: 'ignore' });
  await expect(network.delete()).rejects.toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
  expect(await snapshot(host)).toEqual(before);
  // As long as that is so.
  await expect(network.delete()).rejects.toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
  child.kill('SIGKILL');
  await network.delete();
});

test('a failure or an abort far into the attempt leaves nothing of it', async () => {
  const { host } = await lab({ named: true });
  const network = await Network.create({ name: 'big', subnet: '10.66.0.0/16', host, lifetime: 'persistent' });
  const names = Array.from({ length: 100 }, scratchName);
  await network.detach(await network.attach(scratchName()));
  const before = descriptors();
  await run(host, 'ip', ['netns', 'add', names[70] ?? '']);
  await expect(network.attachMany(names)).rejects.toMatchObject({
    code: 'EEXIST',
    operation: 'network.attachMany',
    object: names[70],
  });
  expect(network.endpoints).toEqual([]);
  expect(descriptorsBeyond(before)).toEqual([]);
  const listed = (await run(host, 'ip', ['netns', 'list'])).stdout.split(/\s+/);
  expect(names.filter((name) => listed.includes(name))).toEqual([names[70]]);
  await run(host, 'ip', ['netns', 'delete', names[70] ?? '']);

  const stop = new AbortController();
  const attempt = network.attachMany(names, { signal: stop.signal });
  setTimeout(() => {
    stop.abort(new Error('enough'));
  }, 10);
  await expect(attempt).rejects.toThrow('enough');
  expect(descriptorsBeyond(before)).toEqual([]);
  expect((await run(host, 'ip', ['-br', 'link', 'show', 'type', 'veth'])).stdout).not.toMatch(/^nl/m);
  await network.delete();
}, 60_000);

test.each(['bridge', 'routed'] as const)(
  'a name as long as the tag of a port can carry: %s',
  async (mode) => {
    const { host } = await lab();
    const spec = { name: 'tags', subnet: '10.73.0.0/24', lifetime: 'persistent', mode } as const;
    const network = await Network.create({ ...spec, warnings: false, host });
    const longest = 'x'.repeat(254 - 'netloom:tags::own'.length);
    await network.attach(longest);
    const { stdout } = await sh(host, 'ip link show');
    expect(stdout).toContain(`alias netloom:tags:${longest}:own\n`);
    const problem = `must be at most ${longest.length} bytes on the network 'tags': the alias of its port contains the name`;
    for (const name of [`${longest}x`, 'y'.repeat(255)]) {
      const refused = await validationError(network.attach(name));
      expect(refused).toMatchObject({ operation: 'network.attach', path: 'namespace', value: name, problem });
      const many = await validationError(network.attachMany(['tags-b', name]));
      expect(many).toMatchObject({ operation: 'network.attachMany', path: 'namesOrCount[1]', problem });
    }
    // Of a namespace that was given the tag says nothing more than its name.
    const given = await NetworkNamespace.create('z'.repeat(longest.length + 4));
    await network.detach(await network.attach(given));
    await given.delete();
    const tooLong = await NetworkNamespace.create('z'.repeat(longest.length + 5));
    await expect(network.attach(tooLong)).rejects.toMatchObject({ path: 'namespace' });
    await tooLong.delete();
    expect((await sh(host, 'ip link show')).stdout).toBe(stdout);
    await network.delete();
  },
);

test('with the lifetime process a name is a label, as long as a name can be', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'tags', subnet: '10.73.0.0/24', warnings: false, host });
  expect((await network.attach('x'.repeat(255))).name).toBe('x'.repeat(255));
  await network.delete();
});

test.each([1e9, 2 ** 24, 100_000])(
  'attachMany(%d) is refused before there is a list of as many',
  async (count) => {
    const { host } = await lab();
    for (const options of [{}, { mode: 'routed' }] as const) {
      await using network = await Network.create({ name: 'web', subnet: '10.66.0.0/28', host, ...options });
      const before = process.memoryUsage().heapUsed;
      await expect(network.attachMany(count)).rejects.toMatchObject({
        ...{ code: 'ERR_VALIDATION', operation: 'network.attachMany' },
      });
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(count === 1e9 ? 2e8 : 5e7);
      await expect(network.attachMany(20)).rejects.toMatchObject({ operation: 'network.attachMany' });
    }
  },
);

test('createMany() refuses at once more than there can be', async () => {
  for (const count of [1e9, 2 ** 24 + 1, -1, 0.5, Number.NaN])
    await expect(NetworkNamespace.createMany(count)).rejects.toMatchObject({
      ...{ code: 'ERR_VALIDATION', path: 'namesOrCount' },
    });
});
