import { NetworkNamespace } from '../../../src/netns/namespace';
import { Network } from '../../../src/network/network';
import {
  descriptors,
  descriptorsBeyond,
  eventually,
  ipJson,
  machineSnapshot,
  mounts,
  scratchHost,
  scratchName,
  threadNamespaces,
  threads,
} from '../../support';

test('1,000 attach and detach cycles leave descriptors, threads and mounts as they were', async () => {
  const host = await scratchHost();
  const network = await Network.create({ name: 'cycles', subnet: '10.42.0.0/16', host });
  await network.detach(await network.attach('warm-up'));
  const before = { descriptors: descriptors(), threads: threads(), mounts: mounts() };
  const links = (await ipJson(host, 'link')).length;

  for (let round = 0; round < 100; round++) {
    const endpoints = await Promise.all(
      Array.from({ length: 10 }, (_, index) => network.attach(`cycle-${index}`)),
    );
    expect(new Set(endpoints.map(({ address }) => address)).size).toBe(10);
    await network.detach(endpoints);
  }

  expect(descriptorsBeyond(before.descriptors)).toEqual([]);
  expect(threads()).toBeLessThanOrEqual(before.threads);
  expect(mounts()).toEqual(before.mounts);
  expect(threadNamespaces()).toHaveLength(1);
  expect(await ipJson(host, 'link')).toHaveLength(links);
  await network.delete();
}, 300_000);

test('200 named namespaces come and go one after another without a trace', async () => {
  await NetworkNamespace.create(scratchName()).then((ns) => ns.delete());
  const before = machineSnapshot();
  const [open, running] = [descriptors(), threads()];
  for (let round = 0; round < 200; round++) {
    const ns = await NetworkNamespace.create(scratchName());
    await ns.rtnl.link.list();
    await ns.delete();
  }
  await eventually('nothing is left', () => machineSnapshot().names.length === 0);
  expect(machineSnapshot()).toEqual(before);
  expect(descriptorsBeyond(open)).toEqual([]);
  expect(threads()).toBeLessThanOrEqual(running);
}, 120_000);
