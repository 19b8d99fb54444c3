import { Network } from '../../src/network/network';
import {
  BEYOND,
  descriptors,
  fetchText,
  lab,
  needTools,
  ping,
  run,
  scratchName,
  serve,
  WAN,
} from '../support';
import type { Endpoint } from '../../src/network/endpoint';

needTools('ip', 'nft', 'ping', 'curl', 'nsenter');

const spec = { name: 'big', subnet: '10.66.0.0/16' } as const;

test('more endpoints than one bridge serves are one network all the same', async () => {
  const { host, internet } = await lab();
  const network = await Network.create({ ...spec, host });
  // What is opened once and kept is open from here on.
  await network.detach(await network.attach('first'));
  const small = descriptors();
  const endpoints = await network.attachMany(520);
  const [first, second, last] = [endpoints[0], endpoints[260], endpoints[519]] as Endpoint[];
  if (!first || !second || !last) throw new Error('attachMany made too few endpoints');
  expect(new Set(endpoints.map(({ address }) => address)).size).toBe(520);

  await ping(first.netns, second.address);
  await ping(second.netns, last.address);
  await ping(last.netns, first.address);
  await ping(host, last.address);
  const beyond = await serve(internet, 80, 'internet');
  expect(await fetchText(last.netns, BEYOND)).toBe(`internet ${WAN}`);
  await network.publish({ hostAddress: WAN, hostPort: 80, to: last, port: 80 });
  const inside = await serve(last.netns, 80, 'last');
  expect(await fetchText(internet, WAN)).toBe(`last ${BEYOND}`);
  expect(await fetchText(first.netns, WAN)).toMatch(/^last /);
  await beyond.stop();
  await inside.stop();

  const { endpoints: inspected } = await network.inspect();
  expect(inspected.filter(({ connected }) => connected)).toHaveLength(520);

  // With its last endpoint a bridge beyond the first goes as well, and the room is used again.
  await network.detach(endpoints);
  expect(descriptors()).toEqual(small);
  const [again] = await network.attachMany(251);
  await ping(host, again?.address ?? '');
  await network.delete();
}, 60_000);

test('a failure or an abort far into the attempt leaves nothing of it', async () => {
  const { host } = await lab({ named: true });
  const network = await Network.create({ ...spec, host, lifetime: 'persistent' });
  const names = Array.from({ length: 100 }, scratchName);
  await network.detach(await network.attach(scratchName()));
  const before = descriptors();
  await run(host, 'ip', ['netns', 'add', names[70] ?? '']);
  await expect(network.attachMany(names)).rejects.toMatchObject({
    code: 'EEXIST',
    operation: 'netns.create',
    object: names[70],
  });
  expect(network.endpoints).toEqual([]);
  expect(descriptors()).toEqual(before);
  const listed = (await run(host, 'ip', ['netns', 'list'])).stdout.split(/\s+/);
  expect(names.filter((name) => listed.includes(name))).toEqual([names[70]]);
  await run(host, 'ip', ['netns', 'delete', names[70] ?? '']);

  const stop = new AbortController();
  const attempt = network.attachMany(names, { signal: stop.signal });
  setTimeout(() => {
    stop.abort(new Error('enough'));
  }, 10);
  await expect(attempt).rejects.toThrow('enough');
  expect(descriptors()).toEqual(before);
  expect((await run(host, 'ip', ['-br', 'link', 'show', 'type', 'veth'])).stdout).not.toMatch(/^nl/m);
  await network.delete();
}, 60_000);
