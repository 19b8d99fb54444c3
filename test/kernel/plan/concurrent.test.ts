import type { NetworkNamespace } from '../../../src/netns/namespace';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';
import {
  descriptors,
  descriptorsBeyond,
  eventually,
  ipJson,
  needTools,
  run,
  scratchHost,
  snapshot,
  threadNamespaces,
} from '../../support';

needTools('ip', 'ping');

/** A namespace joined to the host by a pair, with an address at both ends. */
function joining(number: number): Step[] {
  return [
    { op: 'netns.create', netns: 'inside' },
    {
      op: 'link.add',
      netns: 'host',
      body: { ifname: `v${number}`, kind: 'veth', up: true, peer: { ifname: 'eth0', netns: 'inside' } },
    },
    { op: 'addr.add', netns: 'host', body: { dev: `v${number}`, address: `10.${number}.0.1/24` } },
    { op: 'link.set', netns: 'inside', body: { ifname: 'eth0', up: true } },
    { op: 'addr.add', netns: 'inside', body: { dev: 'eth0', address: `10.${number}.0.2/24` } },
    { op: 'route.add', netns: 'inside', body: { to: 'default', via: `10.${number}.0.1` } },
  ];
}

test('forty plans at once on one host do not mix', async () => {
  const host = await scratchHost();
  const numbers = Array.from({ length: 40 }, (_, index) => index + 1);
  const results = await Promise.all(
    numbers.map((number) => new Plan({ namespaces: { host }, steps: joining(number) }).apply()),
  );
  const inside = results.map(({ namespaces }) => namespaces['inside'] as NetworkNamespace);
  const links = (await ipJson(host, 'link')).filter(({ linkinfo }) => linkinfo?.info_kind === 'veth');
  expect(links.map(({ ifname }) => ifname).sort()).toEqual(numbers.map((number) => `v${number}`).sort());
  for (const [index, ns] of inside.entries()) {
    const [eth0] = await ipJson(ns, '-4', 'addr', 'show', 'eth0');
    expect(eth0.addr_info.map(({ local }: { local: string }) => local)).toEqual([
      `10.${numbers[index]!}.0.2`,
    ]);
  }
  await run(inside[17]!, 'ping', ['-c1', '-W2', '10.30.0.1']);
  expect(threadNamespaces()).toHaveLength(1);
  await Promise.all(inside.map((ns) => ns.delete()));
});

test('plans that fail among plans that succeed take back their own and nothing else', async () => {
  const host = await scratchHost();
  const taken = new Plan({ namespaces: { host }, steps: joining(200) });
  const first = (await taken.apply()).namespaces['inside'] as NetworkNamespace;
  const before = await snapshot(host);
  const open = descriptors();

  const fails = (number: number): Step[] => [
    ...joining(number),
    { op: 'link.add', netns: 'host', body: { ifname: 'v200', kind: 'veth', peer: { ifname: 'w200' } } },
  ];
  const settled = await Promise.allSettled(
    Array.from({ length: 30 }, (_, index) =>
      new Plan({ namespaces: { host }, steps: index % 3 === 0 ? joining(index) : fails(index) }).apply(),
    ),
  );
  const made: NetworkNamespace[] = [];
  settled.forEach((result, index) => {
    if (index % 3 === 0) {
      expect(result.status).toBe('fulfilled');
      if (result.status === 'fulfilled') made.push(result.value.namespaces['inside'] as NetworkNamespace);
    } else {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'EEXIST', operation: 'link.add' } });
    }
  });
  expect(made).toHaveLength(10);
  await Promise.all(made.map((ns) => ns.delete()));
  await eventually(
    'the pairs are gone',
    async () => (await ipJson(host, 'link')).length === before.links.length,
  );
  expect(await snapshot(host)).toEqual(before);
  expect(descriptorsBeyond(open)).toEqual([]);
  await first.delete();
});
