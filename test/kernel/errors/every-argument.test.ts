import net from 'node:net';
import { inspect } from 'node:util';
import {
  connectNamespaces,
  firewall,
  gc,
  NamespacePool,
  Network,
  NetworkNamespace,
  Plan,
  rootless,
  Rtnl,
  type RtnlBatch,
  setStateDirectory,
  spawnRootless,
} from '../../../src';
import {
  badLine,
  enterNamespace,
  enterNetwork,
  limitMtu,
  linkDown,
  partition,
  withNamespace,
  withNetwork,
} from '../../../src/testing';
import { lab, machineSnapshot, needTools, publicCallables, scratchHost, snapshot } from '../../support';

needTools('ip', 'nft');

/** Wrong arguments, and the field that the refusal names. */
type Wrong = readonly [args: readonly unknown[], path: string];
interface Row {
  /** Called with wrong arguments; absent: takes none, or leaves all of them to Node.js. */
  readonly call?: unknown;
  readonly wrong: readonly Wrong[];
}

const none: Row = { wrong: [] };
const NO_TEXT = [undefined, null, 5, true, Symbol('x'), () => 0, [], {}];
const NO_NAME = [...NO_TEXT, '', 'a/b'];
const NO_OPTIONS = [5, 'x', true, [], () => 0];
const NO_OBJECT = [null, 5, 'x', true, [], () => 0];
const NO_LIST = [null, 5, 'x', true, {}, () => 0];
const NO_NAMESPACE = [null, 5, true, {}, [], () => 0];
const NO_FUNCTION = [undefined, null, 5, 'x', {}, []];
const NO_NUMBER = [null, '5', Number.NaN, -1, 1.5, {}, true];
const NO_BOOLEAN = [null, 1, 'yes', {}];

/** One wrong value after the other, at the end of right arguments. */
function wrong(path: string, values: readonly unknown[], ...before: readonly unknown[]): Wrong[] {
  return values.map((value) => [[...before, value], path]);
}

/** Wrong options: none at all, one that there is not, and wrong values by name. */
function wrongOptions(
  before: readonly unknown[],
  fields: Readonly<Record<string, readonly unknown[]>> = {},
  right: object = {},
): Wrong[] {
  return [
    ...wrong('options', NO_OPTIONS, ...before),
    [[...before, { ...right, mistake: 1 }], 'mistake'],
    ...Object.entries(fields).flatMap(([field, values]) =>
      values.map((value): Wrong => [[...before, { ...right, [field]: value }], field]),
    ),
  ];
}

const SPEC = { name: 'lab', subnet: '10.71.0.0/24' } as const;

async function refusalOf(call: unknown, args: readonly unknown[]): Promise<unknown> {
  try {
    await (call as (...args: readonly unknown[]) => unknown)(...args);
    return 'accepted';
  } catch (error) {
    const { code, path } = error as { code?: string; path?: string };
    return code === 'ERR_VALIDATION' ? path : error;
  }
}

test('everything that can be called refuses wrong arguments, and names the field, before anything happens', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host });
  const [a, b] = await network.attachMany(['a', 'b']);
  const { netns } = a;
  const { rtnl } = netns;
  const pool = new NamespacePool({ size: 1 });
  const lease = await pool.acquire();
  const plan = new Plan({ steps: [] });
  const rule = firewall.rule`accept`;
  const of =
    (object: object, method: string) =>
    (...args: readonly unknown[]): unknown =>
      (object as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>)[method]?.(...args);
  const own = {
    user: [null, {}, -1, ''],
    group: [null, {}, -1],
    etc: [5],
    resolver: [5, 'x'],
    sys: NO_BOOLEAN,
  };
  const started = {
    ...own,
    cwd: [5, {}],
    env: [5, 'x'],
    uid: ['x', -1],
    gid: ['x', -1],
    shell: [5, {}],
    argv0: [5],
    timeout: ['x', -1],
    killSignal: [{}, 'SIGNOPE'],
    signal: [5, {}],
  };
  const known: Record<string, Row> = {
    'NetworkNamespace.create': {
      call: NetworkNamespace.create.bind(NetworkNamespace),
      wrong: [
        ...wrong('name', NO_NAME.slice(1)),
        ...wrongOptions([undefined], { ipv6: NO_BOOLEAN, sysctls: [null, 5, 'x', []] }),
      ],
    },
    'NetworkNamespace.createMany': {
      call: NetworkNamespace.createMany.bind(NetworkNamespace),
      wrong: [
        ...wrong('namesOrCount', [undefined, null, 'x', -1, 1.5, {}, true]),
        ...wrong('names[0]', [[5], [null], [undefined], ['']]),
        ...wrongOptions([1], { ipv6: NO_BOOLEAN }),
      ],
    },
    'NetworkNamespace.open': {
      call: NetworkNamespace.open.bind(NetworkNamespace),
      wrong: wrong('ref', [
        ...[undefined, null, 5, true, [], {}, '', 'a/b'],
        ...[{ pid: -1 }, { pid: 'x' }, { fd: -1 }, { path: '' }, { path: 'a\0b' }, { mistake: 1 }],
      ]),
    },
    'NetworkNamespace.current': none,
    'NetworkNamespace.list': none,
    'NetworkNamespace.watch': {
      call: NetworkNamespace.watch.bind(NetworkNamespace),
      wrong: wrongOptions([], { signal: [null, 5, {}] }),
    },
    'netns.inspect': none,
    'netns.pids': none,
    'netns.killAll': {
      call: of(netns, 'killAll'),
      wrong: [
        ...wrong('signal', [null, 9, 'TERM', 'toString', {}]),
        ...wrong('deadlineMs', [null, '5', Number.NaN, -1, Infinity, {}], 'SIGTERM'),
      ],
    },
    'netns.spawn': {
      call: of(netns, 'spawn'),
      wrong: [
        ...wrong('command', [...NO_TEXT, '', 'a\0b']),
        ...wrong('args', NO_LIST, 'true'),
        ...wrong('args[0]', [[5], [null], ['a\0b']], 'true'),
        ...wrongOptions(['true', []], { ...started, stdio: [5, 'x', {}] }),
      ],
    },
    'netns.fork': {
      call: of(netns, 'fork'),
      wrong: [
        ...wrong('modulePath', [...NO_TEXT, '']),
        ...wrong('args', NO_LIST, 'x.js'),
        ...wrongOptions(['x.js', []], { ...own, execPath: [5], execArgv: [5], silent: [1, 'x'] }),
      ],
    },
    'netns.exec': {
      call: of(netns, 'exec'),
      wrong: [
        ...wrong('command', [...NO_TEXT, '']),
        ...wrong('args', NO_LIST, 'true'),
        ...wrongOptions(['true', []], { ...started, maxBuffer: ['x', -1] }),
      ],
    },
    'netns.worker': {
      call: of(netns, 'worker'),
      wrong: [...wrong('file', [...NO_TEXT, '']), ...wrong('options', NO_OPTIONS, 'x.js')],
    },
    'netns.listen': {
      call: of(netns, 'listen'),
      wrong: [
        ...wrong('server', [undefined, null, 5, 'x', {}, []]),
        ...wrong('options', [undefined, null, 5, 'x', []], net.createServer()),
        ...wrongOptions(
          [net.createServer()],
          { port: NO_NUMBER, signal: [null, {}], host: [5] },
          { port: 1 },
        ).slice(5),
        [[net.createServer(), {}], 'port'],
      ],
    },
    'netns.connect': {
      call: of(netns, 'connect'),
      wrong: [
        ...wrong('options', [undefined, null, 5, 'x', [], () => 0]),
        ...wrongOptions(
          [],
          {
            host: [5, {}],
            lookup: [5, 'x'],
            signal: [5, {}],
            timeout: ['x', -1],
          },
          { port: 1 },
        ).slice(5),
        ...wrong('path', [{ path: 5 }, { path: {} }]),
        ...wrong('listener', [5, 'x', {}], { port: 1 }),
      ],
    },
    'netns.createSocket': {
      call: of(netns, 'createSocket'),
      wrong: [
        ...wrong('type', [undefined, null, 5, 'tcp', true, [], {}, { type: 'x' }]),
        ...[
          { reusePort: 1 },
          { reuseAddr: 'x' },
          { ipv6Only: null },
          { lookup: 5 },
          { signal: {} },
          { mistake: 1 },
        ].map((one): Wrong => [[{ type: 'udp4', ...one }], Object.keys(one)[0] as string]),
        ...wrong('onMessage', [5, 'x', {}], 'udp4'),
      ],
    },
    'netns.agent': { call: of(netns, 'agent'), wrong: wrong('options', NO_OPTIONS) },
    'netns.httpsAgent': { call: of(netns, 'httpsAgent'), wrong: wrong('options', NO_OPTIONS) },
    'netns.dispatcher': { call: of(netns, 'dispatcher'), wrong: wrong('options', NO_OPTIONS) },
    'netns.lookup': {
      call: of(netns, 'lookup'),
      wrong: [
        ...[undefined, 5, {}, []].map((name): Wrong => [[name, {}, () => 0], 'hostname']),
        ...wrong('callback', NO_FUNCTION, 'localhost', {}),
        [['localhost', 'x', () => 0], 'options'],
      ],
    },
    'netns.take': {
      call: of(netns, 'take'),
      wrong: [
        ...wrong('ifname', [...NO_NAME, 'longer-than-fifteen']),
        ...wrongOptions(['wan0'], { from: NO_NAMESPACE, as: [null, 5, '', 'a/b', 'lo'] }, { from: host }),
      ],
    },
    'netns.giveBack': { call: of(netns, 'giveBack'), wrong: wrong('ifname', NO_NAME) },
    'netns.shape': {
      call: of(netns, 'shape'),
      wrong: [
        ...wrong('ifname', NO_NAME),
        ...wrong('shape', [undefined, 5, 'x', true, [], () => 0], 'eth0'),
        [['eth0', { rate: 'x' }], 'rate'],
        [['eth0', { egress: { delay: -1 } }], 'egress.delay'],
        [['eth0', { mistake: 1 }], 'mistake'],
      ],
    },
    'netns.delete': { call: of(netns, 'delete'), wrong: wrongOptions([], { kill: [1, 'x'] }) },
    'netns.close': none,
    'Rtnl.open': {
      call: Rtnl.open.bind(Rtnl),
      wrong: wrongOptions([], { netns: [null, 5, {}, 'red'], receiveBuffer: NO_NUMBER }),
    },
    'Rtnl.lazy': { call: Rtnl.lazy.bind(Rtnl), wrong: wrong('netns', [undefined, null, 5, {}, 'red']) },
    'rtnl.batch': {
      call: of(rtnl, 'batch'),
      wrong: [
        ...wrong('fill', NO_FUNCTION),
        ...[null, 5, 'x', []].map((body): Wrong => [
          [(batch: RtnlBatch) => batch.link.add(body as never)],
          'body',
        ]),
        [[(batch: RtnlBatch) => batch.link.delete({ ifname: 'x' }, { mistake: 1 } as never)], 'mistake'],
      ],
    },
    'rtnl.monitor': {
      call: of(rtnl, 'monitor'),
      wrong: [
        ...wrong('groups', NO_LIST),
        ...wrong('groups[0]', [['x'], [5], ['toString']]),
        ...wrongOptions([['link']], {
          signal: [null, 5, {}],
          allNamespaces: NO_BOOLEAN,
          receiveBuffer: NO_NUMBER,
        }),
      ],
    },
    'rtnl.close': none,
    'new Plan': {
      call: (spec: never) => new Plan(spec),
      wrong: [
        ...wrong('steps', [undefined, null, 5, 'x', []]),
        ...wrong('steps', [{}, { steps: 5 }, { steps: {} }]),
        ...wrong(
          'namespaces',
          [null, 5, 'x', []].map((namespaces) => ({ steps: [], namespaces })),
        ),
        ...wrong(
          'sockets',
          [null, 5, 'x', []].map((sockets) => ({ steps: [], sockets })),
        ),
        ...wrong(
          'steps[0]',
          [null, 5, 'x', []].map((step) => ({ steps: [step] })),
        ),
        [[{ steps: [], mistake: 1 }], 'mistake'],
      ],
    },
    'plan.explain': { call: of(plan, 'explain'), wrong: wrong('format', [null, 5, 'x', {}]) },
    'plan.toJSON': none,
    'plan.apply': {
      call: of(plan, 'apply'),
      wrong: wrongOptions([], { signal: [null, 5, {}], confirm: [null, 5, {}], timeoutMs: [5] }),
    },
    'firewall.rule': { call: firewall.rule, wrong: wrong('rule', [undefined, null, 5, 'x', [], [5], {}]) },
    'rule.expressions': {
      call: of(rule, 'expressions'),
      wrong: wrong('family', [undefined, null, 5, 'x', {}]),
    },
    // For the library itself.
    'rule.requests': none,
    'rule.orderedSets': none,
    'firewall.list': none,
    'firewall.chains': none,
    'firewall.tables': {
      call: of(netns.firewall, 'tables'),
      wrong: wrongOptions([], { owner: [null, 5, {}] }),
    },
    'firewall.rules': {
      call: of(netns.firewall, 'rules'),
      wrong: [
        ...wrong('body', [undefined, null, 5, 'x', []]),
        [[{}], 'family'],
        [[{ family: 'x', table: 't' }], 'family'],
        [[{ family: 'inet', table: 5 }], 'table'],
        [[{ family: 'inet', table: 't', mistake: 1 }], 'mistake'],
      ],
    },
    'firewall.sets': {
      call: of(netns.firewall, 'sets'),
      wrong: [...wrong('body', [undefined, null, 5, 'x', []]), [[{ family: 'inet', table: 5 }], 'table']],
    },
    'firewall.elements': {
      call: of(netns.firewall, 'elements'),
      wrong: [
        ...wrong('set', [undefined, null, 5, 'x', []]),
        [[{ family: 'inet', table: 't', set: 5 }], 'set'],
        ...wrongOptions([{ family: 'inet', table: 't', set: 's' }], { owner: [5] }),
      ],
    },
    'firewall.find': {
      call: of(netns.firewall, 'find'),
      wrong: [
        ...wrong('bodies', [undefined, ...NO_LIST]),
        ...wrong('bodies[0]', [[5], [null], [[]]]),
        ...wrongOptions([[]]),
      ],
    },
    'firewall.transaction': {
      call: of(netns.firewall, 'transaction'),
      wrong: [
        ...wrong('requests', [undefined, ...NO_LIST]),
        ...wrong('requests[0]', [[5], [null]]),
        ...wrong('requests[0].family', [[{}], [{ family: 'x' }]]),
        ...wrong('requests[0].mistake', [[{ family: 'nftTable', verb: 'add', body: {}, mistake: 1 }]]),
        ...wrongOptions([[]], { owner: [5, {}] }),
      ],
    },
    connectNamespaces: {
      call: connectNamespaces,
      wrong: [
        ...wrong('a', [undefined, null, 5, 'x', []]),
        ...wrong('b', [undefined, null, 5, 'x', []], { netns: host, ifname: 'x' }),
        ...wrong(
          'a.netns',
          [5, {}, ''].map((one) => ({ netns: one, ifname: 'x' })),
        ).map(([[first], path]): Wrong => [[first, { netns, ifname: 'y' }], path]),
      ],
    },
    'Network.create': {
      call: Network.create.bind(Network),
      wrong: [
        ...wrong('options', [undefined, null, 5, 'x', []]),
        [[{ ...SPEC, host, mistake: 1 }], 'mistake'],
      ],
    },
    'Network.open': {
      call: Network.open.bind(Network),
      wrong: [
        ...wrong('name', NO_TEXT),
        ...wrongOptions(['lab'], { host: NO_NAMESPACE, warnings: NO_BOOLEAN }),
      ],
    },
    'Network.list': { call: Network.list.bind(Network), wrong: wrongOptions([], { host: NO_NAMESPACE }) },
    'network.refresh': none,
    'network.attach': {
      call: of(network, 'attach'),
      wrong: [
        ...wrong('namespace', NO_NAME),
        ...wrongOptions(['c'], { ifname: [5, '', 'a/b'], address: [5, 'x'], mac: [5, 'x'], signal: [5] }),
      ],
    },
    'network.attachMany': {
      call: of(network, 'attachMany'),
      wrong: [
        ...wrong('namesOrCount', [undefined, null, 'x', -1, 1.5, {}]),
        ...wrong('namesOrCount[0]', [[5], [null], ['']]),
        ...wrongOptions([['c']], { ifname: [5], vlan: [0, 'x'] }),
      ],
    },
    'network.detach': {
      call: of(network, 'detach'),
      wrong: [
        ...wrong('endpoint', [undefined, null, 5, 'x', {}, true]),
        ...wrong('endpoint', [[5], [null], [{}]]),
        ...wrongOptions([a], { kill: [1, 'x'] }),
      ],
    },
    'network.publish': {
      call: of(network, 'publish'),
      wrong: [
        ...wrong('options', [undefined, null, 5, 'x', []]),
        [[{ hostAddress: '192.0.2.1', hostPort: 80, to: a, port: 80, mistake: 1 }], 'mistake'],
        [[{ hostAddress: '192.0.2.1', hostPort: 80, to: {}, port: 80 }], 'to'],
      ],
    },
    'network.publishMany': {
      call: of(network, 'publishMany'),
      wrong: [
        ...wrong('rules', [undefined, ...NO_LIST]),
        ...wrong('options', [[5], [null]]),
        [[[5, 5]], '[0]'],
        // Holes.
        [[new Array(5)], '[0]'],
      ],
    },
    'network.unpublish': {
      call: of(network, 'unpublish'),
      wrong: [
        ...wrong('port', [undefined, null, 5, 'x', []]),
        [[{}], 'hostAddress'],
        [[{ hostAddress: '192.0.2.1', hostPort: 'x' }], 'hostPort'],
        [[{ hostAddress: 5, hostPort: 80 }], 'hostAddress'],
        [[{ hostAddress: '192.0.2.1', hostPort: 80, protocol: 'x' }], 'protocol'],
        [[{ hostAddress: '192.0.2.1', hostPort: 80, mistake: 1 }], 'mistake'],
      ],
    },
    'network.peer': {
      call: of(network, 'peer'),
      wrong: [
        ...wrong('options', [undefined, null, 5, 'x', []]),
        [[{ subnet: '10.72.0.0/24', via: '192.0.2.2', mistake: 1 }], 'mistake'],
      ],
    },
    'network.unpeer': { call: of(network, 'unpeer'), wrong: wrong('subnet', NO_TEXT) },
    'network.adopt': {
      call: of(network, 'adopt'),
      wrong: [
        ...wrong('ifname', [...NO_NAME]).map(([[first], path]): Wrong => [
          [first, { confirm: () => true }],
          path,
        ]),
        ...wrongOptions(['wan0'], { confirm: [5] }, { confirm: () => true }),
      ],
    },
    'network.release': {
      call: of(network, 'release'),
      wrong: [...wrong('ifname', NO_NAME), ...wrongOptions(['wan0'], { confirm: [5] })],
    },
    'network.plan': none,
    'network.inspect': none,
    'network.delete': { call: of(network, 'delete'), wrong: wrongOptions([], { kill: [1, 'x'] }) },
    'network.close': none,
    'endpoint.shape': { call: of(a, 'shape'), wrong: wrong('shape', [undefined, 5, 'x', []]) },
    setStateDirectory: { call: setStateDirectory, wrong: wrong('directory', [null, 5, 'x', '', {}]) },
    gc: {
      call: gc,
      wrong: wrongOptions([], { host: NO_NAMESPACE, dryRun: NO_BOOLEAN, force: [null, 5, '', 'a/b'] }),
    },
    'new NamespacePool': {
      call: (options: never) => new NamespacePool(options),
      wrong: [
        ...wrong('options', [undefined, null, 5, 'x', []]),
        ...wrong('size', [{}, { size: 'x' }, { size: 0 }]),
        [[{ size: 1, network: {} }], 'network'],
        [[{ size: 1, namespace: { mistake: 1 } }], 'mistake'],
        [[{ size: 1, network, attach: { mistake: 1 } }], 'mistake'],
      ],
    },
    'pool.acquire': { call: of(pool, 'acquire'), wrong: wrongOptions([], { signal: [null, 5, {}] }) },
    'pool.release': {
      call: of(pool, 'release'),
      wrong: [...wrong('lease', [undefined, null, 5, {}, []]), ...wrongOptions([lease], { kill: [1] })],
    },
    'pool.close': none,
    rootless: { call: rootless, wrong: wrongOptions([], { outside: [null, 5, 'x'] }) },
    spawnRootless: {
      call: spawnRootless,
      wrong: [
        ...wrong('command', [...NO_TEXT, '']),
        ...wrong('args', NO_LIST, 'true'),
        ...wrongOptions(['true', []], {
          outside: [null, 5, 'x'],
          cwd: [5],
          shell: [true],
          uid: [1],
          stdio: [5],
        }),
      ],
    },
    'testing.enterNamespace': { call: enterNamespace, wrong: wrongOptions([], { ipv6: NO_BOOLEAN }) },
    'testing.enterNetwork': {
      call: enterNetwork,
      wrong: wrongOptions([], { name: [null, 5, ''], subnet: [null, 5, 'x'], endpoints: NO_LIST }),
    },
    'testing.withNamespace': {
      call: withNamespace,
      wrong: [...wrong('body', NO_FUNCTION), ...wrongOptions([() => 0], { ipv6: NO_BOOLEAN })],
    },
    'testing.withNetwork': {
      call: withNetwork,
      wrong: [
        ...wrong('body', NO_FUNCTION, {}),
        ...wrongOptions([], { name: [5], endpoints: [5] }).map(([args, path]): Wrong => [
          [...args, () => 0],
          path,
        ]),
      ],
    },
    'testing.linkDown': { call: linkDown, wrong: wrong('endpoint', [undefined, ...NO_OBJECT, {}]) },
    'testing.partition': {
      call: partition,
      wrong: [...wrong('a', [undefined, ...NO_OBJECT, {}]), ...wrong('b', [undefined, ...NO_OBJECT, {}], a)],
    },
    'testing.limitMtu': {
      call: limitMtu,
      wrong: [
        ...wrong('endpoint', [undefined, ...NO_OBJECT, {}]),
        ...wrong('mtu', [undefined, ...NO_NUMBER], a),
      ],
    },
    'testing.badLine': {
      call: badLine,
      wrong: [
        ...wrong('endpoint', [undefined, ...NO_OBJECT, {}]),
        ...wrong('shape', [undefined, 5, 'x', []], b),
      ],
    },
  };
  const callables = publicCallables({
    ...{ netns, rtnl, plan, firewall: netns.firewall, rule, network, endpoint: a, pool },
  });
  // All requests of rtnetlink are checked by the same code.
  for (const name of callables) {
    const [, family = '', verb = ''] = /^rtnl\.(\w+)\.(\w+)$/.exec(name) ?? [];
    if (family === '') continue;
    const call = of((rtnl as unknown as Record<string, object>)[family] as object, verb);
    const takesEcho = !['get', 'list', 'delete', 'flush'].includes(verb);
    known[name] = {
      call,
      wrong: [
        ...wrong('body', NO_OBJECT),
        ...(takesEcho ? wrongOptions([{}], { echo: NO_BOOLEAN }) : []),
        [[{ ...(name === 'rtnl.ethtool.set' && { features: {} }), mistake: 1 }], 'mistake'],
      ],
    };
  }
  expect(Object.keys(known).sort()).toEqual(callables);
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const found: string[] = [];
  for (const [name, { call, wrong: cases }] of Object.entries(known)) {
    for (const [args, path] of cases) {
      const told = await refusalOf(call, args);
      if (told !== path)
        found.push(
          `${name}(${args.map((one) => inspect(one, { depth: 1, breakLength: Infinity })).join(', ')}): ${String(told)}, not ${path}`,
        );
    }
  }
  expect(found).toEqual([]);
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
  await pool.close();
  await network.delete();
});

test.each([
  [{}, ''],
  [{ op: 5 }, ''],
  [{ op: 'nope', netns: 'a', body: {} }, 'op'],
  [{ op: 'link.add', netns: 'b', body: { ifname: 'x' } }, 'netns'],
  [{ op: 'link.add', netns: 'a', body: null }, 'body'],
  [{ op: 'link.add', netns: 'a', body: {}, mistake: 1 }, 'mistake'],
  [{ op: 'link.add', netns: 'a', body: { ifname: 'x', kind: 'dummy' }, echo: 'x' }, 'echo'],
  [{ op: 'netns.create', netns: 5 }, 'netns'],
  [{ op: 'netns.create', netns: 'b', name: 5 }, 'name'],
  [{ op: 'netns.create', netns: 'b', nam: 'x' }, 'nam'],
  [{ op: 'netns.open', netns: 'b', path: 5 }, 'path'],
  [{ op: 'netns.delete', name: 5 }, 'name'],
  [{ op: 'firewall', netns: 'a', requests: 5 }, 'requests'],
  [{ op: 'iptables', netns: 'a', flavour: 'nft', family: 'inet', input: 5 }, 'input'],
  [{ op: 'sysctl', netns: 'a', path: 5, value: '1' }, 'path'],
  [{ op: 'sysctl', netns: 'a', path: 'net/ipv4/ip_forward', value: 1 }, 'value'],
  [{ op: 'socket', netns: 'a', label: 5, protocol: 'route' }, 'label'],
  [{ op: 'socket', netns: 'a', label: 'x', protocol: 'x' }, 'protocol'],
])('a plan refuses the step %j and names %j', async (step, path) => {
  const a = await scratchHost();
  const plan = new Plan({ steps: [step as never], namespaces: { a } });
  const refusal = { code: 'ERR_VALIDATION', path, step: 0 };
  await expect(plan.apply()).rejects.toMatchObject(refusal);
  expect(() => plan.explain()).toThrow(expect.objectContaining(refusal) as Error);
});

test.each(NO_NAMESPACE)('a plan does not run in %p', async (one) => {
  const plan = new Plan({ steps: [], namespaces: { a: one as never } });
  await expect(plan.apply()).rejects.toMatchObject({ code: 'ERR_VALIDATION', path: 'namespaces.a' });
});
