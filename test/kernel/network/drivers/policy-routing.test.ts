import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { gc, Network, type NetworkSpec } from '../../../../src';
import {
  fetchText,
  GATEWAY,
  ipJson,
  keep,
  LAN,
  lab,
  namedHost,
  needTools,
  netlinkError,
  nodeCommand,
  run,
  scratchHost,
  serve,
  snapshot,
  twoHosts,
  validationError,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'curl', 'nsenter');

const SUBNETS = ['10.1.0.0/24', '10.2.0.0/24'] as const;

describe.each<[string, Partial<NetworkSpec>]>([
  ['process', { lifetime: 'process' }],
  ['persistent', { lifetime: 'persistent' }],
  ['routed', { mode: 'routed' }],
])('on two %s networks', (_kind, spec) => {
  test('a namespace answers by the one that the question came by', async () => {
    const { hosts, internet } = await twoHosts();
    const both = keep(await scratchHost());
    const before = await snapshot(both);
    const one = await Network.create({ name: 'one', subnet: SUBNETS[0], host: hosts[0], ...spec });
    const two = await Network.create({ name: 'two', subnet: SUBNETS[1], host: hosts[1], ...spec });
    await one.attach(both, { table: 101 });
    const second = { ifname: 'eth1', defaultRoute: false };
    // By the main table the second host's callers are answered by the first host, who knows nothing of them.
    const plain = await two.attach(both, second);
    const publish = { hostAddress: LAN[1], hostPort: 80, port: 80 };
    await using _server = await served(both);
    await two.publish({ ...publish, to: plain });
    await expect(fetchText(internet, LAN[1])).rejects.toThrow();
    await two.detach(plain);

    const endpoint = await two.attach(both, { ...second, table: 102 });
    await two.publish({ ...publish, to: endpoint });
    expect(await fetchText(internet, LAN[1])).toBe(`both ${GATEWAY}`);
    const [way] = await ipJson(both, 'route', 'get', GATEWAY, 'from', endpoint.address);
    expect(way).toMatchObject({ dev: 'eth1', table: '102' });
    const rules = await ipJson(both, 'rule', 'show', 'from', endpoint.address);
    expect(rules).toMatchObject([{ src: endpoint.address, table: '102' }]);

    await two.detach(endpoint);
    expect(await ipJson(both, 'rule', 'show', 'from', endpoint.address)).toEqual([]);
    await one.delete();
    await two.delete();
    expect(await snapshot(both)).toEqual(before);
  });
});

async function served(ns: { readonly fd: number }): Promise<AsyncDisposable> {
  const server = await serve(ns, 80, 'both');
  return { [Symbol.asyncDispose]: () => server.stop() };
}

test('both families of addresses have their table', async () => {
  const { host } = await lab();
  await using network = await Network.create({
    ...{ name: 'six', subnet: SUBNETS[0], subnet6: 'fd00:1::/64', host },
  });
  const endpoint = await network.attach('a', { table: 7, defaultRoute: false });
  const routes = await ipJson(endpoint.netns, '-6', 'route', 'show', 'table', '7');
  expect(routes.map(({ dst }) => dst as string).sort()).toEqual(['default', 'fd00:1::/64']);
  expect(await ipJson(endpoint.netns, '-6', 'rule', 'show', 'table', '7')).toMatchObject([
    { src: endpoint.address6 },
  ]);
});

test('a failed attach leaves no rule in the namespace that it was given', async () => {
  const { host } = await lab();
  const ns = keep(await scratchHost());
  await using network = await Network.create({
    ...{ name: 'six', subnet: SUBNETS[0], subnet6: 'fd00:1::/64', host },
  });
  // In the way of what comes after the rule for IPv4.
  await run(ns, 'ip', ['-6', 'route', 'add', 'default', 'dev', 'lo', 'table', '9']);
  const before = await snapshot(ns);
  const error = await netlinkError(network.attach(ns, { table: 9 }));
  expect(error).toMatchObject({ code: 'EEXIST', operation: 'network.attach' });
  expect(error.message).toContain('the namespace has a route to default');
  expect(error.notUndone).toBeUndefined();
  expect(await snapshot(ns)).toEqual(before);
});

test('the rule that a killed persistent network leaves in a namespace is removed by gc()', async () => {
  const { host } = await lab({ named: true });
  const ns = await namedHost();
  const before = [await snapshot(host), await snapshot(ns)];
  const command = nodeCommand('network-policy', [host.name ?? '', ns.name, SUBNETS[0]]);
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  await once(child.stdout, 'data');
  expect(await ipJson(ns, 'rule', 'show', 'table', '55')).toHaveLength(1);
  child.kill('SIGKILL');
  await gone;
  const preview = await gc({ host, dryRun: true });
  expect(preview.removed).toContain('rule from 10.1.0.2 table 55');
  expect(await gc({ host })).toEqual(preview);
  expect([await snapshot(host), await snapshot(ns)]).toEqual(before);
});

test.each([0, 253, 255, 2 ** 32, 1.5])('%d is no table of an endpoint', async (table) => {
  await using network = await Network.create({
    name: 'one',
    subnet: SUBNETS[0],
    host: await scratchHost(),
    nat: false,
  });
  expect(await validationError(network.attach('a', { table }))).toMatchObject({
    path: 'table',
    operation: 'network.attach',
  });
});
