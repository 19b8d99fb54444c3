import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import type { NetworkSpec } from '../../../../src/network/spec/network-spec';
import {
  eventually,
  ipJson,
  type Lab,
  lab,
  machineSnapshot,
  needTools,
  run,
  scratchName,
  snapshot,
  WAN,
} from '../../../support';

needTools('ip', 'nft');

const SPEC: NetworkSpec = { name: 'web', subnet: '172.30.0.0/24', warnings: false };
const PERSISTENT: NetworkSpec = { ...SPEC, lifetime: 'persistent' };

/** All that can be asked of a network, of which nothing can be had once it is deleted. */
async function refusals(network: Network): Promise<Record<string, unknown>> {
  const [to] = network.endpoints;
  const calls: Record<string, () => Promise<unknown>> = {
    attach: () => network.attach(scratchName()),
    attachMany: () => network.attachMany([scratchName()]),
    publish: () => network.publish({ hostAddress: WAN, hostPort: 80, to: to as never, port: 80 }),
    unpublish: () => network.unpublish({ hostAddress: WAN, hostPort: 80 }),
    detach: () => network.detach(network.endpoints),
    peer: () => network.peer({ subnet: '10.2.0.0/24', via: '192.0.2.2' }),
    unpeer: () => network.unpeer('10.2.0.0/24'),
    adopt: () => network.adopt('wan0', { confirm: () => Promise.resolve(true), timeoutMs: 1000 }),
    release: () => network.release('wan0'),
    refresh: () => network.refresh(),
    plan: () => network.plan(),
    inspect: () => network.inspect(),
  };
  const told: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    told[name] = await call().then(
      () => 'resolved',
      (error: unknown) => (error as Error).message,
    );
  }
  return told;
}

const TOLD = Object.fromEntries(
  [
    ...['attach', 'attachMany', 'publish', 'unpublish', 'detach', 'peer', 'unpeer', 'adopt', 'release'],
    ...['refresh', 'plan', 'inspect'],
  ].map((name) => [
    name,
    `network.${name} web: no such file or directory (ENOENT): the network 'web' was deleted`,
  ]),
);

const ends: Record<string, (network: Network, scene: Lab) => Promise<unknown>> = {
  itself: (network) => network.delete(),
  'another object': async (_, { host }) => (await Network.open('web', { host, warnings: false })).delete(),
  force: (_, { host }) => gc({ host, force: 'web' }),
  'another object, and another network has its name': async (_, { host }) => {
    await (await Network.open('web', { host, warnings: false })).delete();
    await (await Network.create({ ...PERSISTENT, host })).close();
  },
};

test.each(Object.entries(ends))(
  'a network that was deleted tells so whatever is asked: %s',
  async (_, end) => {
    const scene = await lab({ named: true });
    const { host } = scene;
    const network = await Network.create({ ...PERSISTENT, host });
    const endpoint = await network.attach(scratchName());
    const port = await network.publish({ hostAddress: WAN, hostPort: 80, to: endpoint, port: 80 });
    await end(network, scene);
    expect(await refusals(network)).toEqual(TOLD);
    await eventually('its endpoints are let go of', () => network.endpoints.length === 0);
    expect(network.publications).toEqual([]);
    await port.delete();
    await network.delete();
    await network.close();
    await gc({ host, force: 'web' });
  },
);

test('so does a network that lives with its process', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host });
  await network.attach('a');
  await network.delete();
  expect(await refusals(network)).toEqual(TOLD);
  expect(network.endpoints).toEqual([]);
});

test('a lost record is no detach: endpoints stay and go with delete(), and it is told what is lost', async () => {
  const scene = await lab({ named: true });
  const { host } = scene;
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const made = await Network.create({ ...PERSISTENT, host });
  const [one, two] = await made.attachMany([scratchName(), scratchName()]);
  const opened = await Network.open('web', { host, warnings: false });
  const other = await Network.create({ ...PERSISTENT, name: 'other', subnet: '172.31.0.0/24', host });
  const elsewhere = await other.attach(scratchName());
  await run(host, 'rm', [`/run/netloom/networks/${host.cookie}.web.json`]);
  // A departure that everybody with a network hears of, until all that heard it have looked.
  await other.detach(elsewhere);
  await other.delete();
  expect(made.endpoints).toEqual([one, two]);
  expect(opened.endpoints).toHaveLength(2);
  for (const network of [made, opened]) {
    for (const [name, message] of Object.entries(await refusals(network))) {
      expect(message).toMatch(`network.${name} web: `);
      expect(message).toMatch(/its record .*web.json was removed by another program: delete the network/);
    }
  }
  await made.delete();
  await eventually('its endpoints are let go of', () => opened.endpoints.length === 0);
  expect(await refusals(opened)).toEqual(TOLD);
  await opened.close();
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('without any journal its holder keeps its endpoints, and deletes their namespaces', async () => {
  const { host } = await lab({ named: true });
  await run(host, 'sysctl', ['-qw', 'net.ipv4.conf.wan0.forwarding=1']);
  const [before, { names }] = [await snapshot(host), machineSnapshot()];
  const network = await Network.create({ ...PERSISTENT, host });
  await network.attachMany([scratchName(), scratchName()]);
  await run(host, 'rm', ['-rf', '/run/netloom']);
  expect(network.endpoints).toHaveLength(2);
  await expect(network.attach(scratchName())).rejects.toMatchObject({
    code: 'EUCLEAN',
    message: expect.stringContaining('was removed by another program'),
  });
  expect(network.endpoints).toHaveLength(2);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot().names).toEqual(names);
});

test.each([
  ['before it was opened', true],
  ['while it was open', false],
])('without its bridge, %s, nobody is connected and nothing is published', async (_, isOpenedAfter) => {
  const { host } = await lab({ named: true });
  const made = await Network.create({ ...PERSISTENT, host });
  await made.attachMany([scratchName(), scratchName()]);
  const connected = async (of: Network): Promise<boolean[]> =>
    (await of.inspect()).endpoints.map((endpoint) => endpoint.connected);
  await eventually('both are connected', async () => (await connected(made)).every(Boolean));
  if (isOpenedAfter) await made.close();
  await run(host, 'ip', ['link', 'del', 'nl-web']);
  const network = isOpenedAfter ? await Network.open('web', { host, warnings: false }) : made;
  const ports = (await ipJson(host, 'link')).filter(({ ifname }) => ifname !== 'lo' && ifname !== 'wan0');
  expect(ports).toHaveLength(2);
  expect(await connected(network)).toEqual([false, false]);
  const missing = 'its bridge nl-web was removed by another program: delete the network and create it again';
  expect((await network.inspect()).warnings).toContain(missing);
  const [to] = network.endpoints;
  for (const call of [
    () => network.publish({ hostAddress: WAN, hostPort: 80, to: to!, port: 80 }),
    () => network.attach(scratchName()),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: 'ENODEV',
      message: expect.stringContaining(missing),
    });
  }
  expect(network.publications).toEqual([]);
  await network.delete();
});

test('a network of this process without its device in the host is told of, and publishes nothing', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host });
  const to = await network.attach('a');
  await run(host, 'ip', ['link', 'del', 'nl-web']);
  const missing = 'its device nl-web was removed by another program: delete the network and create it again';
  expect((await network.inspect()).warnings).toContain(missing);
  await expect(network.publish({ hostAddress: WAN, hostPort: 80, to, port: 80 })).rejects.toMatchObject({
    code: 'ENODEV',
    message: expect.stringContaining(missing),
  });
  await network.delete();
});
