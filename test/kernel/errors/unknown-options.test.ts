import net from 'node:net';
import { connectNamespaces, gc, NamespacePool, Network, NetworkNamespace, Plan, Rtnl } from '../../../src';
import { enterNamespace, enterNetwork, withNamespace, withNetwork } from '../../../src/testing';
import { lab, machineSnapshot, needTools, snapshot } from '../../support';

needTools('ip', 'nft');

const SPEC = { name: 'lab', subnet: '10.71.0.0/24' } as const;
/** As JavaScript may write it. */
const mistaken = (right: object = {}): never => ({ ...right, mistake: 1 }) as never;

async function problemOf(call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    return result;
  } catch (error) {
    const { code, path } = error as { code?: string; path?: string };
    return code === 'ERR_VALIDATION' ? path : error;
  }
}

test.each([undefined, null, 0, true, Symbol('x'), () => 0, [], {}].map((wrong) => [wrong as never]))(
  'what is no endpoint, network or host is refused by a ValidationError: %p',
  async (wrong) => {
    const { host } = await lab();
    await using network = await Network.create({ ...SPEC, host });
    const refused = async (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => 'resolved',
        (error: unknown) => (error as { code?: string }).code,
      );
    const isList = Array.isArray(wrong);
    expect(await refused(network.detach(wrong))).toBe(isList ? 'resolved' : 'ERR_VALIDATION');
    expect(await refused(network.detach([wrong]))).toBe('ERR_VALIDATION');
    expect(await refused(Network.open(wrong))).toBe('ERR_VALIDATION');
    if ((wrong as unknown) === undefined) return;
    expect(await refused(Network.open('lab', { host: wrong }))).toBe('ERR_VALIDATION');
    expect(await refused(Network.list({ host: wrong }))).toBe('ERR_VALIDATION');
  },
);

test('whoever takes options refuses what is none, before anything happens', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host });
  const [a] = await network.attachMany(['a', 'b']);
  const { netns } = a;
  const pool = new NamespacePool({ size: 1 });
  const plan = new Plan({ steps: [] });
  const lease = await pool.acquire();
  const calls: Readonly<Record<string, () => unknown>> = {
    'network.create': () => Network.create(mistaken({ ...SPEC, name: 'other', host })),
    'network.open': () => Network.open('lab', mistaken({ host })),
    'network.list': () => Network.list(mistaken({ host })),
    gc: () => gc(mistaken({ host })),
    attach: () => network.attach('c', mistaken()),
    attachMany: () => network.attachMany(['c'], mistaken()),
    detach: () => network.detach(a, mistaken()),
    publish: () => network.publish(mistaken({ hostAddress: '192.0.2.1', hostPort: 80, to: a, port: 80 })),
    peer: () => network.peer(mistaken({ subnet: '10.72.0.0/24', via: '192.0.2.2' })),
    adopt: () => network.adopt('wan0', mistaken({ confirm: () => true })),
    release: () => network.release('wan0', mistaken()),
    delete: () => network.delete(mistaken()),
    connectNamespaces: () =>
      connectNamespaces(mistaken({ netns: host, ifname: 'x' }), { netns, ifname: 'y' }),
    'netns.create': () => NetworkNamespace.create(undefined, mistaken()),
    'netns.createMany': () => NetworkNamespace.createMany(1, mistaken()),
    'netns.listen': () => netns.listen(net.createServer(), mistaken({ port: 1 })),
    'netns.shape': () => netns.shape('eth0', mistaken()),
    'netns.delete': () => netns.delete(mistaken()),
    'netns.take': () => netns.take('wan0', mistaken({ from: host })),
    'netns.watch': () => NetworkNamespace.watch(mistaken()),
    'plan.apply': () => plan.apply(mistaken()),
    pool: () => new NamespacePool(mistaken({ size: 1 })),
    'pool.acquire': () => pool.acquire(mistaken()),
    'pool.release': () => pool.release(lease, mistaken()),
    'rtnl.open': () => Rtnl.open(mistaken({ netns: host })),
    'rtnl.monitor': () => host.rtnl.monitor(['link'], mistaken()),
    enterNamespace: () => enterNamespace(mistaken()),
    enterNetwork: () => enterNetwork(mistaken()),
    withNamespace: () => withNamespace(() => undefined, mistaken()),
    withNetwork: () => withNetwork(mistaken(), () => undefined),
  };
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const found: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) found[name] = await problemOf(call);
  expect(found).toEqual(
    Object.fromEntries(
      Object.keys(calls).map((name) => [name, name === 'connectNamespaces' ? 'a.mistake' : 'mistake']),
    ),
  );
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
  await pool.close();
  await network.delete();
});
