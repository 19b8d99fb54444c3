import fs from 'node:fs';
import { gc } from '../../../../src/network/gc/gc';
import { writeIntent, type Intent, readIntents } from '../../../../src/network/journal/intents';
import { readRecord } from '../../../../src/network/journal/records';
import type { Member } from '../../../../src/network/model/member';
import { Network } from '../../../../src/network/network';
import { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  BEYOND,
  eventually,
  ipJson,
  keep,
  lab,
  type Lab,
  machineSnapshot,
  needTools,
  nftJson,
  run,
  scratchName,
  snapshot,
  tool,
  WAN,
} from '../../../support';

needTools('ip', 'nft');

const subnet = '10.72.0.0/24';

// A network that was handed over, with one endpoint, as its next user finds it.
async function kept(scene: Lab): Promise<Network> {
  const network = await Network.create({ name: 'kept', subnet, host: scene.host, lifetime: 'persistent' });
  await network.attach(scratchName());
  await network.close();
  return Network.open('kept', { host: scene.host });
}

// What a process announced before it was killed: its id may be anyone's by now, its start time is not.
function announceAsDead(
  network: Network,
  intent: Pick<Intent, 'action' | 'members' | 'ports' | 'peers' | 'adopted' | 'of'>,
): Intent {
  const written = writeIntent({ host: String(network.host.cookie), network: network.name, ...intent });
  const file = `/run/netloom/intents/${written.id}.json`;
  const owner = { ...written.owner, startTime: '1' };
  fs.writeFileSync(file, JSON.stringify({ ...written, owner }));
  return written;
}

// Whoever has a network open that another made says so.
function actions(scene: Lab): string[] {
  return readIntents(String(scene.host.cookie)).map(({ action }) => action);
}

const member = (name: string): Member => ({
  name,
  address: '10.72.0.50',
  ifname: 'eth0',
  mac: '02:00:00:00:00:50',
  port: 'nlgc50',
  portMac: '02:00:00:00:01:50',
  created: true,
  defaultRoute: true,
  pinned: name,
});

test('an attach that was cut short is taken back, and nothing else', async () => {
  const scene = await lab({ named: true });
  const network = await kept(scene);
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const name = scratchName();
  const half = member(name);
  announceAsDead(network, { action: 'attach', members: [half] });
  await tool('ip', ['netns', 'add', name]);
  const peer = ['peer', 'name', 'eth0', 'address', half.mac, 'netns', name];
  // A port of the bridge from its first moment: a device of its own would be another way out, and opened.
  const port = ['address', half.portMac, 'master', 'nl-kept', 'type', 'veth', ...peer];
  await run(scene.host, 'ip', ['link', 'add', half.port, ...port]);

  const preview = await gc({ host: scene.host, dryRun: true });
  expect(preview).toEqual({ removed: [`link ${half.port}`, `netns ${name}`], kept: [] });
  expect(await gc({ host: scene.host })).toEqual(preview);
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
  expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
  expect((await network.inspect()).endpoints).toMatchObject([{ connected: true }]);
  await network.delete();
});

test('what a killed process left unfinished is named to who wants the same, and gc() makes room', async () => {
  const scene = await lab({ named: true });
  const network = await kept(scene);
  const [endpoint] = network.endpoints;
  const rule = { hostAddress: WAN, hostPort: 8080, to: endpoint!, port: 80 };
  const publication = await network.publish(rule);
  const [port] = readRecord(String(scene.host.cookie), 'kept')?.ports ?? [];
  await publication.delete();
  announceAsDead(network, { action: 'publish', ports: [port!] });
  await expect(network.publish(rule)).rejects.toMatchObject({
    ...{ code: 'EBUSY', operation: 'network.publish' },
    message: expect.stringMatching(/killed left this unfinished \(publish\): call gc\(\)/),
  });
  const half = member(scratchName());
  announceAsDead(network, { action: 'attach', members: [half] });
  await tool('ip', ['netns', 'add', half.name]);
  await expect(network.attach(half.name)).rejects.toMatchObject({
    ...{ code: 'EEXIST', operation: 'network.attach' },
    message: expect.stringMatching(/left this unfinished \(attach\): call gc\(\)/),
  });
  const peer = { subnet: '10.99.0.0/24', via: BEYOND };
  announceAsDead(network, { action: 'peer', peers: [{ ...peer, device: 'wan0' }] });
  await expect(network.peer(peer)).rejects.toMatchObject({
    ...{ code: 'EBUSY', operation: 'network.peer' },
    message: expect.stringMatching(/left this unfinished \(.*peer.*\): call gc\(\)/),
  });
  await run(scene.host, 'ip', ['link', 'add', 'guest0', 'master', 'nl-kept', 'type', 'ifb']);
  announceAsDead(network, { action: 'adopt', adopted: [{ ifname: 'guest0' }] });
  await expect(network.adopt('guest0', { confirm: () => true })).rejects.toMatchObject({
    ...{ code: 'EBUSY', operation: 'network.adopt', object: 'guest0' },
    message: expect.stringMatching(/left this unfinished \(adopt\): call gc\(\)/),
  });
  await gc({ host: scene.host });
  await network.publish(rule);
  await network.detach(await network.attach(half.name));
  await network.peer(peer);
  await network.adopt('guest0', { confirm: () => true });
  // What a living one has is told as before.
  await expect(network.publish(rule)).rejects.toMatchObject({ path: 'hostPort' });
  await network.delete();
});

test('an intent that its process had no time to write concerns no network, and goes', async () => {
  const scene = await lab({ named: true });
  const network = await kept(scene);
  const machine = machineSnapshot();
  for (const [name, text] of Object.entries({ empty: '', cut: '{"id":"cut","owner":{"pid":' })) {
    fs.writeFileSync(`/run/netloom/intents/${name}.json`, text);
  }
  // Nor does it stand in the way of others.
  await network.detach(await network.attach(scratchName()));
  const files = ['cut', 'empty'].map((name) => `file /run/netloom/intents/${name}.json`);
  const preview = await gc({ host: scene.host, dryRun: true });
  expect([...preview.removed].sort()).toEqual(files);
  expect(preview.kept).toEqual([]);
  expect(await gc({ host: scene.host })).toEqual(preview);
  expect(machineSnapshot()).toEqual({ ...machine, journal: expect.any(Array) });
  expect(actions(scene)).toEqual(['hold']);
  await network.delete();
});

test('what merely has the name of something announced is kept', async () => {
  const scene = await lab({ named: true });
  const network = await kept(scene);
  const name = scratchName();
  // Older than the announcement, and in use.
  keep(await NetworkNamespace.create(name));
  await run(scene.host, 'ip', ['link', 'add', 'nlgc50', 'type', 'bridge']);
  // A new device of the host is a way out as well.
  await eventually('the network uses the new device', async () => {
    const { stdout } = await run(scene.host, 'sysctl', ['-n', 'net.ipv4.conf.nlgc50.forwarding']);
    return stdout.trim() === '1' && JSON.stringify(await nftJson(scene.host)).includes('nlgc50');
  });
  const before = await snapshot(scene.host);
  await new Promise((resolve) => setTimeout(resolve, 20));
  announceAsDead(network, { action: 'attach', members: [member(name)] });
  expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: ['link nlgc50', `netns ${name}`] });
  expect(await snapshot(scene.host)).toEqual(before);
  expect(fs.existsSync(`/run/netns/${name}`)).toBe(true);
  expect(actions(scene)).toEqual(['hold']);
  await network.delete();
});

test('a name whose namespace was never mounted is removed', async () => {
  const scene = await lab({ named: true });
  const network = await kept(scene);
  const name = scratchName();
  announceAsDead(network, { action: 'attach', members: [member(name)] });
  fs.writeFileSync(`/run/netns/${name}`, '', { mode: 0 });
  expect(await gc({ host: scene.host })).toEqual({ removed: [`netns ${name}`], kept: [] });
  expect(fs.existsSync(`/run/netns/${name}`)).toBe(false);
  await network.delete();
});

test('a publication that was cut short is withdrawn; one that leads elsewhere by now is not', async () => {
  const scene = await lab();
  const network = await kept(scene);
  const [endpoint] = network.endpoints;
  if (!endpoint) throw new Error('the endpoint was not found');
  const port = { hostAddress: WAN, protocol: 'tcp', address: endpoint.address, port: 80 } as const;
  await network.publish({ hostAddress: WAN, hostPort: 2, to: endpoint, port: 80 });
  const element = `{ ${WAN} . tcp . 1 : ${endpoint.address} . 80 }`;
  await run(scene.host, 'nft', ['add', 'element', 'ip', 'netloom-kept', 'published', element]);
  announceAsDead(network, {
    action: 'publish',
    ports: [
      { ...port, hostPort: 1 },
      { ...port, hostPort: 2, port: 81 },
    ],
  });
  expect(await gc({ host: scene.host })).toEqual({ removed: [`port ${WAN}:1/tcp`], kept: [] });
  const elements = (await nftJson(scene.host)).find((entry) => 'map' in entry)?.map.elem;
  expect(elements).toHaveLength(1);
  await network.delete();
});

test('what the living have under way is left alone, and so is another host', async () => {
  const scene = await lab();
  const elsewhere = await lab();
  const network = await Network.create({ name: 'kept', subnet, host: scene.host, lifetime: 'persistent' });
  await network.attach(scratchName());
  const before = await snapshot(scene.host);
  expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
  expect(await gc({ host: elsewhere.host })).toEqual({ removed: [], kept: [] });
  expect(await snapshot(scene.host)).toEqual(before);
  expect(await ipJson(scene.host, 'link', 'show', 'master', 'nl-kept')).toHaveLength(1);
  await network.delete();
});

test('a delete that was cut short is carried to its end', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const network = await kept(scene);
  const names = network.endpoints.map(({ name }) => name);
  announceAsDead(network, { action: 'delete' });
  await network.close();
  const { removed, kept: left } = await gc({ host: scene.host });
  expect(left).toEqual([]);
  expect(removed).toEqual(
    expect.arrayContaining(['link nl-kept', 'table netloom-kept', `netns ${names[0] ?? ''}`]),
  );
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('of several removals that were cut short each is completed', async () => {
  const scene = await lab({ named: true });
  const network = await kept(scene);
  await network.attach(scratchName());
  await network.close();
  const record = () => readRecord(String(scene.host.cookie), 'kept');
  const members = record()?.members ?? [];
  expect(members).toHaveLength(2);
  for (const one of members) announceAsDead(network, { action: 'detach', members: [one] });
  const { removed } = await gc({ host: scene.host });
  expect(removed).toEqual(expect.arrayContaining(members.map(({ pinned }) => `netns ${pinned ?? ''}`)));
  expect(record()?.members).toEqual([]);
  await (await Network.open('kept', { host: scene.host })).delete();
});

const LATER = {
  bridge: { subnet, nat: false },
  macvlan: {
    mode: 'macvlan',
    parent: 'wan0',
    subnet: '192.0.2.0/24',
    gateway: BEYOND,
    range: '192.0.2.128/25',
  },
} as const;

test.each(Object.entries(LATER))(
  'a change of an earlier network is undone, and a later one of its name left alone: %s',
  async (_, spec) => {
    const scene = await lab({ named: true });
    const { host } = scene;
    const earlier = await kept(scene);
    const { id = '' } = readRecord(String(host.cookie), 'kept')?.layout ?? {};
    await earlier.delete();
    const later = await Network.create({ name: 'kept', lifetime: 'persistent', ...spec, host });
    const endpoint = await later.attach(scratchName());
    const file = `/run/netloom/networks/${host.cookie}.kept.json`;
    const standing = async () => [
      fs.readFileSync(file, 'utf8'),
      fs.statSync(file).ino,
      (await snapshot(host)).neighbours,
      await snapshot(endpoint.netns),
    ];
    const before = await standing();
    // A namespace that was passed in: its port does not go with it.
    const given = { ...member('red'), created: false, address: endpoint.address };
    announceAsDead(later, { action: 'attach', members: [given], of: id });
    await run(host, 'ip', ['link', 'add', given.port, 'address', given.portMac, 'type', 'bridge']);
    const preview = await gc({ host, dryRun: true });
    expect(preview).toEqual({ removed: [`link ${given.port}`], kept: [] });
    expect(await gc({ host })).toEqual(preview);
    expect((await ipJson(host, 'link')).map(({ ifname }) => ifname)).not.toContain(given.port);
    expect(await standing()).toEqual(before);
    await later.delete();
  },
);
