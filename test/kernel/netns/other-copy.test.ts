import * as library from '../../../src';
import { needTools, run, scratchHost } from '../../support';

needTools('ip', 'nsenter');

/** Another copy of the library in this process, as from a second place in node_modules. */
let other: typeof library;
jest.isolateModules(() => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- An import would be the same copy.
  other = require('../../../src') as typeof library;
});

const WORDS =
  /of this copy of the library: another copy in this process made it;.*open\(\{ fd: netns\.fd \}\)/;

test('objects of another copy are rejected as such, and its namespaces can be opened again', async () => {
  expect(other.NetworkNamespace).not.toBe(library.NetworkNamespace);
  const host = await scratchHost();
  const theirHost = await other.NetworkNamespace.open({ fd: host.fd });
  const theirs = await other.NetworkNamespace.create();
  const ours = await library.NetworkNamespace.create();
  const spec = { name: 'ours', subnet: '10.66.0.0/24' };
  const network = await library.Network.create({ ...spec, host });
  const theirNetwork = await other.Network.create({
    ...spec,
    name: 'theirs',
    subnet: '10.67.0.0/24',
    host: theirHost,
  });
  const [theirEndpoint] = await theirNetwork.attachMany(1);
  const rule = { hostAddress: '127.0.0.1', hostPort: 80, port: 80 };
  const before = (await run(host, 'ip', ['-o', 'link'])).stdout;
  const attempts: [path: string, () => Promise<unknown>][] = [
    ['host', () => library.Network.create({ ...spec, name: 'more', host: theirHost })],
    ['host', () => library.Network.open('ours', { host: theirHost })],
    ['namespace', () => network.attach(theirs)],
    ['to', () => network.publish({ ...rule, to: theirEndpoint! })],
    ['endpoint', () => network.detach(theirEndpoint!)],
    ['network', () => Promise.resolve(new library.NamespacePool({ size: 1, network: theirNetwork }))],
    ['netns', () => library.Rtnl.open({ netns: theirs })],
    ['netns', () => ours.take('eth0', { from: theirs })],
    [
      'netns',
      () => ours.rtnl.link.add({ ifname: 'q0', kind: 'veth', peer: { ifname: 'q1', netns: theirs } }),
    ],
    ['netns', () => new library.Plan({ namespaces: { theirs }, steps: LOOPBACK }).apply()],
  ];
  for (const [path, attempt] of attempts) {
    const error = await Promise.resolve()
      .then(attempt)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ValidationError', message: expect.stringMatching(WORDS) as string });
    expect((error as library.ValidationError).path).toContain(path);
  }
  expect((await run(host, 'ip', ['-o', 'link'])).stdout).toBe(before);
  expect((await run(ours, 'ip', ['-o', 'link'])).stdout).not.toMatch(/q0/);

  // What the message advises.
  const again = await library.NetworkNamespace.open({ fd: theirs.fd });
  const endpoint = await network.attach(again);
  expect((await run(theirs, 'ip', ['-br', 'addr', 'show', 'eth0'])).stdout).toContain(endpoint.address);
  // A closed namespace of the same copy is still just that.
  await ours.close();
  await expect(library.Rtnl.open({ netns: ours })).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await theirs.close();
  await expect(library.Rtnl.open({ netns: theirs })).rejects.toMatchObject({ code: 'ERR_CLOSED' });

  await network.delete();
  await again.close();
  await theirNetwork.delete();
  await theirHost.close();
});

const LOOPBACK = [{ op: 'link.set' as const, netns: 'theirs', body: { ifname: 'lo', up: true } }];
