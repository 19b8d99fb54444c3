import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { binding } from '../../../../src/executor/run-program';
import { stateDirectory } from '../../../../src/network/journal/files/paths';
import { Network } from '../../../../src/network/network';
import {
  descriptors,
  eventually,
  needTools,
  scratchHost,
  scratchName,
  validationError,
} from '../../../support';

needTools('flock');

/** How many namespaces this process has open. */
function open(): number {
  return descriptors().filter((target) => target === 'net:').length;
}

describe('a namespace that is created before its plan is known', () => {
  let other: ChildProcess | undefined;
  afterEach(() => {
    other?.kill('SIGKILL');
  });

  test('is given up when the attempt is refused', async () => {
    const host = await scratchHost();
    const network = await Network.create({ name: 'full', subnet: '10.9.0.0/30', host });
    await network.attach('last');
    const before = open();
    const prefetched = jest.spyOn(binding, 'prefetch');
    expect(await validationError(network.attach('more'))).toMatchObject({ path: 'subnet' });
    expect(prefetched).toHaveBeenCalledTimes(1);
    prefetched.mockRestore();
    await eventually('as many namespaces as before', () => open() === before);
    await network.delete();
  });

  test('is no namespace of the network before the journal says so, and not older than that', async () => {
    const host = await scratchHost();
    const network = await Network.create({
      name: 'late',
      subnet: '10.9.0.0/24',
      lifetime: 'persistent',
      host,
    });
    const name = scratchName();
    // Nobody can write the journal meanwhile.
    other = spawn('flock', ['--no-fork', stateDirectory(), 'sleep', '60'], { stdio: 'ignore' });
    await eventually(
      'locked',
      () => spawnSync('flock', ['--nonblock', stateDirectory(), 'true']).status === 1,
    );
    const before = open();
    const intents: { at: number }[] = [];
    const began = jest.spyOn(binding, 'run').mockImplementationOnce((...args) => {
      const directory = `${stateDirectory()}/intents`;
      for (const file of fs.readdirSync(directory))
        intents.push(JSON.parse(fs.readFileSync(`${directory}/${file}`, 'utf8')) as { at: number });
      began.mockRestore();
      return binding.run(...args);
    });
    const attaching = network.attach(name);
    await eventually('a namespace more', () => open() === before + 1);
    await sleep(100);
    expect(fs.existsSync(`/run/netns/${name}`)).toBe(false);
    other.kill('SIGKILL');
    await attaching;
    const born = fs.statSync(`/run/netns/${name}`).ctimeMs;
    expect(intents).toHaveLength(1);
    // The kernel's clock for files may lag by a tick.
    expect(born).toBeGreaterThanOrEqual((intents[0]?.at ?? NaN) - 10);
    expect(born).toBeLessThan(Date.now() - 90);
    await network.delete();
  });

  test('is not begun before it is asked for', async () => {
    const host = await scratchHost();
    const network = await Network.create({ name: 'row', subnet: '10.9.0.0/24', host });
    await network.attach('first');
    const before = open();
    for (let i = 0; i < 20; i++) await network.attach(`row-${i}`);
    expect(open()).toBe(before + 20);
    await sleep(50);
    expect(open()).toBe(before + 20);
    await network.delete();
  });
});
