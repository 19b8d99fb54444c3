import { spawn } from 'node:child_process';
import { connectNamespaces } from '../../../src/topology/connect-namespaces';
import { NetworkNamespace } from '../../../src/netns/namespace';
import {
  ipJson,
  killed,
  machineSnapshot,
  namedHost,
  needTools,
  netlinkError,
  ping,
  runChildBy,
  scratchHost,
  sh,
  snapshot,
  validationError,
  waitForText,
} from '../../support';

needTools('ip', 'ping', 'unshare', 'sleep');

test('joins two namespaces that reach each other, by IPv4 and IPv6', async () => {
  const [one, two] = [await scratchHost(), await scratchHost()];
  await sh(one, 'ip link set lo down');
  await connectNamespaces(
    { netns: one, ifname: 'veth0', address: '10.0.2.1/24' },
    { netns: two, ifname: 'veth1', address: '10.0.2.2/24' },
  );
  await connectNamespaces(
    { netns: one, ifname: 'six', address: 'fd00::1/64' },
    { netns: two, ifname: 'six', address: 'fd00::2/64' },
  );
  const [device] = await ipJson(one, '-4', 'addr', 'show', 'veth0');
  expect(device.addr_info).toMatchObject([{ local: '10.0.2.1', prefixlen: 24, broadcast: '10.0.2.255' }]);
  const [far] = await ipJson(two, 'link', 'show', 'veth1');
  expect(far).toMatchObject({ ifindex: device.link_index, link_index: device.ifindex });
  await ping(one, '10.0.2.2');
  await ping(two, '10.0.2.1');
  await ping(one, '10.0.2.1');
  await ping(one, 'fd00::2');
  await ping(two, 'fd00::1');

  // The pair ends with either device.
  await two.rtnl.link.delete({ ifname: 'veth1' });
  expect((await ipJson(one, 'link')).map(({ ifname }) => ifname)).toEqual(['lo', 'six']);
});

test('finds the namespaces by name, process, path and descriptor, and keeps none of them open', async () => {
  const [one, two] = [await namedHost(), await scratchHost()];
  const sleeper = two.spawn('sleep', ['60'], { stdio: 'ignore' });
  const pid = sleeper.pid!;
  const places = [{ pid }, { path: `/proc/${String(pid)}/ns/net` }, { fd: two.fd }, two];
  for (const [index, netns] of places.entries()) {
    const address = (end: number): string => `10.0.${String(index)}.${String(end)}/31`;
    await connectNamespaces(
      { netns: one.name, ifname: `veth${String(index)}`, address: address(0) },
      { netns, ifname: `veth${String(index)}`, address: address(1) },
    );
    await ping(one, `10.0.${String(index)}.1`);
  }
  await killed(sleeper);
  // A descriptor that stayed open would make these EBUSY.
  await two.delete();
  await one.delete();
});

test('a failure leaves both namespaces as they were', async () => {
  const [one, two] = [await scratchHost(), await scratchHost()];
  await sh(two, 'ip link set lo down; ip link add taken type bridge');
  const [before, other, machine] = [await snapshot(one), await snapshot(two), machineSnapshot()];
  const ends = (ifname: string, address: string): Promise<void> =>
    connectNamespaces({ netns: one, ifname: 'veth0' }, { netns: two, ifname, address });

  expect(await netlinkError(ends('taken', '10.0.2.2/24'))).toMatchObject({
    ...{ code: 'EEXIST', operation: 'connectNamespaces', object: 'b' },
    message: expect.stringContaining(
      "the namespace has a device 'taken' already: choose another name for b.ifname",
    ) as string,
  });
  const twice = connectNamespaces({ netns: one, ifname: 'v' }, { netns: one, ifname: 'v' });
  await expect(twice).rejects.toMatchObject({ code: 'ERR_VALIDATION', path: 'b.ifname' });
  // The last step of all: an address that no device can have, when everything else is done.
  expect(await netlinkError(ends('veth1', 'ff02::5/64'))).toMatchObject({ operation: 'addr.add' });
  const gone = connectNamespaces({ netns: one, ifname: 'a' }, { netns: 'nobody', ifname: 'b' });
  expect(await netlinkError(gone)).toMatchObject({ code: 'ENOENT', operation: 'netns.open' });
  expect(await snapshot(one)).toEqual(before);
  expect(await snapshot(two)).toEqual(other);
  expect(machineSnapshot()).toEqual(machine);
});

test.each([
  ['a.ifname', { ifname: 'much-too-long-a-name' }],
  ['a.ifname', { ifname: 'lo' }],
  ['a.address', { ifname: 'a', address: '10.0.2.1' }],
  ['a.netns', { ifname: 'a', netns: 7 as never }],
  ['a.adress', { ifname: 'a', adress: '10.0.2.1/24' }],
])('a wrong %s is refused before anything happens', async (path, end) => {
  const netns = await scratchHost();
  const refused = connectNamespaces({ netns, ...end }, { netns, ifname: 'b' });
  expect(await validationError(refused)).toMatchObject({ path, operation: 'connectNamespaces' });
  expect(await ipJson(netns, 'link')).toHaveLength(1);
});

test('between namespaces of sibling user namespaces the refusal says what is needed', async () => {
  const unshare = ['-U', '-r', '-n', '--'];
  const bystander = spawn('unshare', [...unshare, 'sh', '-c', 'echo ready; exec sleep 60']);
  await waitForText(bystander, 'ready');
  const { code, stdout, stderr } = await runChildBy(['unshare', ...unshare], 'connect-sibling', [
    String(bystander.pid),
  ]);
  await killed(bystander);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  expect(['EPERM', 'EACCES']).toContain(answer['code']);
  expect(answer['message']).toMatch(/must be root in the user namespace that owns both namespaces/);
  expect(answer['links']).toEqual(['lo']);
});

test('the caller itself can be one end', async () => {
  const inner = await scratchHost();
  const own = await NetworkNamespace.current();
  await connectNamespaces({ netns: own, ifname: 'nl-probe' }, { netns: inner, ifname: 'eth0' });
  expect(await ipJson(inner, 'link')).toHaveLength(2);
  await inner.delete();
  await own.close();
});
