import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { gc, Network } from '../../../../src';
import { ipJson, type Lab, lab, machineSnapshot, needTools, scratchName, snapshot } from '../../../support';

needTools('ip', 'nft', 'mount', 'umount');

// What others have put in the place of a network's names, or on its bridge.
const SETUP = { name: 'setup', subnet: '10.71.0.0/24', lifetime: 'persistent', warnings: false } as const;

const fileOf = (name: string): string => `/run/netns/${name}`;

/** Takes a namespace off its name, and has a file with this content there. */
function replace(name: string, content: string): void {
  spawnSync('umount', ['-l', fileOf(name)]);
  fs.rmSync(fileOf(name), { force: true });
  fs.writeFileSync(fileOf(name), content, { mode: 0o600 });
}

/** Mounts more on a name than two attempts remove; private mounts, which do not double each time. */
function pile(name: string): void {
  const stack = 'for i in $(seq 40); do mount --make-private $0; mount --bind $0 $0; done';
  spawnSync('sh', ['-c', stack, fileOf(name)]);
}

type Way = (scene: Lab, network: Network) => Promise<unknown>;

const WAYS: Record<string, Way> = {
  'delete()': (_, network) => network.delete(),
  'detach() and delete()': async (_, network) => {
    await network.detach(network.endpoints);
    await network.delete();
  },
  'open() and delete()': async ({ host }, network) => {
    await network.close();
    await (await Network.open('setup', { host })).delete();
  },
  'gc({ force })': async ({ host }, network) => {
    await network.close();
    await gc({ host, force: 'setup' });
  },
};

describe.each(Object.entries(WAYS))('%s', (title, way) => {
  test('completes where a file of somebody else has the name of a namespace, and leaves it', async () => {
    const scene = await lab({ named: true });
    const before = await snapshot(scene.host);
    const [name, other] = [scratchName(), scratchName()];
    const network = await Network.create({ ...SETUP, host: scene.host });
    await network.attachMany([name, other]);
    replace(name, 'mine');
    try {
      if (title === 'gc({ force })') {
        const { kept } = await gc({ host: scene.host, force: 'setup', dryRun: true });
        expect(kept).toEqual([`file ${fileOf(name)}: is not a namespace, and not made by netloom`]);
      }
      await way(scene, network);
      expect(fs.readFileSync(fileOf(name), 'utf8')).toBe('mine');
      expect(fs.existsSync(fileOf(other))).toBe(false);
      expect(await snapshot(scene.host)).toEqual(before);
    } finally {
      fs.rmSync(fileOf(name), { force: true });
    }
  });

  test('removes the empty files of names that somebody unmounted', async () => {
    const scene = await lab({ named: true });
    const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
    const names = [scratchName(), scratchName()];
    const network = await Network.create({ ...SETUP, host: scene.host });
    await network.attachMany(names);
    for (const name of names) spawnSync('umount', ['-l', fileOf(name)]);
    await way(scene, network);
    expect(await snapshot(scene.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  });
});

test('a name that cannot be removed is an error, and another gc({ force }) removes it', async () => {
  const scene = await lab({ named: true });
  const before = await snapshot(scene.host);
  const name = scratchName();
  const network = await Network.create({ ...SETUP, host: scene.host });
  await network.attach(name);
  await network.close();
  pile(name);
  await expect(gc({ host: scene.host, force: 'setup' })).rejects.toMatchObject({
    code: 'EBUSY',
    object: name,
  });
  expect(fs.existsSync(fileOf(name))).toBe(true);
  await gc({ host: scene.host, force: 'setup' });
  expect(await snapshot(scene.host)).toEqual(before);
});

test('after a gc({ force }) that failed half-way nobody uses the network, and gc() removes the rest', async () => {
  const scene = await lab({ named: true });
  const { host } = scene;
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const name = scratchName();
  const network = await Network.create({ ...SETUP, host });
  await network.attach(name);
  await network.close();
  pile(name);
  await expect(gc({ host, force: 'setup' })).rejects.toMatchObject({ code: 'EBUSY', object: name });
  expect((await ipJson(host, 'link')).map(({ ifname }) => ifname)).not.toContain('nl-setup');
  const opened = await Network.open('setup', { host });
  await expect(opened.attach(scratchName())).rejects.toMatchObject({
    code: 'ENOENT',
    message: expect.stringContaining("the network 'setup' was deleted"),
  });
  await opened.close();
  await expect(Network.create({ ...SETUP, host })).rejects.toMatchObject({ code: 'EEXIST' });
  const { removed, kept } = await gc({ host });
  expect({ removed, kept }).toEqual({ removed: expect.arrayContaining([`netns ${name}`]), kept: [] });
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
  await (await Network.create({ ...SETUP, host })).delete();
});
