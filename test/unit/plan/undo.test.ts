import { ValidationError } from '../../../src/errors/errors';
import type { RequestStep, Step } from '../../../src/plan/spec/step';
import { isIrreversible } from '../../../src/plan/handlers/handlers';
import { undoOf as undoIn, type Undo } from '../../../src/rtnl/undo';

function step(op: string, body: object, more: object = {}): RequestStep {
  return { op, netns: 'host', body, ...more } as unknown as RequestStep;
}

function undoOf(request: RequestStep): Undo | undefined {
  return undoIn(request, request.netns);
}

test.each([
  ['link.add', { ifname: 'v', kind: 'bridge' }, 'link.delete', { ifname: 'v' }],
  ['link.add', { index: 7, ifname: 'v', kind: 'bridge' }, 'link.delete', { index: 7 }],
  [
    'addr.add',
    { dev: 'v', address: '10.0.0.1/24', broadcast: 'auto' },
    'addr.delete',
    { dev: 'v', address: '10.0.0.1/24' },
  ],
  [
    'neigh.add',
    { dev: 'v', to: '10.0.0.2', lladdr: '02:00:00:00:00:01' },
    'neigh.delete',
    { dev: 'v', to: '10.0.0.2' },
  ],
  ['nexthop.add', { id: 5, via: '10.0.0.1', dev: 'v' }, 'nexthop.delete', { id: 5 }],
  ['rule.add', { from: '10.0.0.0/8', table: 7 }, 'rule.delete', { from: '10.0.0.0/8', table: 7 }],
  ['altname.add', { ifname: 'v', altnames: ['w'] }, 'altname.delete', { ifname: 'v', altnames: ['w'] }],
  ['altname.delete', { ifname: 'v', altnames: ['w'] }, 'altname.add', { ifname: 'v', altnames: ['w'] }],
  [
    'route.append',
    { to: '10.0.0.0/8', via: '10.1.0.1', metrics: { mtu: 1400 } },
    'route.delete',
    { to: '10.0.0.0/8', via: '10.1.0.1' },
  ],
])('%s of %p is taken back by its inverse', (op, body, inverse, inverseBody) => {
  expect(undoOf(step(op, body))).toEqual({ mode: 'inverse', op: inverse, body: inverseBody });
});

test.each([
  ['link.set', { ifname: 'v', mtu: 1400 }, 'link.get', { ifname: 'v' }],
  ['link.set', { index: 3, ifname: 'renamed' }, 'link.get', { index: 3 }],
  ['addr.replace', { dev: 'v', address: '10.0.0.1/24' }, 'addr.list', { dev: 'v' }],
  ['addr.delete', { dev: 'v', address: '10.0.0.1/24' }, 'addr.list', { dev: 'v' }],
  ['route.replace', { to: 'default', via: '10.0.0.1' }, 'route.list', {}],
  ['route.delete', { to: 'default' }, 'route.list', {}],
  ['rule.delete', { priority: 100 }, 'rule.list', {}],
  ['neigh.set', { dev: 'v', to: '10.0.0.2', state: 'stale' }, 'neigh.get', { dev: 'v', to: '10.0.0.2' }],
  ['nexthop.replace', { id: 5, blackhole: true }, 'nexthop.get', { id: 5 }],
  ['fdb.delete', { dev: 'v', lladdr: '02:00:00:00:00:01' }, 'fdb.list', { dev: 'v' }],
])('%s of %p reads by %s first', (op, body, read, readBody) => {
  expect(undoOf(step(op, body))).toEqual({ mode: 'restore', op: read, body: readBody });
});

test('a link made elsewhere is deleted there', () => {
  expect(undoOf(step('link.add', { ifname: 'm', kind: 'macvlan', netns: 'red' }))).toEqual({
    mode: 'inverse',
    netns: 'red',
    op: 'link.delete',
    body: { ifname: 'm' },
  });
});

test('a link that was moved is fetched back', () => {
  expect(undoOf(step('link.set', { ifname: 'eth9', netns: 'red' }))).toEqual({
    mode: 'inverse',
    netns: 'red',
    op: 'link.set',
    body: { ifname: 'eth9', netns: 'host' },
  });
});

test('a move that also changes something else is refused', () => {
  const moving = step('link.set', { ifname: 'eth9', netns: 'red', mtu: 9000 });
  expect(() => undoOf(moving)).toThrow(ValidationError);
  expect(() => undoOf(step('link.set', { index: 2, netns: 'red' }))).toThrow(
    "must be combined with 'ifname' only",
  );
});

test('a link without a name is refused, unless it need not be undone', () => {
  expect(() => undoOf(step('link.add', { kind: 'veth' }))).toThrow('must be set in a plan, or index instead');
  expect(undoOf(step('link.add', { kind: 'veth' }, { undo: 'none' }))).toBeUndefined();
});

test('an undo of the caller wins', () => {
  const undo = { op: 'link.set', body: { ifname: 'v', up: false } };
  expect(undoOf(step('link.set', { ifname: 'v', up: true }, { undo }))).toEqual({ mode: 'inverse', ...undo });
});

test('what cannot be undone', () => {
  const requests = [] as const;
  const irreversible: Step[] = [
    { op: 'netns.delete', name: 'red' },
    step('link.delete', { ifname: 'v' }),
    step('route.delete', { to: 'default' }, { undo: 'none' }),
    { op: 'firewall', netns: 'h', requests },
    { op: 'iptables', netns: 'h', flavour: 'iptables', family: 'ip', input: '' },
  ];
  const reversible: Step[] = [
    { op: 'netns.create', netns: 'red' },
    step('route.delete', { to: 'default' }),
    step('link.set', { ifname: 'v', up: true }, { undo: 'none' }),
    { op: 'firewall', netns: 'h', requests, inverse: [] },
    { op: 'iptables', netns: 'h', flavour: 'iptables', family: 'ip', input: '', inverse: '' },
    { op: 'sysctl', netns: 'h', path: 'net/x', value: '1' },
  ];
  expect(irreversible.map(isIrreversible)).toEqual([true, true, true, true, true]);
  expect(reversible.map(isIrreversible)).toEqual([false, false, false, false, false, false]);
});
