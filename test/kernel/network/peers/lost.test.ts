import fs from 'node:fs';
import { gc, Network, type NetworkSpec } from '../../../../src';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import { ipJson, LAN, machineSnapshot, needTools, run, snapshot, twoHosts } from '../../../support';

needTools('ip', 'nft');

// Routes to peers whose leases were lost: the network itself knows them.
const PEER = { subnet: '10.2.0.0/24', via: LAN[1] } as const;
const LINE = `route ${PEER.subnet} via ${PEER.via}`;
const JOURNAL = '/run/netloom';

const spec = (host: NetworkNamespace, more: Partial<NetworkSpec> = {}): NetworkSpec => ({
  ...{ name: 'net', subnet: '10.1.0.0/24', lifetime: 'persistent', warnings: false, host, ...more },
});

const routes = (host: NetworkNamespace): Promise<unknown[]> => ipJson(host, 'route', 'show', PEER.subnet);

const lose = (place: string): void => {
  fs.rmSync(`${JOURNAL}/${place}`, { recursive: true, force: true });
};

afterEach(() => {
  lose('aside');
});

/** Every way by which a network, or its peer, goes. */
const WAYS: Record<string, (network: Network, host: NetworkNamespace) => Promise<unknown>> = {
  'unpeer()': async (network) => {
    await network.unpeer(PEER.subnet);
  },
  'delete()': (network) => network.delete(),
  'open() and delete()': async (network, host) => {
    await network.close();
    await (await Network.open('net', { host })).delete();
  },
  'gc({ force })': async (network, host) => {
    await network.close();
    const preview = await gc({ host, force: 'net', dryRun: true });
    const report = await gc({ host, force: 'net' });
    expect(report.removed).toContain(LINE);
    expect([...preview.removed].sort()).toEqual([...report.removed].sort());
  },
};

test.each(Object.entries(WAYS))('%s removes a route whose lease is lost', async (name, way) => {
  const { hosts } = await twoHosts();
  const [host] = hosts;
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const network = await Network.create(spec(host));
  await network.peer(PEER);
  lose('routes');
  // gc() leaves what a network has that stands.
  expect(await gc({ host })).toEqual({ removed: [], kept: [] });
  expect(await routes(host)).toHaveLength(1);
  await way(network, host);
  expect(await routes(host)).toEqual([]);
  if (name === 'unpeer()') await network.delete();
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('a lease that was set aside is as good as lost', async () => {
  const { hosts } = await twoHosts();
  const [host] = hosts;
  const before = await snapshot(host);
  const network = await Network.create(spec(host));
  await network.peer(PEER);
  const [file = ''] = fs.readdirSync(`${JOURNAL}/routes`);
  fs.chmodSync(`${JOURNAL}/routes/${file}`, 0o666);
  expect((await gc({ host })).kept).toEqual([expect.stringContaining('moved to')]);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('a network that lives with its process removes it as well', async () => {
  const { hosts } = await twoHosts();
  const [host] = hosts;
  const before = await snapshot(host);
  const network = await Network.create(spec(host, { lifetime: 'process' }));
  await network.peer(PEER);
  lose('routes');
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('its object knows the route when the record is lost with the lease', async () => {
  const { hosts } = await twoHosts();
  const [host] = hosts;
  const before = await snapshot(host);
  const network = await Network.create(spec(host));
  await network.peer(PEER);
  lose('routes');
  lose('networks');
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('what another network has on record stays for it, whoever of both has a lease', async () => {
  const { hosts } = await twoHosts();
  const [host] = hosts;
  const before = await snapshot(host);
  const one = await Network.create(spec(host));
  const other = await Network.create(spec(host, { name: 'other', subnet: '10.3.0.0/24' }));
  await one.peer(PEER);
  lose('routes');
  await other.peer(PEER);
  await other.unpeer(PEER.subnet);
  expect(await routes(host)).toHaveLength(1);
  await other.peer(PEER);
  lose('routes');
  await one.delete();
  expect(await routes(host)).toHaveLength(1);
  await other.delete();
  expect(await snapshot(host)).toEqual(before);
});

test("somebody else's route in its place stays", async () => {
  const { hosts } = await twoHosts();
  const [host] = hosts;
  const network = await Network.create(spec(host));
  await network.peer(PEER);
  lose('routes');
  await run(host, 'ip', ['route', 'replace', PEER.subnet, 'via', LAN[1], 'proto', 'static']);
  await network.delete();
  expect(await routes(host)).toMatchObject([{ gateway: LAN[1], protocol: 'static' }]);
});

test('a route goes whose device was renamed', async () => {
  const { hosts } = await twoHosts();
  const [host] = hosts;
  const network = await Network.create(spec(host, { nat: false }));
  await network.peer(PEER);
  await run(host, 'ip', ['link', 'set', 'eth0', 'name', 'renamed']);
  await network.unpeer(PEER.subnet);
  expect(await routes(host)).toEqual([]);
  await network.delete();
});
