import { Network } from '../../../../src/network/network';
import {
  ipJson,
  lab,
  needTools,
  ping,
  runChild,
  runChildBy,
  scratchName,
  snapshot,
  WAN,
} from '../../../support';

needTools('ip', 'nft', 'setpriv');

test('attaches that overlap in one process never get one address twice', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'busy', subnet: '10.73.0.0/24', host });
  const endpoints = await Promise.all(Array.from({ length: 30 }, (_, index) => network.attach(`n${index}`)));
  expect(new Set(endpoints.map(({ address }) => address)).size).toBe(30);
  const [first] = endpoints;
  if (!first) throw new Error('nothing was attached');
  const rule = { hostAddress: WAN, hostPort: 80, to: first, port: 80 };
  const published = await Promise.allSettled([
    network.publish(rule),
    network.publish(rule),
    network.publish(rule),
  ]);
  expect(published.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await Promise.all(endpoints.map((endpoint) => network.detach(endpoint)));
  expect((await network.inspect()).endpoints).toEqual([]);
  await network.delete();
});

test('several processes share a persistent network', async () => {
  const { host } = await lab({ named: true });
  const before = await snapshot(host);
  const made = await Network.create({ name: 'shared', subnet: '10.73.0.0/24', host, lifetime: 'persistent' });
  await made.close();
  const runs = await Promise.all(
    [1, 2, 3].map(() => runChild('network-join', [host.name ?? '', 'shared', scratchName(), '10'])),
  );
  expect(runs.map(({ stderr }) => stderr)).toEqual(['', '', '']);
  const addresses = runs.flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
  expect(new Set(addresses).size).toBe(30);
  expect(await ipJson(host, 'link', 'show', 'master', 'nl-shared')).toHaveLength(30);

  const network = await Network.open('shared', { host });
  expect(network.endpoints).toHaveLength(30);
  const [first, second] = network.endpoints;
  if (first && second) await ping(first.netns, second.address);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('two deletes of one network at once both succeed', async () => {
  const { host } = await lab({ named: true });
  const before = await snapshot(host);
  const made = await Network.create({ name: 'twice', subnet: '10.73.0.0/24', host, lifetime: 'persistent' });
  await made.attachMany([scratchName(), scratchName()]);
  const opened = await Network.open('twice', { host });
  await Promise.all([made.delete(), opened.delete()]);
  expect(await snapshot(host)).toEqual(before);
});

test('without privilege there is one clear error that names the capability', async () => {
  const nobody = [
    'setpriv',
    '--reuid',
    '65534',
    '--regid',
    '65534',
    '--clear-groups',
    '--inh-caps',
    '-all',
    '--',
  ];
  const { stdout } = await runChildBy(nobody, 'network-unprivileged');
  const errors = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { code: string; message: string });
  expect(errors).toHaveLength(2);
  for (const { code, message } of errors) {
    expect(code).toBe('EPERM');
    expect(message).toMatch(/lacks CAP_(SYS|NET)_ADMIN/);
  }
});
