import { type ChildProcess, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gc } from '../../../../src/network/gc/gc';
import { readIntents } from '../../../../src/network/journal/intents';
import { Network } from '../../../../src/network/network';
import { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  eventually,
  ipJson,
  type Json,
  killed,
  type Lab,
  lab,
  machineSnapshot,
  needTools,
  nftJson,
  run,
  scratchName,
  snapshot,
  startSetup,
} from '../../../support';

needTools('ip', 'nft');

const SETUP = { name: 'setup', subnet: '10.71.0.0/24', lifetime: 'persistent' } as const;
const OTHER = { name: 'other', subnet: '10.72.0.0/24', lifetime: 'persistent' } as const;
const JOURNAL = '/run/netloom';

async function begin(scene: Lab, word: 'begin' | 'done'): Promise<ChildProcess> {
  const { child, said } = startSetup(scene);
  await said(word);
  return child;
}

async function killedMaker(scene: Lab): Promise<void> {
  await killed(await begin(scene, 'done'));
}

const recordOf = ({ host }: Lab, name: string): string => `${JOURNAL}/networks/${host.cookie}.${name}.json`;

/** Changes the first line of a file of the journal, as another time or another version would have written it. */
function rewrite(file: string, change: (value: Record<string, unknown>) => object): void {
  const [first = '', ...rest] = fs.readFileSync(file, 'utf8').split('\n');
  const value = JSON.parse(first) as Record<string, unknown>;
  fs.writeFileSync(file, [JSON.stringify(change(value)), ...rest].join('\n'));
}

const tables = async ({ host }: Lab): Promise<unknown[]> =>
  (await nftJson(host)).filter((entry) => 'table' in entry).map((entry) => entry.table.name);

test('who opens the network of a killed maker keeps it from gc(), and hands it over by closing it', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  await killedMaker(scene);
  const network = await Network.open('setup', { host: scene.host });
  const standing = await snapshot(scene.host);
  const { removed, kept } = await gc({ host: scene.host });
  expect({ removed, kept }).toEqual({
    removed: [],
    kept: [expect.stringMatching(/^network setup: process \d+/)],
  });
  expect(await snapshot(scene.host)).toEqual(standing);
  await network.close();
  expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
  expect(await snapshot(scene.host)).toEqual(standing);
  await (await Network.open('setup', { host: scene.host })).delete();
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('a network whose maker and opener were killed goes; a killed opener alone takes nothing along', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  await killedMaker(scene);
  const open = spawnSync(
    process.execPath,
    ['-e', `${OPENING}process.kill(process.pid, 'SIGKILL'); })()`, scene.host.name ?? ''],
    { encoding: 'utf8' },
  );
  expect(open).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  expect((await gc({ host: scene.host })).removed).toContain('link nl-setup');
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);

  const network = await Network.create({ ...SETUP, host: scene.host });
  await network.close();
  const standing = await snapshot(scene.host);
  spawnSync(process.execPath, [
    '-e',
    `${OPENING}process.kill(process.pid, 'SIGKILL'); })()`,
    scene.host.name ?? '',
  ]);
  expect(readIntents(String(scene.host.cookie))).toMatchObject([{ action: 'hold' }]);
  expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
  expect(readIntents(String(scene.host.cookie))).toEqual([]);
  expect(await snapshot(scene.host)).toEqual(standing);
  await (await Network.open('setup', { host: scene.host })).delete();
});

const OPENING = `const { Network, NetworkNamespace } = require(${JSON.stringify(path.resolve('.'))});
(async () => { const host = await NetworkNamespace.open(process.argv[1]); await Network.open('setup', { host }); `;

test('killed at every step of making it, a network goes and can be made again', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  for (let turn = 0; turn < 8; turn++) {
    const child = await begin(scene, 'begin');
    await new Promise((resolve) => setTimeout(resolve, turn * 4));
    await killed(child);
    await gc({ host: scene.host });
    expect(await snapshot(scene.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  }
  await (await Network.create({ ...SETUP, host: scene.host })).delete();
});

test('a network in a PID namespace that is gone goes, and one in a living PID namespace stays', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const script = `const { Network, NetworkNamespace, gc } = require(${JSON.stringify(path.resolve('.'))});
    (async () => { const host = await NetworkNamespace.open(process.argv[1]);
      const network = await Network.create({ ...${JSON.stringify(SETUP)}, host });
      console.log(JSON.stringify(await gc({ host }))); process.kill(process.pid, 'SIGKILL'); })()`;
  // Without a /proc of its own the child's numbers mean other processes there.
  // Its first process would survive its own SIGKILL, hence the shell.
  const shell = ['sh', '-c', '"$0" "$@"; exit 0'];
  const args = ['--pid', '--fork', ...shell, process.execPath, '-e', script, scene.host.name ?? ''];
  const { stdout } = spawnSync('unshare', args, { encoding: 'utf8' });
  expect(stdout).toBe('{"removed":[],"kept":[]}\n');
  const report = await gc({ host: scene.host });
  expect(report.kept).toEqual([]);
  expect(report.removed).toContain('link nl-setup');
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('a network whose bridge somebody removed takes nobody in, and can be deleted', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const made = await Network.create({ ...SETUP, host: scene.host });
  await made.attachMany([scratchName(), scratchName()]);
  await made.close();
  await run(scene.host, 'ip', ['link', 'del', 'nl-setup']);
  const network = await Network.open('setup', { host: scene.host });
  await expect(network.attach(scratchName())).rejects.toMatchObject({
    code: 'ENODEV',
    operation: 'network.attach',
  });
  await network.delete();
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
  await (await Network.create({ ...SETUP, host: scene.host })).delete();
});

test('without a record a network is told of and removed by force, and nothing else is', async () => {
  const scene = await lab({ named: true });
  const other = await Network.create({ ...OTHER, nat: false, host: scene.host });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const made = await Network.create({ ...SETUP, nat: false, host: scene.host });
  await made.attach(scratchName());
  await made.close();
  fs.rmSync(recordOf(scene, 'setup'));
  const standing = await snapshot(scene.host);
  expect(await gc({ host: scene.host })).toEqual({
    removed: [],
    kept: ["network setup: has no record in this journal; gc({ force: 'setup' }) removes it"],
  });
  expect(await snapshot(scene.host)).toEqual(standing);
  const preview = await gc({ host: scene.host, force: 'setup', dryRun: true });
  expect(await snapshot(scene.host)).toEqual(standing);
  expect(await gc({ host: scene.host, force: 'setup' })).toEqual(preview);
  expect(preview.removed).toEqual(expect.arrayContaining(['link nl-setup', 'table netloom-setup']));
  expect(preview.removed.filter((what) => what.startsWith('netns '))).toHaveLength(1);
  expect(await snapshot(scene.host)).toEqual(before);
  expect(await gc({ host: scene.host, force: 'setup' })).toEqual({ removed: [], kept: [] });
  await other.delete();
  expect(machineSnapshot().names).toEqual(machine.names);
});

test.each([
  ['garbage', (file: string) => fs.writeFileSync(file, 'garbage')],
  ['lost', (file: string) => fs.rmSync(file)],
])(
  'force finds the names of namespaces that a network made by its ports, its record being %s',
  async (_, spoil) => {
    const scene = await lab({ named: true });
    const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
    for (const mode of ['bridge', 'routed'] as const) {
      const network = await Network.create({ ...SETUP, mode, host: scene.host });
      const given = await NetworkNamespace.create(scratchName());
      const [one, two] = await network.attachMany([scratchName(), scratchName()]);
      await network.attach(given);
      // Somebody replaced the second by one of their own.
      const ports = (): Promise<Json[]> => ipJson(scene.host, 'link', 'show', 'type', 'veth');
      await network.close();
      expect(await ports()).toHaveLength(4);
      await run(scene.host, 'ip', ['netns', 'delete', two.name]);
      await eventually('its port is gone', async () => (await ports()).length === 3);
      const foreign = await NetworkNamespace.create(two.name);
      spoil(recordOf(scene, 'setup'));
      const preview = await gc({ host: scene.host, force: 'setup', dryRun: true });
      expect(preview.removed).toContain(`netns ${one.name}`);
      expect(await gc({ host: scene.host, force: 'setup' })).toEqual(preview);
      expect(machineSnapshot().names.sort()).toEqual(
        [...machine.names, `/run/netns/${given.name}`, `/run/netns/${foreign.name}`].sort(),
      );
      await Promise.all([given.delete(), foreign.delete()]);
      expect(await snapshot(scene.host)).toEqual(before);
      expect(machineSnapshot()).toEqual(machine);
    }
  },
);

test('without a record a network goes that a lease still tells of', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  await (await Network.create({ ...SETUP, host: scene.host })).close();
  fs.rmSync(recordOf(scene, 'setup'));
  const { removed, kept } = await gc({ host: scene.host });
  expect(removed).toEqual(expect.arrayContaining(['link nl-setup', 'table netloom-setup']));
  expect(kept).toEqual([]);
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('force removes what a living process has open, and refuses a name that is none', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const child = await begin(scene, 'done');
  const inodes = new Map(
    machineSnapshot().names.map((file) => [`netns ${path.basename(file)}`, fs.statSync(file).ino]),
  );
  const { removed } = await gc({ host: scene.host, force: 'setup' });
  expect(removed).toEqual(expect.arrayContaining(['link nl-setup', 'table netloom-setup']));
  // Its holder lets go of the namespaces.
  const gone = removed.flatMap((line) => inodes.get(line) ?? []);
  const fds = `/proc/${child.pid}/fd`;
  const held = fs.readdirSync(fds).map((fd) => fs.statSync(`${fds}/${fd}`, { throwIfNoEntry: false })?.ino);
  await killed(child);
  expect(gone.length).toBeGreaterThan(0);
  expect(gone.filter((inode) => held.includes(inode))).toEqual([]);
  await gc({ host: scene.host });
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
  await expect(gc({ host: scene.host, force: '../setup' })).rejects.toMatchObject({ path: 'force' });
});

const force = async (host: NetworkNamespace, options: { dryRun?: boolean } = {}): ReturnType<typeof gc> =>
  gc({ host, force: 'other', ...options });

test('with a record, too, force leaves a bridge with a port of somebody else', async () => {
  const scene = await lab({ named: true });
  const { host } = scene;
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const other = await Network.create({ ...OTHER, host });
  await other.attach(scratchName());
  await other.close();
  await run(host, 'ip', ['link', 'add', 'guest', 'type', 'veth', 'peer', 'name', 'guest1']);
  await run(host, 'ip', ['link', 'set', 'guest', 'master', 'nl-other']);
  const line = 'link guest: is a port of the bridge of network other; remove the port from the bridge first';
  const preview = await force(host, { dryRun: true });
  const report = await force(host);
  expect([preview.kept, report.kept]).toEqual([[line], [line]]);
  expect([...preview.removed].sort()).toEqual([...report.removed].sort());
  expect(report.removed).not.toContain('link nl-other');
  expect(await ipJson(host, 'link', 'show', 'guest')).toMatchObject([{ master: 'nl-other' }]);
  expect(machineSnapshot()).toEqual(machine);
  await run(host, 'ip', ['link', 'del', 'guest']);
  expect((await force(host)).removed).toContain('link nl-other');
  expect(await snapshot(host)).toEqual(before);
});

test('force leaves a network that lives with a process, and a bridge with a port of somebody else', async () => {
  const scene = await lab();
  const own = await Network.create({ name: 'setup', subnet: SETUP.subnet, host: scene.host });
  const other = await Network.create({ ...OTHER, host: scene.host });
  await other.close();
  await run(scene.host, 'ip', ['link', 'add', 'stranger', 'type', 'bridge']);
  await run(scene.host, 'ip', ['link', 'add', 'guest', 'type', 'veth', 'peer', 'name', 'guest1']);
  await run(scene.host, 'ip', ['link', 'set', 'guest', 'master', 'nl-other']);
  fs.rmSync(recordOf(scene, 'other'));
  const before = (await ipJson(scene.host, 'link')).map(({ ifname }) => ifname);
  expect(await gc({ host: scene.host, force: 'setup' })).toEqual({
    removed: [],
    kept: ['table netloom-setup: belongs to a running process, and ends with that process'],
  });
  const { removed, kept } = await gc({ host: scene.host, force: 'other' });
  expect(kept).toEqual([
    'link guest: is a port of the bridge of network other; remove the port from the bridge first',
  ]);
  expect(removed).not.toContain('link nl-other');
  expect((await ipJson(scene.host, 'link')).map(({ ifname }) => ifname)).toEqual(before);
  await run(scene.host, 'ip', ['link', 'set', 'guest', 'nomaster']);
  expect((await gc({ host: scene.host, force: 'other' })).removed).toContain('link nl-other');
  await own.delete();
});

describe('odd files', () => {
  const make: Record<string, (file: string, good: string) => void> = {
    'an empty file': (file) => fs.writeFileSync(file, ''),
    'half of one': (file, good) => fs.writeFileSync(file, good.slice(0, 40)),
    null: (file) => fs.writeFileSync(file, 'null'),
    'a list': (file) => fs.writeFileSync(file, '[]'),
    'another shape': (file) => fs.writeFileSync(file, '{"version":1,"host":5}'),
    'another version': (file) => fs.writeFileSync(file, '{"version":2}'),
    'no version': (file) => fs.writeFileSync(file, '{}'),
    'a pipe': (file) => void spawnSync('mkfifo', [file]),
    'a link to a file': (file) => fs.symlinkSync('/etc/passwd', file),
    'a link to itself': (file) => fs.symlinkSync(file, file),
    'a directory': (file) => fs.mkdirSync(file),
    'one that others can write': (file, good) => {
      fs.writeFileSync(file, good);
      fs.chmodSync(file, 0o666);
    },
    'a file of another user': (file, good) => {
      fs.writeFileSync(file, good);
      fs.chownSync(file, 1000, 1000);
    },
  };

  const places = ['networks', 'intents', 'forwarding', 'routes', 'rules'] as const;

  test.each(Object.keys(make))(
    '%s in every place is told, moved out of the way and hurts nobody',
    async (kind) => {
      const scene = await lab({ named: true });
      const machine = machineSnapshot();
      const other = await Network.create({ ...OTHER, host: scene.host });
      const before = await snapshot(scene.host);
      const good = fs.readFileSync(recordOf(scene, 'other'), 'utf8');
      const files = places.map((place) => `${JOURNAL}/${place}/${scene.host.cookie}.setup.json`);
      for (const file of files) {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        make[kind]?.(file, good);
      }
      // Both work while the files are there.
      await (
        await Network.create({ ...SETUP, name: 'third', subnet: '10.73.0.0/24', host: scene.host })
      ).delete();
      await (await Network.create({ name: 'fourth', subnet: '10.73.0.0/24', host: scene.host })).delete();
      // Only intents are written in place: one that is not whole was never begun with.
      const isCutShort = ['an empty file', 'half of one'].includes(kind);
      const torn = files.filter((file) => isCutShort && file.includes('/intents/'));
      const preview = await gc({ host: scene.host, dryRun: true });
      const { removed, kept } = await gc({ host: scene.host });
      expect(removed).toEqual(torn.map((file) => `file ${file}`));
      expect(preview.removed).toEqual(removed);
      const told = files.filter((file) => kept.some((line) => line.startsWith(`file ${file}: `)));
      expect(told).toEqual(files.filter((file) => !torn.includes(file)));
      const isForeign = kind.endsWith('version');
      expect(files.filter((file) => fs.lstatSync(file, { throwIfNoEntry: false }))).toEqual(
        isForeign ? files : [],
      );
      if (!isForeign) expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
      expect(await snapshot(scene.host)).toEqual(before);
      await other.delete();
      for (const file of files) fs.rmSync(file, { force: true });
      fs.rmSync(`${JOURNAL}/aside`, { recursive: true, force: true });
      expect(machineSnapshot()).toEqual(machine);
    },
  );

  test('a broken record names its file, and is removed by force with the network', async () => {
    const scene = await lab({ named: true });
    const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
    await (await Network.create({ ...SETUP, dns: false, host: scene.host })).close();
    fs.writeFileSync(recordOf(scene, 'setup'), 'broken\n');
    await expect(Network.open('setup', { host: scene.host })).rejects.toMatchObject({
      code: 'EUCLEAN',
      message: expect.stringContaining(recordOf(scene, 'setup')),
    });
    // Nothing says that the network is to go.
    const standing = await snapshot(scene.host);
    await gc({ host: scene.host });
    expect((await gc({ host: scene.host })).kept).toEqual([
      expect.stringMatching(/^network setup: has no record/),
    ]);
    expect((await snapshot(scene.host)).links).toEqual(standing.links);
    expect((await gc({ host: scene.host, force: 'setup' })).removed).toContain('link nl-setup');
    expect(await snapshot(scene.host)).toEqual(before);
    fs.rmSync(`${JOURNAL}/aside`, { recursive: true, force: true });
    expect(machineSnapshot()).toEqual(machine);
  });

  test.each([
    ['routed', 'spokes'],
    ['macvlan', 'both'],
    ['openvswitch', true],
    ['parent', 'no device'],
    ['portPrefix', 'no device'],
    ['vxlan', { id: '7' }],
    ['firewall', 'pf'],
  ])('a record with the %s %j is that of no bridge, and is told', async (field, value) => {
    const scene = await lab({ named: true });
    const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
    await (await Network.create({ ...SETUP, dns: false, host: scene.host })).close();
    const file = recordOf(scene, 'setup');
    rewrite(file, (record) => ({ ...record, layout: { ...(record['layout'] as object), [field]: value } }));
    const standing = await snapshot(scene.host);
    await expect(Network.open('setup', { host: scene.host })).rejects.toMatchObject({
      code: 'EUCLEAN',
      message: expect.stringContaining(`layout.${field}`),
    });
    const { removed, kept } = await gc({ host: scene.host });
    expect(removed).toEqual([]);
    expect(kept).toContainEqual(
      expect.stringMatching(`^file ${file}: is invalid: layout\\.${field}.*; moved to `),
    );
    expect(await snapshot(scene.host)).toEqual(standing);
    expect((await gc({ host: scene.host, force: 'setup' })).removed).toContain('link nl-setup');
    expect(await snapshot(scene.host)).toEqual(before);
    fs.rmSync(`${JOURNAL}/aside`, { recursive: true, force: true });
    expect(machineSnapshot()).toEqual(machine);
  });

  test('without the place of all records nothing counts as gone', async () => {
    const scene = await lab();
    await (await Network.create({ ...SETUP, host: scene.host })).close();
    const standing = await snapshot(scene.host);
    fs.renameSync(`${JOURNAL}/networks`, '/run/networks');
    fs.writeFileSync(`${JOURNAL}/networks`, '');
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation();
    const { removed, kept } = await gc({ host: scene.host });
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    expect(removed).toEqual([]);
    expect(kept).toEqual([expect.stringContaining('replaced the directory of records')]);
    expect(await snapshot(scene.host)).toEqual(standing);
    fs.rmSync(`${JOURNAL}/networks`, { recursive: true, force: true });
    fs.renameSync('/run/networks', `${JOURNAL}/networks`);
    fs.rmSync(`${JOURNAL}/aside`, { recursive: true });
    await (await Network.open('setup', { host: scene.host })).delete();
  });

  test('a directory of the journal that is a link is not followed', async () => {
    const scene = await lab();
    const network = await Network.create({ ...SETUP, host: scene.host });
    await network.close();
    const elsewhere = fs.mkdtempSync('/run/elsewhere-');
    fs.rmSync(`${JOURNAL}/intents`, { recursive: true });
    fs.symlinkSync(elsewhere, `${JOURNAL}/intents`);
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation();
    await (await Network.open('setup', { host: scene.host })).delete();
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining('is a symbolic link; moved to '), 'NetloomWarning'],
    ]);
    warn.mockRestore();
    expect(fs.readdirSync(elsewhere)).toEqual([]);
    fs.rmSync(elsewhere, { recursive: true });
    fs.rmSync(`${JOURNAL}/aside`, { recursive: true, force: true });
  });
});

test('files of an earlier start of the machine go, and what stands now is not touched', async () => {
  const scene = await lab({ named: true });
  await (await Network.create({ ...SETUP, host: scene.host })).close();
  const network = await Network.create({ ...OTHER, host: scene.host });
  const [hold] = readIntents(String(scene.host.cookie));
  const before = await snapshot(scene.host);
  const files = [recordOf(scene, 'setup'), `${JOURNAL}/forwarding/${scene.host.cookie}.ip:wan0.json`];
  for (const file of files) rewrite(file, (value) => ({ ...value, boot: 'another' }));
  const old = `${JOURNAL}/intents/00000000-0000-0000-0000-000000000000.json`;
  fs.copyFileSync(`${JOURNAL}/intents/${hold?.id ?? ''}.json`, old);
  rewrite(old, (value) => ({
    ...value,
    id: path.basename(old, '.json'),
    network: 'other',
    owner: { ...(value['owner'] as object), bootId: 'another' },
  }));
  const { removed } = await gc({ host: scene.host });
  expect([...removed].sort()).toEqual([...files, old].map((file) => `file ${file}`).sort());
  expect(await snapshot(scene.host)).toEqual(before);
  await expect(Network.open('setup', { host: scene.host })).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await gc({ host: scene.host, force: 'setup' })).removed).toContain('link nl-setup');
  await network.delete();
  await run(scene.host, 'sysctl', ['-qw', 'net.ipv4.conf.wan0.forwarding=0']);
});

test('the journal of a host that is no more goes, with the names of its namespaces', async () => {
  const scene = await lab({ named: true });
  const machine = machineSnapshot();
  const host = await NetworkNamespace.create();
  const network = await Network.create({ ...SETUP, nat: false, host });
  await network.attachMany([scratchName(), scratchName()]);
  await network.close();
  expect((await gc({ host: scene.host })).removed).toEqual([]);
  await host.delete();
  const { removed } = await gc({ host: scene.host });
  expect(removed).toContain(`file ${JOURNAL}/networks/${host.cookie}.setup.json`);
  expect(machineSnapshot()).toEqual(machine);
});

test('a creation that is refused leaves nothing, and can be repeated', async () => {
  const scene = await lab({ named: true });
  await run(scene.host, 'ip', ['link', 'add', 'nl-setup', 'type', 'bridge']);
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  for (let turn = 0; turn < 2; turn++) {
    await expect(Network.create({ ...SETUP, host: scene.host })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await snapshot(scene.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  }
  await run(scene.host, 'ip', ['link', 'del', 'nl-setup']);
  await (await Network.create({ ...SETUP, host: scene.host })).delete();
});

test.each(['nftables', 'iptables-nft'] as const)(
  'a creation for which the disk has no room leaves nothing, and can be repeated: %s',
  async (firewall) => {
    const scene = await lab({ named: true });
    const directory = `/run/${scratchName()}`;
    fs.mkdirSync(directory, { mode: 0o700 });
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', directory]);
    process.env['NETLOOM_STATE_DIRECTORY'] = directory;
    try {
      const spec = { ...SETUP, firewall, host: scene.host };
      await (await Network.create(spec)).delete();
      const before = await snapshot(scene.host);
      let refused = 0;
      for (let pages = 0; pages < 6; pages++) {
        const ballast = `${directory}/ballast`;
        spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096']);
        fs.truncateSync(ballast, fs.statSync(ballast).size - pages * 4096);
        const made = await Network.create(spec).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'ENOSPC' });
          refused++;
        });
        if (!made) expect(await snapshot(scene.host)).toEqual(before);
        fs.unlinkSync(ballast);
        await made?.delete();
        await (await Network.create(spec)).delete();
        expect(await snapshot(scene.host)).toEqual(before);
      }
      expect(refused).toBeGreaterThan(2);
    } finally {
      delete process.env['NETLOOM_STATE_DIRECTORY'];
      spawnSync('umount', ['-l', directory]);
      fs.rmdirSync(directory);
    }
  },
);

test('the object of a deleted network does nothing to a later one of its name', async () => {
  const scene = await lab({ named: true });
  const first = await Network.create({ ...SETUP, host: scene.host });
  const held = await Network.open('setup', { host: scene.host });
  await first.delete();
  const second = await Network.create({ ...SETUP, host: scene.host });
  await second.attach(scratchName());
  const standing = await snapshot(scene.host);
  await expect(held.attach(scratchName())).rejects.toMatchObject({ code: 'ENOENT' });
  await held.delete();
  expect(await snapshot(scene.host)).toEqual(standing);
  await second.delete();
});

test('whoever holds a network that another deletes does not bring its rules back', async () => {
  const scene = await lab({ named: true });
  for (let turn = 0; turn < 5; turn++) {
    const made = await Network.create({ ...SETUP, host: scene.host });
    const held = await Network.open('setup', { host: scene.host });
    await run(scene.host, 'nft', ['flush', 'ruleset']);
    await eventually('the rules are back', async () => (await tables(scene)).includes('netloom-setup'));
    await made.delete();
    await held.close();
    expect(await tables(scene)).toEqual([]);
    await (await Network.create({ ...SETUP, host: scene.host })).delete();
  }
});

test('NETLOOM_STATE_DIRECTORY says where the journal is', async () => {
  const scene = await lab({ named: true });
  const machine = machineSnapshot();
  const directory = `/run/${scratchName()}`;
  process.env['NETLOOM_STATE_DIRECTORY'] = directory;
  try {
    const network = await Network.create({ ...SETUP, host: scene.host });
    expect(machineSnapshot()).toEqual(machine);
    expect(fs.readdirSync(`${directory}/networks`)).toEqual([`${scene.host.cookie}.setup.json`]);
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
    await network.delete();
    // As /tmp is: others may add files, which are not trusted, and remove none of ours.
    fs.chmodSync(directory, 0o1777);
    await (await Network.create({ ...SETUP, host: scene.host })).delete();
    fs.chmodSync(directory, 0o777);
    await expect(Network.create({ ...SETUP, host: scene.host })).rejects.toThrow('writable by others');
  } finally {
    delete process.env['NETLOOM_STATE_DIRECTORY'];
    fs.rmSync(directory, { recursive: true, force: true });
  }
});
