import { setTimeout as sleep } from 'node:timers/promises';
import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import {
  ended,
  eventually,
  ipJson,
  killed,
  lab,
  type Lab,
  machineSnapshot,
  needTools,
  nftJson,
  run,
  type Setup,
  snapshot,
  startSetup,
} from '../../../support';

needTools('ip', 'nft');

const MOMENTS = 40;
const ENDPOINTS = 50;

type Lifetime = 'process' | 'persistent';

const start = (scene: Lab, lifetime: Lifetime, end?: 'close' | 'exit' | 'drop'): Setup =>
  startSetup(scene, { lifetime, count: ENDPOINTS, ...(end && { end }) });

/** How long a set-up takes from its first word to its last, in milliseconds. */
async function measure(scene: Lab, lifetime: Lifetime): Promise<number> {
  const setup = start(scene, lifetime);
  await setup.said('begin');
  const began = performance.now();
  await setup.said('done');
  const took = performance.now() - began;
  await killed(setup.child);
  await gc({ host: scene.host });
  return took;
}

/** Kills a set-up at moments spread over its whole duration and a little more; `judge` looks at what each left. */
async function killEverywhere(
  scene: Lab,
  lifetime: Lifetime,
  judge: (moment: number) => Promise<void>,
): Promise<void> {
  const duration = await measure(scene, lifetime);
  for (let moment = 0; moment < MOMENTS; moment++) {
    const setup = start(scene, lifetime);
    await setup.said('begin');
    await sleep((duration * 1.1 * moment) / (MOMENTS - 1));
    await killed(setup.child);
    await judge(moment);
  }
}

const text = (value: unknown): string => JSON.stringify(value);

test('SIGKILL at 40 moments of a process network: the kernel alone removes everything', async () => {
  const scene = await lab({ named: true });
  await run(scene.host, 'sysctl', ['-qw', 'net.ipv4.conf.wan0.forwarding=1']);
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  await killEverywhere(scene, 'process', async (moment) => {
    await eventually(`nothing is left of moment ${moment}`, async () => {
      return text(await snapshot(scene.host)) === text(before);
    });
    expect(machineSnapshot()).toEqual(machine);
  });
}, 300_000);

test('SIGKILL at 40 moments of a persistent network: gc() removes everything', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  let collected = 0;
  await killEverywhere(scene, 'persistent', async () => {
    const preview = await gc({ host: scene.host, dryRun: true });
    const report = await gc({ host: scene.host });
    expect(report.kept).toEqual([]);
    expect([...preview.removed].sort()).toEqual([...report.removed].sort());
    if (report.removed.length > 0) collected++;
    expect(await snapshot(scene.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  });
  // A set-up that was never caught at work would prove nothing.
  expect(collected).toBeGreaterThan(MOMENTS / 2);
}, 300_000);

test('the setting that a killed process network leaves, and the table that goes with it, are restored by gc()', async () => {
  const scene = await lab({ named: true });
  const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
  const setup = start(scene, 'process');
  await setup.said('done');
  await killed(setup.child);
  await eventually(
    'the device is gone',
    async () => (await ipJson(scene.host, 'link')).length === before.links.length,
  );
  expect(await gc({ host: scene.host })).toEqual({
    removed: [
      'sysctl net/ipv4/conf/wan0/forwarding',
      expect.stringMatching(/^table netloom_opened_[0-9a-f]{12}$/),
    ],
    kept: [],
  });
  expect(await snapshot(scene.host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test.each(['close', 'exit'] as const)(
  'a persistent network that its process handed over by %s is kept',
  async (end) => {
    const scene = await lab({ named: true });
    const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
    const { child } = start(scene, 'persistent', end);
    expect(await ended(child)).toMatchObject({ code: 0 });
    expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
    expect(await nftJson(scene.host)).not.toEqual([]);
    expect(await ipJson(scene.host, 'link', 'show', 'master', 'nl-setup')).toHaveLength(ENDPOINTS);

    // Until somebody deletes it.
    const network = await Network.open('setup', { host: scene.host });
    expect(network.endpoints).toHaveLength(ENDPOINTS);
    await network.delete();
    expect(await snapshot(scene.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  },
);

test('a network that nobody holds any more stands until its process ends', async () => {
  const scene = await lab({ named: true });
  const setup = start(scene, 'process', 'drop');
  await setup.said('done');
  const standing = await snapshot(scene.host);
  expect(standing.firewall.length).toBeGreaterThan(0);
  await setup.said('collected');
  expect(await snapshot(scene.host)).toEqual(standing);
  await killed(setup.child);
  await gc({ host: scene.host });
});
