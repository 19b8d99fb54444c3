import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkNamespace } from '../../../../src/netns/namespace';
import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import type { NetworkSpec } from '../../../../src/network/spec/network-spec';
import {
  BEYOND,
  killed,
  type Lab,
  lab,
  machineSnapshot,
  needTools,
  scratchName,
  sh,
  snapshot,
  tool,
  WAN,
} from '../../../support';

needTools('ip', 'nft', 'prlimit', 'mount', 'umount', 'flock');

const JOURNAL = '/run/netloom';
const SPEC: NetworkSpec = { name: 'web', subnet: '172.30.0.0/24', warnings: false, lifetime: 'persistent' };

beforeAll(async () => {
  // /run/netns is mounted with the first name.
  await NetworkNamespace.create(scratchName()).then((ns) => ns.delete());
});

/** What each call on a network, or on networks, is refused with; undefined: it was not. */
async function refusals({ host }: Lab, network: Network): Promise<Map<string, unknown>> {
  const [to] = network.endpoints;
  const calls: Record<string, () => Promise<unknown>> = {
    create: () => Network.create({ ...SPEC, name: 'db', subnet: '172.30.1.0/24', host }),
    open: () => Network.open('web', { host }).then((again) => again.close()),
    list: () => Network.list({ host }),
    attach: () => network.attach(scratchName()),
    publish: () => network.publish({ hostAddress: WAN, hostPort: 80, to: to as never, port: 80 }),
    peer: () => network.peer({ subnet: '10.9.0.0/24', via: BEYOND }),
    refresh: () => network.refresh(),
    inspect: () => network.inspect(),
    gc: () => gc({ host }),
    detach: () => network.detach(to as never),
    delete: () => network.delete(),
  };
  const told = new Map<string, unknown>();
  for (const [name, call] of Object.entries(calls))
    told.set(
      name,
      await call().then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
  return told;
}

test('with no descriptor left what is refused is a NetlinkError with what helps, and can be repeated', async () => {
  const scene = await lab();
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const network = await Network.create({ ...SPEC, host: scene.host });
  await network.attach(scratchName());
  const { stdout } = await tool('prlimit', [
    '--pid',
    String(process.pid),
    '--nofile',
    '-o',
    'SOFT',
    '--noheadings',
  ]);
  const limit = (soft: string): Promise<unknown> =>
    tool('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:`]);
  await limit('1000');
  const held: number[] = [];
  try {
    for (;;) held.push(fs.openSync('/dev/null', 'r'));
  } catch {
    // That was the last one.
  }
  const told = await refusals(scene, network);
  held.forEach((descriptor) => {
    fs.closeSync(descriptor);
  });
  await limit(stdout.trim());
  const refused = [...told].filter(([, error]) => error !== undefined);
  expect(refused.map(([name]) => name)).toEqual(
    expect.arrayContaining(['create', 'open', 'list', 'attach', 'gc', 'detach']),
  );
  for (const [, error] of refused) {
    expect(error).toMatchObject({ name: 'NetlinkError', code: 'EMFILE' });
    expect((error as Error).message).toMatch(/: raise the limit \(ulimit -n/);
  }
  await network.delete();
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('a journal that has become read-only: what stands there is not told to go elsewhere', async () => {
  const scene = await lab();
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const network = await Network.create({ ...SPEC, host: scene.host });
  const red = await network.attach(scratchName());
  const publication = await network.publish({ hostAddress: WAN, hostPort: 80, to: red, port: 80 });
  await sh(scene.host, `mount --bind ${JOURNAL} ${JOURNAL}; mount -o remount,ro,bind ${JOURNAL}`);
  try {
    const calls = [
      () => network.attach(scratchName()),
      () => network.detach(red),
      () => publication.delete(),
    ];
    for (const call of [...calls, () => network.delete()]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'NetlinkError', code: 'EROFS' });
      expect((error as Error).message).toContain(
        'make the directory writable for this user, and repeat the call',
      );
      expect((error as Error).message).not.toContain('setStateDirectory');
    }
  } finally {
    await sh(scene.host, `umount ${JOURNAL}`);
  }
  await network.delete();
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('a journal that others may write is refused with the command that helps', async () => {
  const scene = await lab();
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const network = await Network.create({ ...SPEC, host: scene.host });
  await network.attach(scratchName());
  fs.chmodSync(JOURNAL, 0o777);
  const told = await refusals(scene, network);
  fs.chownSync(JOURNAL, 1000, 1000);
  const alien: unknown = await gc({ host: scene.host }).catch((error: unknown) => error);
  fs.chownSync(JOURNAL, 0, 0);
  fs.chmodSync(JOURNAL, 0o700);
  for (const name of ['create', 'open', 'attach', 'publish', 'peer', 'gc', 'detach', 'delete']) {
    const error = told.get(name);
    expect({ name, error }).toMatchObject({ name, error: { name: 'NetlinkError', code: 'EUCLEAN' } });
    expect((error as Error).message).toMatch(
      /\/run\/netloom: .* is writable by others.*: chmod 700 \/run\/netloom$/,
    );
  }
  expect((alien as Error).message).toMatch(
    /belongs to the user 1000.*: chown 0 \S+ && chmod 700 \/run\/netloom$/,
  );
  await network.delete();
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('an attach whose signal fires while another process has the journal ends at once, and changes nothing', async () => {
  const scene = await lab();
  const network = await Network.create({ ...SPEC, host: scene.host });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const other = spawn('flock', ['--no-fork', JOURNAL, 'sleep', '60'], { stdio: 'ignore' });
  while (
    await tool('flock', ['--nonblock', JOURNAL, 'true']).then(
      () => true,
      () => false,
    )
  )
    await sleep(10);
  const begin = performance.now();
  const attaching = network.attach(scratchName(), { signal: AbortSignal.timeout(200) });
  await expect(attaching).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(performance.now() - begin).toBeLessThan(3_000);
  await killed(other);
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
  expect(network.endpoints).toEqual([]);
  await network.attach(scratchName());
  await network.delete();
});

test.each([
  ['cut short', (file: string) => fs.truncateSync(file, 50), 'is incomplete'],
  ['writable by others', (file: string) => fs.chmodSync(file, 0o666), 'is writable by others'],
])('a record that is %s is the answer to each call under its own name', async (_, damage, words) => {
  const scene = await lab();
  const { host } = scene;
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const network = await Network.create({ ...SPEC, host });
  const [red, blue] = await network.attachMany([scratchName(), scratchName()]);
  const port = { hostAddress: WAN, hostPort: 80 } as const;
  const publication = await network.publish({ ...port, to: red, port: 80 });
  const standing = await snapshot(host);
  const file = `${JOURNAL}/networks/${host.cookie}.web.json`;
  damage(file);
  const calls: Record<string, () => unknown> = {
    open: () => Network.open('web', { host }),
    attach: () => network.attach(scratchName()),
    detach: () => network.detach(blue),
    publish: () => network.publish({ ...port, hostPort: 81, to: red, port: 80 }),
    unpublish: () => network.unpublish(port),
    publications: () => network.publications,
    withdraw: () => publication.delete(),
    peer: () => network.peer({ subnet: '10.9.0.0/24', via: BEYOND }),
    unpeer: () => network.unpeer('10.9.0.0/24'),
    refresh: () => network.refresh(),
    inspect: () => network.inspect(),
    plan: () => network.plan(),
    delete: () => network.delete(),
  };
  const call = async (work: () => unknown): Promise<unknown> => work();
  // One after the other, and all at once.
  const each = Object.entries(calls);
  const answers: [string, unknown][] = [];
  for (const [name, work] of each) answers.push([name, await call(work).catch((error: unknown) => error)]);
  const others = each.filter(([name]) => name !== 'delete');
  const together = await Promise.allSettled(others.map(([, work]) => call(work)));
  together.forEach((one, at) => answers.push([others[at]?.[0] ?? '', (one as PromiseRejectedResult).reason]));
  for (const [name, error] of answers) {
    expect(error).toMatchObject({ name: 'NetlinkError', code: 'EUCLEAN', object: 'web' });
    expect(error).toMatchObject({ operation: `network.${name}` });
    expect((error as Error).message).toContain(`network.${name} web: `);
    expect((error as Error).message).toContain(`its record ${file} ${words}: gc({ force: 'web' })`);
  }
  expect(await snapshot(host)).toEqual(standing);
  await gc({ host, force: 'web' });
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});
