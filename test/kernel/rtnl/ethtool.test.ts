import { type NetworkNamespace, Plan, type Step } from '../../../src';
import { needTools, run, scratchHost } from '../../support';

needTools('ethtool', 'ip');

/** What `ethtool -k` tells of the features by these names. */
async function features(
  netns: NetworkNamespace,
  dev: string,
  names: RegExp,
): Promise<Record<string, string>> {
  const { stdout } = await run(netns, 'ethtool', ['-k', dev]);
  const pairs = [...stdout.matchAll(/^\s*([\w-]+): (\w+)/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]);
  return Object.fromEntries(pairs.filter(([name = '']) => names.test(name))) as Record<string, string>;
}

const CHECKSUMS = /^tx-checksum-(ip-generic|sctp)$/;

async function pair(): Promise<NetworkNamespace> {
  const host = await scratchHost();
  await run(host, 'ip', ['link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1']);
  return host;
}

test('a short name stands for the features that the tool means by it', async () => {
  const host = await pair();
  expect(await features(host, 'v0', CHECKSUMS)).toEqual({
    'tx-checksum-ip-generic': 'on',
    'tx-checksum-sctp': 'on',
  });
  await host.rtnl.ethtool.set({ dev: 'v0', features: { tx: false } });
  const byUs = await features(host, 'v0', /./);
  await run(host, 'ethtool', ['-K', 'v1', 'tx', 'off']);
  expect(byUs).toEqual(await features(host, 'v1', /./));
  expect(byUs).toMatchObject({ 'tx-checksum-ip-generic': 'off', 'tx-checksum-sctp': 'off' });
});

test('a single feature changes alone, and many devices in one batch', async () => {
  const host = await pair();
  const results = await host.rtnl.batch((batch) => {
    batch.ethtool.set({ dev: 'v0', features: { 'tx-checksum-sctp': false } });
    batch.link.set({ ifname: 'v0', up: true });
    batch.ethtool.set({ dev: 'v1', features: { 'tx-checksum-ip-generic': false, 'rx-gro': true } });
  });
  expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(await features(host, 'v0', CHECKSUMS)).toEqual({
    'tx-checksum-ip-generic': 'on',
    'tx-checksum-sctp': 'off',
  });
  expect(await features(host, 'v1', /^(tx-checksum-ip-generic|generic-receive-offload)$/)).toEqual({
    'tx-checksum-ip-generic': 'off',
    'generic-receive-offload': 'on',
  });
});

test('a plan that fails puts back exactly what it changed', async () => {
  const host = await pair();
  await run(host, 'ethtool', ['-K', 'v0', 'tx-checksum-sctp', 'off']);
  const before = await features(host, 'v0', /./);
  const steps: Step[] = [
    { op: 'ethtool.set', netns: 'host', body: { dev: 'v0', features: { tx: false, gro: true } } },
    { op: 'link.add', netns: 'host', body: { ifname: 'v0', kind: 'bridge' } },
  ];
  const plan = new Plan({ namespaces: { host }, steps });
  await expect(plan.apply()).rejects.toMatchObject({ code: 'EEXIST', step: 1 });
  expect(await features(host, 'v0', /./)).toEqual(before);

  await new Plan({ namespaces: { host }, steps: steps.slice(0, 1) }).apply();
  expect(await features(host, 'v0', CHECKSUMS)).toMatchObject({ 'tx-checksum-ip-generic': 'off' });
});

test('what is wrong is named', async () => {
  const { rtnl } = await pair();
  const set = (dev: string, features: Record<string, boolean>): Promise<void> =>
    rtnl.ethtool.set({ dev, features });
  await expect(set('v9', { tx: false })).rejects.toMatchObject({ code: 'ENODEV', path: 'dev' });
  await expect(set('v0', { nonsense: true })).rejects.toMatchObject({
    code: 'EOPNOTSUPP',
    path: 'features',
    extack: 'bit name not found',
  });
  await expect(set('v0', { tx: 1 as never })).rejects.toThrow(
    'ethtool.set: features.tx: must be true or false, got 1',
  );
  await expect(set('v0', [] as never)).rejects.toThrow('features: must be an object such as { tx: false }');
});
