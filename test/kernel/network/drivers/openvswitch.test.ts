import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { gc } from '../../../../src/network/gc/gc';
import { writeIntent, type Intent } from '../../../../src/network/journal/intents';
import type { Member } from '../../../../src/network/model/member';
import { Network } from '../../../../src/network/network';
import type { NetworkSpec } from '../../../../src/network/spec/network-spec';
import { Plan, type Step } from '../../../../src';
import {
  BEYOND,
  fetchText,
  ipJson,
  lab,
  machineSnapshot,
  needTools,
  openVSwitch,
  ping,
  reaches,
  run,
  scratchName,
  serve,
  snapshot,
  WAN,
  type Lab,
  type OpenVSwitch,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'curl', 'ethtool', 'ovsdb-tool', 'ovsdb-server', 'ovs-vswitchd', 'ovs-vsctl');

// The kernel's datapath is not to be had everywhere.
const specOf = ({ host }: Lab, { socket }: Pick<OpenVSwitch, 'socket'>): NetworkSpec => ({
  ...{ name: 'ovs', subnet: '10.66.0.0/24', switch: 'openvswitch', lifetime: 'persistent', host },
  openvswitch: { socket, datapathType: 'netdev' },
});
const names = (count: number): string[] => Array.from({ length: count }, scratchName);

test('namespaces reach each other, the host and the world, by TCP as well', async () => {
  const scene = await lab({ named: true });
  await using ovs = await openVSwitch(scene.host);
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  {
    await using network = await Network.create({ ...specOf(scene, ovs), mtu: 1400 });
    const [web, client] = (await network.attachMany(names(2))) as [
      Network['endpoints'][number],
      Network['endpoints'][number],
    ];
    expect(await ovs.vsctl('get', 'bridge', 'nl-ovs', 'datapath_type')).toBe('netdev');
    const ports = (await ovs.vsctl('list-ports', 'nl-ovs')).split('\n');
    const { endpoints, ...told } = await network.inspect();
    expect(told).toMatchObject({ switch: 'openvswitch', device: 'nl-ovs', mtu: 1400 });
    expect(endpoints.map(({ port }) => port).sort()).toEqual(ports.sort());
    expect(endpoints.map(({ connected }) => connected)).toEqual([true, true]);
    expect(await ovs.ofctl('show', 'nl-ovs')).toContain(ports[0]);
    expect((await ipJson(scene.host, 'addr', 'show', 'nl-ovs'))[0]).toMatchObject({
      mtu: 1400,
      addr_info: [{ local: '10.66.0.1', prefixlen: 24 }],
    });
    expect((await run(web.netns, 'ethtool', ['-k', 'eth0'])).stdout).toContain('tx-checksumming: off');

    await ping(client.netns, web.address);
    await ping(client.netns, network.gateway);
    await ping(client.netns, BEYOND);
    const server = await serve(web.netns, 8000, 'web');
    const beyond = await serve(scene.internet, 80, 'beyond');
    expect(await fetchText(client.netns, `${web.address}:8000`)).toBe(`web ${client.address}`);
    expect(await fetchText(scene.host, `${web.address}:8000`)).toBe('web 10.66.0.1');
    expect(await fetchText(client.netns, BEYOND)).toBe(`beyond ${WAN}`);
    await network.publish({ hostAddress: WAN, hostPort: 80, to: web, port: 8000 });
    for (const from of [scene.internet, scene.host, client.netns])
      expect(await fetchText(from, WAN)).toMatch(/^web /);
    await server.stop();
    await beyond.stop();

    await network.detach(client);
    expect(await ovs.vsctl('list-ports', 'nl-ovs')).toBe(endpoints[0]?.port);
  }
  expect(await ovs.vsctl('list-br')).toBe('');
  expect(await ovs.vsctl('--columns=name', 'list', 'interface')).toBe('');
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('VLANs are apart from each other and from the host', async () => {
  const scene = await lab({ named: true });
  await using ovs = await openVSwitch(scene.host);
  await using network = await Network.create(specOf(scene, ovs));
  const plain = await network.attach(scratchName());
  const [a, b] = await network.attachMany(names(2), { vlan: 10 });
  const c = await network.attach(scratchName(), { vlan: 20 });
  expect(await ovs.vsctl('get', 'port', (await network.inspect()).endpoints[1]?.port ?? '', 'tag')).toBe(
    '10',
  );
  await ping(a!.netns, b!.address);
  await ping(plain.netns, network.gateway);
  for (const address of [plain.address, c.address, network.gateway])
    expect({ address, reached: await reaches(a!.netns, address) }).toEqual({ address, reached: false });
  expect([a!.vlan, c.vlan, plain.vlan]).toEqual([10, 20, undefined]);
  expect([a!.dns, plain.dns]).toEqual([undefined, network.gateway]);
  expect(await ipJson(a!.netns, '-4', 'route', 'show', 'default')).toEqual([]);
  const rule = { hostAddress: WAN, hostPort: 80, to: c, port: 80 };
  await expect(network.publish(rule)).rejects.toThrow('must be an endpoint without a VLAN');
});

test('a network stays with its switch until it is deleted', async () => {
  const scene = await lab({ named: true });
  await using ovs = await openVSwitch(scene.host);
  const machine = machineSnapshot();
  const first = await Network.create({ ...specOf(scene, ovs), subnet6: 'fd66::/64', neighbours: 'static' });
  await first.attach(scratchName());
  const plan = (await first.plan()).explain();
  expect(plan).toMatch(/^ovs-vsctl --db=unix:\S+ add-br nl-ovs -- set bridge nl-ovs datapath_type=netdev /m);
  expect(plan).toMatch(/^ovs-vsctl \S+ add-port nl-ovs nl[0-9a-f]{13} -- set port /m);
  expect(plan).toMatch(/^ip netns exec \S+ ethtool -K eth0 tx off$/m);
  await first.close();

  const network = await Network.open('ovs', { host: scene.host });
  const [old] = network.endpoints;
  const added = await network.attach(scratchName());
  for (const address of [old!.address, old!.address6!, network.gateway, network.gateway6!])
    await ping(added.netns, address);
  expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
  await network.delete();
  expect(await ovs.vsctl('list-br')).toBe('');
  expect(machineSnapshot()).toEqual(machine);
});

test('what killed processes left is collected', async () => {
  const scene = await lab({ named: true });
  await using ovs = await openVSwitch(scene.host);
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  // A process announced this before it was killed: its id may be anyone's by now, its start time is not.
  const announceAsDead = (what: Pick<Intent, 'action' | 'members'>): void => {
    const intent = writeIntent({ host: String(scene.host.cookie), network: 'ovs', ...what });
    const owner = { ...intent.owner, startTime: '1' };
    fs.writeFileSync(`/run/netloom/intents/${intent.id}.json`, JSON.stringify({ ...intent, owner }));
  };
  const network = await Network.create(specOf(scene, ovs));
  const { netns, name } = await network.attach(scratchName());

  // Of an attach that got as far as the ports: what is ours by its tag goes, a port that only has such a name does not.
  const members = ['nlhalf', 'nlother'].map((port): Member => ({
    ...{ name: port, port, address: '10.66.0.50', ifname: 'eth1', mac: '02:00:00:00:00:50' },
    ...{ portMac: '02:00:00:00:01:50', created: false, defaultRoute: false },
  }));
  for (const { port } of members) {
    await run(scene.host, 'ip', ['link', 'add', port, 'type', 'veth', 'peer', 'name', `${port}-x`]);
    await ovs.vsctl('add-port', 'nl-ovs', port);
  }
  await ovs.vsctl('set', 'port', 'nlhalf', 'external_ids:netloom=ovs');
  announceAsDead({ action: 'attach', members });
  expect(await gc({ host: scene.host })).toEqual({
    removed: ['openvswitch port nlhalf'],
    kept: ['link nlhalf', 'link nlother'],
  });
  expect((await ovs.vsctl('list-ports', 'nl-ovs')).split('\n')).toEqual(expect.arrayContaining(['nlother']));
  for (const { port } of members) await run(scene.host, 'ip', ['link', 'delete', port]);
  await ping(netns, network.gateway);
  expect(network.endpoints.map((endpoint) => endpoint.name)).toEqual([name]);

  await network.close();
  announceAsDead({ action: 'delete' });

  fs.renameSync(ovs.socket, `${ovs.socket}.away`);
  expect((await gc({ host: scene.host })).kept).toEqual([
    expect.stringMatching(/^openvswitch bridge nl-ovs: /),
  ]);
  fs.renameSync(`${ovs.socket}.away`, ovs.socket);
  const preview = await gc({ host: scene.host, dryRun: true });
  expect(preview.removed).toContain('openvswitch bridge nl-ovs');
  expect(await ovs.vsctl('list-br')).toBe('nl-ovs');
  // The datapath's own device goes with the last bridge, and takes its setting along.
  const lasting = (line: string): boolean => !line.includes('ovs-netdev');
  const { removed } = await gc({ host: scene.host });
  expect(removed.filter(lasting)).toEqual(preview.removed.filter(lasting));
  expect(await ovs.vsctl('list-br')).toBe('');
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('a bridge of ours that is older than the machine is replaced, one of others is not', async () => {
  const scene = await lab({ named: true });
  await using ovs = await openVSwitch(scene.host);
  const tags = ['external_ids:netloom=ovs', 'external_ids:netloom-boot=before'];
  const stale = ['add-br', 'nl-ovs', '--', 'set', 'bridge', 'nl-ovs', 'datapath_type=netdev'];
  await ovs.vsctl(...stale, ...tags);
  await using network = await Network.create(specOf(scene, ovs));
  expect(await ovs.vsctl('get', 'bridge', 'nl-ovs', 'external_ids:netloom-boot')).not.toContain('before');
  await network.delete();

  await ovs.vsctl(...stale);
  await expect(Network.create(specOf(scene, ovs))).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await ovs.vsctl('list-br')).toBe('nl-ovs');
});

test('a failure is named and leaves nothing, in the database or elsewhere', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const socket = `/run/${randomBytes(4).toString('hex')}.sock`;
  await expect(Network.create(specOf(scene, { socket }))).rejects.toThrow(
    `network.create ${socket}: no such file or directory (ENOENT): is Open vSwitch running?`,
  );
  expect(await snapshot(scene.host)).toEqual(before);

  const step: Step = { op: 'ovs.ports', netns: 'host', socket, bridge: 'br0', ports: [{ ifname: 'wan0' }] };
  const waiting = new Plan({ namespaces: { host: scene.host }, steps: [step] });
  await expect(waiting.apply({ confirm: () => true })).rejects.toThrow('only JavaScript can undo this step');

  await using ovs = await openVSwitch(scene.host);
  const unknown = { ...specOf(scene, ovs), bridge: 'nl-is-too-long' };
  // Open vSwitch cannot make what the host has already.
  await run(scene.host, 'ip', ['link', 'add', 'nl-is-too-long', 'type', 'bridge']);
  await expect(Network.create(unknown)).rejects.toMatchObject({ code: 'EIO', operation: 'network.create' });
  await run(scene.host, 'ip', ['link', 'delete', 'nl-is-too-long']);
  expect(await ovs.vsctl('list-br')).toBe('');
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);

  await using network = await Network.create(specOf(scene, ovs));
  const standing = await snapshot(scene.host);
  const first = await network.attach(scratchName());
  const { port = '' } = (await network.inspect()).endpoints[0] ?? {};
  await network.detach(first);
  // The name of the port that the next endpoint would have is taken, by an interface that the switch cannot open.
  await ovs.vsctl('--no-wait', 'add-port', 'nl-ovs', port);
  await expect(network.attachMany(names(3))).rejects.toMatchObject({
    code: 'EEXIST',
    operation: 'network.attachMany',
  });
  await ovs.vsctl('del-port', 'nl-ovs', port);
  expect(await ovs.vsctl('list-ports', 'nl-ovs')).toBe('');
  expect(await snapshot(scene.host)).toEqual(standing);
  fs.renameSync(ovs.socket, `${ovs.socket}.away`);
  const expected = { code: 'ENOENT', operation: 'network.attach', syscall: 'connect' };
  await expect(network.attach(scratchName())).rejects.toMatchObject(expected);
  const { warnings } = await network.inspect();
  fs.renameSync(`${ovs.socket}.away`, ovs.socket);
  expect(warnings).toContainEqual(expect.stringContaining('is Open vSwitch running?'));
  expect((await ipJson(scene.host, 'link', 'show', 'type', 'veth')).map(({ ifname }) => ifname)).toEqual([
    'wan0',
  ]);
});
