import { ValidationError } from '../../../src/errors/errors';
import { type FamilyName, familyNamed } from '../../../src/rtnl/families';
import type { Body } from '../../../src/rtnl/types/common/body';
import type { NativeVerb } from '../../../src/native/program';

function prepare(family: FamilyName, verb: NativeVerb, body: Body): Body {
  return familyNamed(family).prepare?.(body, verb) ?? body;
}

function present(family: FamilyName, object: Body): Body {
  return familyNamed(family).present?.(object) ?? object;
}

describe('links', () => {
  test('the peer goes among the data of the kind', () => {
    const body = { ifname: 'n', kind: 'netkit', data: { mode: 'l2' }, peer: { ifname: 'p' } };
    expect(prepare('link', 'add', body)).toEqual({
      ifname: 'n',
      kind: 'netkit',
      data: { mode: 'l2', peer: { ifname: 'p' } },
    });
    expect(prepare('link', 'add', { ifname: 'b', kind: 'bridge' })).toEqual({ ifname: 'b', kind: 'bridge' });
  });

  test.each(['veth', 'netkit'])('a peer of %s that is up is refused: the kernel cannot create it', (kind) => {
    const bodies = [
      { kind, peer: { up: true } },
      { kind, data: { peer: { up: true } } },
    ];
    for (const body of bodies) {
      const refused = (): Body => prepare('link', 'add', body);
      expect(refused).toThrow(ValidationError);
      expect(refused).toThrow(/^link\.add: peer\.up: must be set by link\.set once both ends exist/);
    }
    expect(() => prepare('link', 'add', { kind, peer: { up: false } })).not.toThrow();
  });
});

test('counters of links are left out unless asked for, and other optional parts are as the caller said', () => {
  const leftOut = (verb: NativeVerb, body: Body): unknown => familyNamed('link').leavesOut?.(body, verb);
  for (const verb of ['get', 'list'] as const) {
    expect(prepare('link', verb, { ifname: 'v' })).toEqual({ ifname: 'v', extMask: ['skip_stats'] });
    expect(prepare('link', verb, { extMask: 'vf' })).toEqual({ extMask: ['vf', 'skip_stats'] });
    expect(prepare('link', verb, { extMask: ['vf', 64] })).toEqual({ extMask: ['vf', 64, 'skip_stats'] });
    expect(prepare('link', verb, { extMask: 'vf', stats: true })).toEqual({ extMask: 'vf' });
    expect(prepare('link', verb, { ifname: 'v', stats: true })).toEqual({ ifname: 'v' });
    expect(() => prepare('link', verb, { stats: 1 })).toThrow(ValidationError);
    expect([leftOut(verb, {}), leftOut(verb, { stats: false })]).toEqual(['stats64', 'stats64']);
    expect(leftOut(verb, { stats: true })).toBeUndefined();
  }
  expect(leftOut('add', {})).toBeUndefined();
});

describe('addresses', () => {
  test.each([
    ['10.0.0.2/24', undefined, '10.0.0.255'],
    ['172.18.0.11/16', undefined, '172.18.255.255'],
    ['10.0.0.2/31', undefined, undefined],
    ['10.0.0.2', undefined, undefined],
    ['10.0.0.1/24', '10.9.0.1', '10.9.0.255'],
  ])('the broadcast address of %s with peer %s is %s', (address, peer, broadcast) => {
    expect(prepare('addr', 'add', { dev: 'v', address, peer, broadcast: 'auto' })['broadcast']).toBe(
      broadcast,
    );
  });

  test.each(['fd00::1/64', 'nonsense', '10.0.0.300/24', '10.0.0.1/33'])('%s has none', (address) => {
    expect(() => prepare('addr', 'add', { dev: 'v', address, broadcast: 'auto' })).toThrow(ValidationError);
  });

  test('a broadcast address of the caller stays; loopback addresses are of the host', () => {
    const given = { dev: 'v', address: '10.0.0.2/24', broadcast: '10.0.0.9' };
    expect(prepare('addr', 'replace', given)).toMatchObject({ broadcast: '10.0.0.9' });
    expect(prepare('addr', 'add', { dev: 'lo', address: '127.0.0.2/8' })).toMatchObject({ scope: 'host' });
    expect(prepare('addr', 'add', { ...given, scope: 'link' })).toMatchObject({ scope: 'link' });
  });

  test('an address without a peer reads the same in both families', () => {
    expect(present('addr', { peer: '10.0.0.1', address: '10.0.0.1/24', prefixlen: 24 })).toEqual({
      address: '10.0.0.1/24',
      prefixlen: 24,
    });
    expect(present('addr', { peer: 'fd00::1', prefixlen: 64 })).toEqual({
      address: 'fd00::1/64',
      prefixlen: 64,
    });
    const pair = { peer: '10.0.0.2', address: '10.0.0.1/32', prefixlen: 32 };
    expect(present('addr', pair)).toEqual(pair);
  });
});

describe('routes', () => {
  test.each([
    [
      { to: 'default', via: '10.0.0.1' },
      { scope: undefined, type: 'unicast', table: 'main' },
    ],
    [
      { to: '10.0.0.0/8', dev: 'v' },
      { scope: 'link', type: 'unicast', table: 'main' },
    ],
    [
      { to: '10.0.0.1', dev: 'v', type: 'local' },
      { scope: 'host', type: 'local', table: 'local' },
    ],
    [
      { to: '10.0.0.255', dev: 'v', type: 'broadcast' },
      { scope: 'link', table: 'local' },
    ],
    [
      { to: '10.0.0.0/8', type: 'blackhole' },
      { scope: undefined, type: 'blackhole', table: 'main' },
    ],
    [{ to: '10.0.0.0/8', nhId: 7 }, { scope: undefined }],
    [
      { to: 'fd00::/64', dev: 'v' },
      { scope: undefined, type: 'unicast' },
    ],
    [
      { to: '10.0.0.0/8', dev: 'v', scope: 'global', table: 7, protocol: 'static' },
      { scope: 'global', table: 7, protocol: 'static' },
    ],
  ])('add %j', (body, expected) => {
    expect(prepare('route', 'add', body)).toMatchObject({ protocol: 'boot', ...body, ...expected });
  });

  test('delete compares no scope that the caller did not name', () => {
    expect(prepare('route', 'delete', { to: 'default' })).toEqual({
      to: 'default',
      table: 'main',
      scope: 'nowhere',
    });
    expect(prepare('route', 'delete', { to: 'fd00::/64' })['scope']).toBeUndefined();
    expect(prepare('route', 'delete', { to: 'default', scope: 'link' })['scope']).toBe('link');
  });

  test('a gateway of the other family has an attribute of its own, there and back', () => {
    const multipath = [{ via: 'fe80::1', dev: 'v' }, { via: '10.0.0.2' }];
    expect(prepare('route', 'add', { to: '10.0.0.0/8', multipath })['multipath']).toEqual([
      { rtvia: 'fe80::1', dev: 'v' },
      { via: '10.0.0.2' },
    ]);
    expect(prepare('route', 'add', { to: '10.0.0.0/8', via: 'fe80::1' })).toMatchObject({ rtvia: 'fe80::1' });
    expect(prepare('route', 'add', { to: 'default', via: 'fe80::1' })).toMatchObject({ via: 'fe80::1' });
    expect(present('route', { to: '10.0.0.0/8', rtvia: 'fe80::1' })).toEqual({
      to: '10.0.0.0/8',
      via: 'fe80::1',
    });
    expect(present('route', { multipath: [{ rtvia: 'fe80::1' }] })).toEqual({
      multipath: [{ via: 'fe80::1' }],
    });
  });
});

test.each<[FamilyName, NativeVerb, Body, Body]>([
  ['rule', 'add', { from: '10.0.0.0/8' }, { action: 'lookup', table: 'main' }],
  ['rule', 'add', { goto: 100 }, { action: 'goto', table: undefined }],
  ['rule', 'add', { action: 'blackhole' }, { action: 'blackhole', table: undefined }],
  ['rule', 'add', { l3mdev: true }, { action: 'lookup', table: undefined }],
  ['rule', 'add', { table: 7 }, { action: 'lookup', table: 7 }],
  ['rule', 'delete', { priority: 7 }, { priority: 7 }],
  ['neigh', 'add', { to: '10.0.0.1', dev: 'v' }, { state: 'permanent' }],
  ['neigh', 'add', { to: '10.0.0.1', dev: 'v', state: 'stale' }, { state: 'stale' }],
  ['neigh', 'list', { dev: 'v' }, { ifindex: 'v' }],
  ['fdb', 'add', { lladdr: 'x', dev: 'v' }, { state: ['noarp', 'permanent'], flags: ['self'] }],
  ['fdb', 'add', { lladdr: 'x', dev: 'v', flags: ['master'] }, { flags: ['master'] }],
  ['fdb', 'append', { lladdr: 'x', dev: 'v', flags: ['sticky'] }, { flags: ['sticky', 'self'] }],
  ['fdb', 'delete', { lladdr: 'x', dev: 'v' }, { flags: ['self'] }],
  ['nexthop', 'add', { id: 3, group: [{ id: 1 }] }, { family: 'unspec' }],
  ['nexthop', 'add', { id: 3, via: '10.0.0.1' }, { id: 3, via: '10.0.0.1' }],
])('%s.%s %j', (family, verb, body, expected) => {
  expect(prepare(family, verb, body)).toMatchObject(expected);
});

test.each<[FamilyName, Body, string]>([
  ['link', { ifname: 'v0', index: 3 }, 'v0'],
  ['link', { index: 3 }, '3'],
  ['link', { group: 7 }, 'group 7'],
  ['altname', { ifname: 'v0', altnames: ['a', 'b'] }, 'v0 a b'],
  ['addr', { address: '10.0.0.2/24', dev: 'eth0' }, '10.0.0.2/24 dev eth0'],
  ['route', { to: 'default', via: '10.0.0.1', dev: 'eth0' }, 'default via 10.0.0.1 dev eth0'],
  ['route', { table: 7 }, 'default table 7'],
  ['rule', { from: '10.0.0.0/8', table: 7 }, 'from 10.0.0.0/8 table 7'],
  [
    'neigh',
    { to: '10.0.0.1', lladdr: '02:00:00:00:00:01', dev: 'v' },
    '10.0.0.1 lladdr 02:00:00:00:00:01 dev v',
  ],
  ['fdb', { lladdr: '02:00:00:00:00:01', dev: 'v' }, '02:00:00:00:00:01 dev v'],
  ['nexthop', { id: 3 }, 'id 3'],
  ['netns', { nsid: 3 }, 'nsid 3'],
])('%s %j is called "%s"', (family, body, text) => {
  expect(familyNamed(family).describe(body)).toBe(text);
});
