import { collect } from '../../../src/rtnl/batch';
import { toNative, wantsReply } from '../../../src/rtnl/request';
import { Slots } from '../../../src/rtnl/slots';
import { familyNamed, familyNames } from '../../../src/rtnl/families';

test('a batch collects what is called, in order', () => {
  const requests = collect((batch) => {
    batch.link.add({ ifname: 'br0', kind: 'bridge' }, { echo: true });
    batch.addr.add({ dev: 'br0', address: '10.0.0.1/24' });
    batch.link.list({});
  });
  expect(requests).toEqual([
    { family: 'link', verb: 'add', body: { ifname: 'br0', kind: 'bridge' }, echo: true },
    { family: 'addr', verb: 'add', body: { dev: 'br0', address: '10.0.0.1/24' }, echo: undefined },
    { family: 'link', verb: 'list', body: {}, echo: undefined },
  ]);
  expect(requests.map(wantsReply)).toEqual([true, false, true]);
});

test('every family has a list, but for those of which the kernel keeps none', () => {
  expect(familyNames.length).toBeGreaterThan(5);
  for (const family of familyNames) {
    if (family === 'altname') expect(familyNamed(family).verbs).toEqual(['add', 'delete']);
    else if (family === 'ethtool') expect(familyNamed(family).verbs).toEqual(['set']);
    else expect(familyNamed(family).verbs).toContain('list');
  }
});

test('places of namespaces become slots, opened by the program', () => {
  const slots = new Slots({});
  const body = { ifname: 'v', kind: 'veth', netns: 'red', peer: { ifname: 'e', netns: { pid: 7 } } };
  const request = toNative({ family: 'link', verb: 'add', body, echo: true }, slots.resolve);
  expect(request).toEqual({
    family: 'link',
    verb: 'add',
    flags: 0x8,
    body: { ifname: 'v', kind: 'veth', netns: 1, data: { peer: { ifname: 'e', netns: 2 } } },
  });
  expect(slots.slots).toHaveLength(3);
  expect(slots.steps).toEqual([
    { op: 'open', slot: 1, path: '/run/netns/red' },
    { op: 'open', slot: 2, path: '/proc/7/ns/net' },
  ]);
});

test.each([
  ['../red', 'must be a name'],
  [7, 'must be a name'],
  [null, 'must be a name'],
  [{ pid: -1 }, 'must be a name'],
  [{ nonsense: 1 }, 'must be a name'],
])('%j is no place of a namespace', (netns, problem) => {
  const slots = new Slots({});
  const body = { ifname: 'v', kind: 'veth', peer: { ifname: 'e', netns } };
  expect(() => toNative({ family: 'link', verb: 'add', body }, slots.resolve)).toThrow(
    new RegExp(`^link\\.add: peer\\.netns: ${problem}`),
  );
});
