import { Network } from '../../../../src/network/network';
import {
  descriptors,
  descriptorsBeyond,
  exchange,
  needTools,
  randomCalls,
  run,
  scratchHost,
  snapshot,
  validationError,
} from '../../../support';

needTools('ip', 'nsenter', 'python3');

test('a thousand on one bridge all call their host at once, and three hundred of them another', async () => {
  const host = await scratchHost();
  const before = await snapshot(host);
  const network = await Network.create({ name: 'big', subnet: '10.66.0.0/16', host });
  const ends = await network.attachMany(1000);
  const service = { netns: host, address: network.gateway };
  const toHost = ends.map(({ netns }) => ({ from: netns, to: service }));
  expect(await exchange([toHost, randomCalls(ends, ends.slice(0, 300))])).toEqual([[], []]);

  // 22 more, and the bridge is full: its last port is the uplink's.
  const refused = network.attachMany(23);
  expect(await validationError(refused)).toMatchObject({ path: 'namesOrCount', value: 23 });
  await expect(refused).rejects.toThrow(
    /at most 22, because 1000 of 1022 endpoints are attached.*mode: 'routed'/,
  );
  expect(network.endpoints).toHaveLength(1000);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
}, 120_000);

test('what no bridge has room for is refused before anything is made', async () => {
  const host = await scratchHost();
  await using network = await Network.create({ name: 'big', subnet: '10.66.0.0/16', host, dns: false });
  const before = await snapshot(host);
  const open = descriptors();
  await expect(network.attachMany(1023)).rejects.toThrow(
    /at most 1022, because 0 of 1022 endpoints are attached/,
  );
  expect(await snapshot(host)).toEqual(before);
  expect(descriptorsBeyond(open)).toEqual([]);
  const [one] = await network.attachMany(1);
  await run(one!.netns, 'ping', ['-c', '1', '-W', '2', network.gateway]);
});
