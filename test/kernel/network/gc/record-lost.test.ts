import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  BEYOND,
  type Lab,
  lab,
  machineSnapshot,
  needTools,
  run,
  scratchName,
  snapshot,
} from '../../../support';

needTools('ip', 'nft');

const SETUP = { name: 'setup', subnet: '10.71.0.0/24', lifetime: 'persistent', warnings: false } as const;
const LISTED = { name: 'setup', lifetime: 'persistent', device: 'nl-setup', standing: true };
// A snapshot has the links, the tables and what forwards.
const JOURNAL = '/run/netloom';

const recordOf = ({ host }: Lab): string => `${JOURNAL}/networks/${host.cookie}.setup.json`;

/** What may become of a network's record; `words`: how gc() names the file. */
const lose: Record<string, { readonly to: (file: string) => void; readonly words?: string }> = {
  removed: { to: (file) => fs.rmSync(file) },
  empty: { to: (file) => fs.writeFileSync(file, ''), words: 'is incomplete' },
  'cut short': { to: (file) => fs.truncateSync(file, 50), words: 'is incomplete' },
  'writable by others': { to: (file) => fs.chmodSync(file, 0o666), words: 'is writable by others' },
  'a symbolic link': {
    to: (file) => {
      fs.renameSync(file, `${file}.real`);
      fs.symlinkSync(`${file}.real`, file);
    },
    words: 'is a symbolic link',
  },
  'a pipe': {
    to: (file) => {
      fs.rmSync(file);
      spawnSync('mkfifo', [file]);
    },
    words: 'is a pipe',
  },
};

afterEach(() => {
  fs.rmSync(`${JOURNAL}/aside`, { recursive: true, force: true });
  for (const file of fs.existsSync(`${JOURNAL}/networks`) ? fs.readdirSync(`${JOURNAL}/networks`) : [])
    if (file.endsWith('.real')) fs.rmSync(`${JOURNAL}/networks/${file}`);
});

test.each(Object.entries(lose))(
  'what a living process has stays, forwarding too, when its record is %s',
  async (_, { to, words }) => {
    const scene = await lab({ named: true });
    const before = await snapshot(scene.host);
    const network = await Network.create({ ...SETUP, host: scene.host });
    await network.attach(scratchName());
    const standing = await snapshot(scene.host);
    const file = recordOf(scene);
    to(file);
    const problem = expect.stringContaining(words ?? 'has no record in /run/netloom') as string;
    expect(await Network.list({ host: scene.host })).toEqual([{ ...LISTED, problem }]);
    const odd = words === undefined ? [] : [expect.stringMatching(`^file ${file}: ${words}; moved to `)];
    const open = `network setup: has no record in this journal, and process ${process.pid} has the network open; gc({ force: 'setup' }) removes it`;
    for (const told of [[...odd, open], [open]]) {
      expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: told });
      expect(await snapshot(scene.host)).toEqual(standing);
    }
    expect(await Network.list({ host: scene.host })).toEqual([
      { ...LISTED, problem: 'has no record in /run/netloom' },
    ]);
    await network.close();
    await gc({ host: scene.host, force: 'setup' });
    expect(await snapshot(scene.host)).toEqual(before);
    spawnSync('sh', ['-c', 'ip -all netns delete; rm -rf /etc/netns']);
  },
);

test('forwarding stays with a network that was handed over and whose record was set aside', async () => {
  const scene = await lab({ named: true });
  const before = await snapshot(scene.host);
  await (await Network.create({ ...SETUP, dns: false, host: scene.host })).close();
  const standing = await snapshot(scene.host);
  fs.chmodSync(recordOf(scene), 0o666);
  for (let turn = 0; turn < 2; turn++) expect((await gc({ host: scene.host })).removed).toEqual([]);
  expect(await snapshot(scene.host)).toEqual(standing);
  await gc({ host: scene.host, force: 'setup' });
  expect(await snapshot(scene.host)).toEqual(before);
});

test.each(Object.entries(lose))(
  'its holder deletes a network whose record is %s, with all that is attached',
  async (_, { to, words }) => {
    const scene = await lab({ named: true });
    const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
    const network = await Network.create({ ...SETUP, host: scene.host });
    await network.attachMany([scratchName(), scratchName()]);
    to(recordOf(scene));
    if (words !== undefined) {
      await expect(network.delete()).rejects.toMatchObject({
        code: 'EUCLEAN',
        message: expect.stringContaining(words),
      });
      await gc({ host: scene.host });
    }
    await network.delete();
    expect(await snapshot(scene.host)).toEqual(before);
    fs.rmSync(`${JOURNAL}/aside`, { recursive: true, force: true });
    fs.rmSync(`${recordOf(scene)}.real`, { force: true });
    expect(machineSnapshot()).toEqual(machine);
    await (await Network.create({ ...SETUP, host: scene.host })).delete();
  },
);

test('its holder deletes a network without any journal', async () => {
  const scene = await lab({ named: true });
  await run(scene.host, 'sysctl', ['-qw', 'net.ipv4.conf.wan0.forwarding=1']);
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const network = await Network.create({ ...SETUP, host: scene.host });
  await network.attachMany([scratchName(), scratchName()]);
  fs.rmSync(JOURNAL, { recursive: true });
  await network.delete();
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

// Who goes first: by its object, or by force.
test.each(
  (['nftables', 'iptables-nft'] as const).flatMap((firewall) =>
    ['delete()', 'gc({ force })'].map((way) => [firewall, way] as const),
  ),
)('without any journal forwarding stays until the last network goes: %s, %s', async (firewall, way) => {
  const { host } = await lab({ named: true });
  const before = await snapshot(host);
  const forwards = async (): Promise<string> =>
    (await run(host, 'sysctl', ['-n', 'net.ipv4.conf.wan0.forwarding'])).stdout.trim();
  expect(await forwards()).toBe('0');
  const [first, second] = [
    await Network.create({ ...SETUP, firewall, host }),
    await Network.create({ ...SETUP, name: 'second', subnet: '10.72.0.0/24', firewall, host }),
  ];
  fs.rmSync(JOURNAL, { recursive: true });
  const standing = await snapshot(host);
  for (const dryRun of [true, false, false]) {
    const { removed, kept } = await gc({ host, dryRun });
    expect(removed).toEqual([]);
    expect([...kept].sort()).toEqual(
      ['second', 'setup'].map((name) => expect.stringContaining(`network ${name}: has no record`) as string),
    );
    expect(await snapshot(host)).toEqual(standing);
  }
  if (way === 'delete()') await first.delete();
  else await gc({ host, force: 'setup' });
  expect(await forwards()).toBe('1');
  await first.close();
  await second.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('without any journal the object of a deleted network does nothing to a later one of its name', async () => {
  const scene = await lab({ named: true });
  await run(scene.host, 'sysctl', ['-qw', 'net.ipv4.conf.wan0.forwarding=1']);
  const first = await Network.create({ ...SETUP, host: scene.host });
  const held = await Network.open('setup', { host: scene.host });
  await first.delete();
  const second = await Network.create({ ...SETUP, host: scene.host });
  const standing = await snapshot(scene.host);
  fs.rmSync(JOURNAL, { recursive: true });
  await held.delete();
  expect(await snapshot(scene.host)).toEqual(standing);
  await second.delete();
  expect((await snapshot(scene.host)).links).not.toEqual(standing.links);
});

test('a network whose bridge was renamed is deleted by its maker, and by who opens it after that', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  for (const isOpenedAfter of [false, true]) {
    const made = await Network.create({ ...SETUP, host: scene.host });
    await made.attach(scratchName());
    await run(scene.host, 'ip', ['link', 'set', 'nl-setup', 'name', 'renamed']);
    if (isOpenedAfter) await made.close();
    await (isOpenedAfter ? await Network.open('setup', { host: scene.host }) : made).delete();
    expect(await snapshot(scene.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  }
});

test('networks with nothing on the host but an unreadable file are listed, and force names what may be left', async () => {
  const scene = await lab({ named: true });
  const { host } = scene;
  await run(host, 'ip', ['link', 'add', 'wan1', 'up', 'type', 'veth', 'peer', 'name', 'lan1']);
  await run(host, 'ip', ['link', 'set', 'lan1', 'up']);
  await run(host, 'ip', ['address', 'add', '198.51.100.1/24', 'dev', 'wan1']);
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const [alone, other, ported] = [scratchName(), scratchName(), scratchName()];
  const macvlan = { mode: 'macvlan', lifetime: 'persistent', warnings: false, host } as const;
  const lan = { subnet: '192.0.2.0/24', gateway: BEYOND, range: '192.0.2.128/25', parent: 'wan0' };
  const lost = await Network.create({ ...macvlan, ...lan, name: 'lost' });
  await lost.attach(alone);
  await lost.close();
  const second = {
    subnet: '198.51.100.0/24',
    gateway: '198.51.100.2',
    range: '198.51.100.128/25',
    parent: 'wan1',
  };
  const kept = await Network.create({ ...macvlan, ...second, name: 'kept' });
  await kept.attach(other);
  const setup = await Network.create({ ...SETUP, host });
  await setup.attach(ported);
  await setup.close();
  await (await Network.create({ ...SETUP, name: 'whole', subnet: '10.72.0.0/24', host })).close();
  const fileOf = (name: string): string => `${JOURNAL}/networks/${host.cookie}.${name}.json`;
  for (const name of ['lost', 'setup', 'whole']) fs.writeFileSync(fileOf(name), 'x');
  await run(host, 'ip', ['link', 'delete', 'nl-setup']);
  const unread = (name: string) => ({
    ...{ name, lifetime: 'persistent', standing: false },
    problem: `its record ${fileOf(name)} is incomplete`,
  });
  expect(await Network.list({ host })).toEqual([
    expect.objectContaining({ name: 'kept', device: 'wan1', standing: true, endpoints: 1 }),
    unread('lost'),
    unread('setup'),
    { ...unread('whole'), device: 'nl-whole', standing: true },
  ]);

  const rest = (name: string): string =>
    `network ${name}: its record cannot be read, and the host has no bridge with its tag: namespaces that it made, and devices that it adopted, may be left`;
  const doubtful = `netns ${alone}: has a macvlan device, and may be a member of the network lost, whose record cannot be read`;
  const told = { lost: [rest('lost'), doubtful], setup: [rest('setup')], whole: [] };
  for (const [name, lines] of Object.entries(told)) {
    const preview = await gc({ host, force: name, dryRun: true });
    expect(preview.kept).toEqual(lines);
    expect(await gc({ host, force: name })).toEqual(preview);
    expect(await gc({ host, force: name })).toEqual({ removed: [], kept: [] });
  }
  expect(await Network.list({ host })).toMatchObject([{ name: 'kept' }]);
  // The ports' tags told of the namespace behind them. That of the macvlan device is left to whoever reads the report.
  const names = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout;
  expect([alone, other, ported].map((name) => names.includes(name))).toEqual([true, true, false]);
  await kept.delete();
  await (await NetworkNamespace.open(alone)).delete();
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});
