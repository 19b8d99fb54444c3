import { ValidationError } from '../../../src/errors/errors';
import { Compiler } from '../../../src/plan/compile/compile';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';
import { refusal } from '../../support/failures';

function refusalOf(steps: readonly Step[], given: readonly string[] = []): ValidationError {
  return refusal(() => new Compiler(given).compile(steps));
}

describe('namespaces', () => {
  test('given labels come first, then those of steps, in order', () => {
    const { labels, steps } = new Compiler(['host']).compile([
      { op: 'netns.create', netns: 'red' },
      { op: 'netns.create', netns: 'blue', name: 'b' },
      { op: 'netns.open', netns: 'init', path: '/proc/1/ns/net' },
      { op: 'netns.delete', name: 'old' },
    ]);
    expect(labels).toEqual(['host', 'red', 'blue', 'init']);
    expect(steps).toEqual([
      { op: 'create', slot: 1 },
      { op: 'create', slot: 2, path: '/run/netns/b' },
      { op: 'open', slot: 3, path: '/proc/1/ns/net' },
      { op: 'unpin', path: '/run/netns/old' },
    ]);
  });

  test('a label that nothing made is refused, naming those that exist', () => {
    const steps: Step[] = [
      { op: 'netns.create', netns: 'red' },
      { op: 'link.set', netns: 'rde', body: { ifname: 'lo', up: true } },
    ];
    expect(refusalOf(steps, ['host']).message).toBe(
      "step 1 (link.set lo in 'rde'): netns: must be the label of a given namespace or of one that an earlier " +
        "step creates (host, red), got 'rde'",
    );
  });

  test('a label that only a later step makes is refused', () => {
    const body = { ifname: 'v', kind: 'veth', peer: { ifname: 'e', netns: 'red' } } as const;
    const error = refusalOf(
      [
        { op: 'link.add', netns: 'host', body },
        { op: 'netns.create', netns: 'red' },
      ],
      ['host'],
    );
    expect(error).toMatchObject({ path: 'peer.netns', value: 'red', step: 0, operation: 'link.add' });
  });

  test('a label is made once', () => {
    expect(refusalOf([{ op: 'netns.create', netns: 'a' }], ['a'])).toMatchObject({
      path: 'netns',
      value: 'a',
    });
  });

  test.each(['', '../x', 'a/b', 'veth%d'])('the name %p is refused', (name) => {
    expect(refusalOf([{ op: 'netns.create', netns: 'a', name }])).toMatchObject({ path: 'name', step: 0 });
    expect(refusalOf([{ op: 'netns.delete', name }])).toMatchObject({ path: 'name', value: name });
  });
});

describe('requests', () => {
  test('a link with its peer elsewhere: the label becomes a slot, the peer goes among the data', () => {
    const body = { ifname: 'v', kind: 'veth', peer: { ifname: 'e', netns: 'red' } } as const;
    const steps: Step[] = [
      { op: 'netns.create', netns: 'red' },
      { op: 'link.add', netns: 'host', body, echo: true },
    ];
    expect(new Compiler(['host']).compile(steps).steps[1]).toEqual({
      op: 'request',
      slot: 0,
      family: 'link',
      verb: 'add',
      flags: 0x8,
      reply: true,
      body: { ifname: 'v', kind: 'veth', data: { peer: { ifname: 'e', netns: 1 } } },
      undo: { mode: 'inverse', slot: 0, request: { family: 'link', verb: 'delete', body: { ifname: 'v' } } },
    });
  });

  test('a body that is no object is refused', () => {
    const step = { op: 'link.add', netns: 'host', body: null } as unknown as Step;
    expect(refusalOf([step], ['host'])).toMatchObject({ path: 'body', value: null, step: 0 });
  });
});

test.each(['link.get', 'link.list', 'netns.add', 'qdisc.set', 'link.addd', 'nonsense'])(
  'the operation %p is refused',
  (op) => {
    const step = { op, netns: 'host', body: { ifname: 'v' } } as unknown as Step;
    expect(refusalOf([step], ['host'])).toMatchObject({ path: 'op', value: op, step: 0 });
  },
);

describe('sysctls', () => {
  test('keep path and value', () => {
    const step: Step = { op: 'sysctl', netns: 'h', path: 'net/ipv4/conf/eth0.1/forwarding', value: '1' };
    expect(new Compiler(['h']).compile([step]).steps).toEqual([
      { op: 'sysctl', slot: 0, path: 'net/ipv4/conf/eth0.1/forwarding', value: '1' },
    ]);
  });

  test.each(['kernel/hostname', 'net', 'net/../kernel/x', '/net/ipv4', 'net//ipv4', 'net/./a'])(
    'the path %p is refused',
    (path) => {
      expect(refusalOf([{ op: 'sysctl', netns: 'h', path, value: '1' }], ['h'])).toMatchObject({
        path: 'path',
      });
    },
  );
});

test('a firewall step keeps its requests and their inverse', () => {
  const requests = [{ family: 'nftTable', verb: 'add', body: { family: 'ip', name: 't' } }] as const;
  const inverse = [{ family: 'nftTable', verb: 'delete', body: { family: 'ip', name: 't' } }] as const;
  expect(new Compiler(['h']).compile([{ op: 'firewall', netns: 'h', requests, inverse }]).steps).toEqual([
    { op: 'transaction', slot: 0, requests, inverse },
  ]);
});

test('a socket step', () => {
  const steps: Step[] = [{ op: 'socket', netns: 'h', label: 'owner', protocol: 'netfilter' }];
  expect(new Compiler(['h']).compile(steps).steps).toEqual([
    { op: 'socket', slot: 0, protocol: 'netfilter' },
  ]);
});

describe('what explain() is given past the types', () => {
  const steps: readonly [string, unknown][] = [
    ['netns', { op: 'link.set', netns: 7, body: { ifname: 'lo', up: true } }],
    ['netns', { op: 'link.set', netns: undefined, body: { ifname: 'lo', up: true } }],
    ['body', { op: 'link.set', netns: 'n', body: null }],
    ['op', { op: 'constructor.add', netns: 'n', body: {} }],
    ['path', { op: 'sysctl', netns: 'n', path: 'kernel/hostname', value: '1' }],
    ['name', { op: 'netns.create', netns: 'a', name: '../b' }],
  ];

  test.each(steps)('is refused with the field %s of the step', (path, step) => {
    const plan = new Plan({ steps: [{ op: 'netns.create', netns: 'n' }, step as Step] });
    const explained = (): string => plan.explain();
    expect(explained).toThrow(ValidationError);
    expect(explained).toThrow(/^step 1 /);
    expect(explained).toThrow(new RegExp(`: ${path}: `));
  });
});
