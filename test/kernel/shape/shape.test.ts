// The judges are `tc` and what arrives of a burst of packets: a bucket that is full drops the rest, at whatever speed the
// machine runs.
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { Network } from '../../../src/network/network';
import { type Json, lab, needTools, ping, run, scratchHost } from '../../support';

needTools('tc', 'ip', 'ping');

const PACKETS = 400;

/** Two joined namespaces. */
async function pair(): Promise<[NetworkNamespace, NetworkNamespace]> {
  const [one, two] = [await scratchHost(), await scratchHost()] as const;
  await one.rtnl.link.add({ ifname: 'v0', kind: 'veth', peer: { ifname: 'v1', netns: two } });
  for (const [index, { rtnl }] of [one, two].entries()) {
    await rtnl.addr.add({ dev: `v${index}`, address: `10.0.2.${index + 1}/24` });
    await rtnl.link.set({ ifname: `v${index}`, inet6: { addrGenMode: 'none' } });
    await rtnl.link.set({ ifname: `v${index}`, up: true });
  }
  await ping(one, '10.0.2.2');
  return [one, two];
}

async function qdiscs(netns: NetworkNamespace): Promise<Json[]> {
  const all = JSON.parse((await run(netns, 'tc', ['-j', '-s', 'qdisc', 'show'])).stdout) as Json[];
  return all.filter(({ kind }) => kind !== 'noqueue' && kind !== 'pfifo_fast');
}

/** Sends a burst and tells how many packets of it a bucket on the way dropped. */
async function dropsOfBurst(from: NetworkNamespace, to: string, at: NetworkNamespace): Promise<number> {
  const script = `const socket = require('dgram').createSocket('udp4');
    let left = ${PACKETS};
    const send = () => socket.send(Buffer.alloc(1000), 9, '${to}', () => (--left ? send() : socket.close()));
    socket.bind(send);`;
  await from.exec(process.execPath, ['-e', script]);
  const [bucket] = (await qdiscs(at)).filter(({ kind }) => kind === 'tbf');
  return bucket.drops as number;
}

test('what a device sends goes no faster than asked for', async () => {
  const [one] = await pair();
  await one.shape('v0', { egress: { rate: 80_000 } });
  expect(await qdiscs(one)).toMatchObject([
    { kind: 'tbf', dev: 'v0', root: true, options: { rate: 10_000 } },
  ]);
  expect(await dropsOfBurst(one, '10.0.2.2', one)).toBeGreaterThan(PACKETS / 2);
});

test('what a device receives goes no faster either, and what it sends is untouched', async () => {
  const [one, two] = await pair();
  await two.shape('v1', { ingress: { rate: 80_000 } });
  const kinds = (await qdiscs(two)).map(({ kind, dev }) => `${kind} ${dev}`);
  expect(kinds.sort()).toEqual(['clsact v1', expect.stringMatching(/^tbf shape\d+$/)]);
  await ping(one, '10.0.2.2');
  expect(await dropsOfBurst(one, '10.0.2.2', two)).toBeGreaterThan(PACKETS / 2);
});

test('a shape is replaced by another, and taken away by null', async () => {
  const [one, two] = await pair();
  await one.shape('v0', { rate: 80_000 });
  await one.shape('v0', { rate: 1_000_000 });
  const rates = (await qdiscs(one)).flatMap(({ kind, options }) => (kind === 'tbf' ? [options.rate] : []));
  expect(rates).toEqual([125_000, 125_000]);
  await one.shape('v0', { egress: { rate: 1_000_000 } });
  expect((await qdiscs(one)).map(({ kind }) => kind)).toEqual(['tbf']);
  await one.shape('v0', null);
  await one.shape('v0', null);
  expect(await qdiscs(one)).toEqual([]);
  expect((await one.rtnl.link.list()).map(({ ifname }) => ifname)).toEqual(['lo', 'v0']);
  await ping(two, '10.0.2.1');
});

test('what the kernel has not is named, and the shape before stays', async () => {
  const [one] = await pair();
  const probe = one.rtnl.qdisc.add({ dev: 'lo', kind: 'netem', data: { delay: 1 } });
  const hasNetem = await probe.then(
    () => true,
    () => false,
  );
  await one.shape('v0', { rate: 80_000 });
  const before = await qdiscs(one);
  const worse = one.shape('v0', { rate: 80_000, delay: 50, jitter: 5, loss: 1 });
  if (hasNetem) {
    await worse;
    expect((await qdiscs(one)).map(({ kind }) => kind)).toContain('netem');
    return;
  }
  await expect(worse).rejects.toMatchObject({
    code: 'ENOENT',
    operation: 'shape',
    object: 'v0',
    message: expect.stringContaining('delay, jitter and loss need netem (CONFIG_NET_SCH_NETEM)'),
  });
  const shapes = (all: readonly Json[]): unknown[] =>
    all.map(({ kind, dev, options }) => [kind, dev, options]);
  expect(shapes(await qdiscs(one)).sort()).toEqual(shapes(before).sort());
});

test("somebody else's queue is left alone", async () => {
  const [one] = await pair();
  await run(one, 'tc', ['qdisc', 'add', 'dev', 'v0', 'root', 'handle', '1:', 'htb']);
  await expect(one.shape('v0', { rate: 80_000 })).rejects.toMatchObject({
    code: 'EEXIST',
    message: expect.stringContaining('a root qdisc of another program'),
  });
  await one.shape('v0', null);
  expect(await qdiscs(one)).toMatchObject([{ kind: 'htb', handle: '1:' }]);
  await expect(one.shape('missing', null)).rejects.toMatchObject({ code: 'ENODEV' });
});

test.each([
  [{ rate: '10mbit' }, 'rate'],
  [{ loss: 101 }, 'loss'],
  [{ delay: 5, jitter: 6 }, 'jitter'],
  [{ ingress: { delay: -1 } }, 'ingress.delay'],
  [{ speed: 1 }, 'speed'],
])('%j is refused', async (shape, path) => {
  const host = await scratchHost();
  await expect(host.shape('lo', shape as never)).rejects.toMatchObject({ code: 'ERR_VALIDATION', path });
});

test('an endpoint of a network', async () => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'slow', subnet: '10.7.0.0/24', host });
  const endpoint = await network.attach('client');
  await endpoint.shape({ rate: 1_000_000 });
  expect((await qdiscs(endpoint.netns)).map(({ kind }) => kind).sort()).toEqual(['clsact', 'tbf', 'tbf']);
  await ping(endpoint.netns, network.gateway);
  await endpoint.shape(null);
  expect(await qdiscs(endpoint.netns)).toEqual([]);
});
