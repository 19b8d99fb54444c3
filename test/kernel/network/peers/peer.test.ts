import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { gc, Network, type NetworkSpec } from '../../../../src';
import { writeIntent } from '../../../../src/network/journal/intents';
import { readRecord, writeRecord } from '../../../../src/network/journal/records';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  eventually,
  fetchText,
  GATEWAY,
  ipJson,
  LAN,
  machineSnapshot,
  needTools,
  netlinkError,
  nftJson,
  nodeCommand,
  ping,
  reaches,
  rulesOf,
  run,
  serve,
  snapshot,
  twoHosts,
  validationError,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'curl', 'nsenter', 'iptables-nft', 'iptables-legacy');

const SUBNETS = ['10.1.0.0/24', '10.2.0.0/24'] as const;

/** A network on each host, with each other's as its peer. */
async function peered(
  hosts: readonly [NetworkNamespace, NetworkNamespace],
  spec: Partial<NetworkSpec>,
): Promise<[Network, Network]> {
  const one = await Network.create({ name: 'net', subnet: SUBNETS[0], host: hosts[0], ...spec });
  const two = await Network.create({ name: 'net', subnet: SUBNETS[1], host: hosts[1], ...spec });
  await one.peer({ subnet: SUBNETS[1], via: LAN[1] });
  await two.peer({ subnet: SUBNETS[0], via: LAN[0] });
  return [one, two];
}

const both = [
  ['nftables', 'process'],
  ['nftables', 'persistent'],
  ['iptables-nft', 'process'],
  ['iptables-legacy', 'persistent'],
] as const;

describe.each(both)('%s: %s networks of two hosts', (firewall, lifetime) => {
  test('reach each other by their own addresses, and everything else by NAT', async () => {
    const { hosts, internet } = await twoHosts();
    const left = async (host: NetworkNamespace): Promise<unknown> => {
      const { firewall: _, ...rest } = await snapshot(host);
      return { ...rest, rules: await rulesOf(host) };
    };
    const before = [await left(hosts[0]), await left(hosts[1])];
    const machine = machineSnapshot();
    const [one, two] = await peered(hosts, { firewall, lifetime });
    const [a, b] = [await one.attach('a'), await two.attach('b')];

    await ping(a.netns, b.address);
    await ping(b.netns, a.address);
    const servers = [await serve(b.netns, 80, 'b'), await serve(internet, 80, 'internet')];
    expect(await fetchText(a.netns, b.address)).toBe(`b ${a.address}`);
    expect(await fetchText(a.netns, GATEWAY)).toBe(`internet ${LAN[0]}`);
    await Promise.all(servers.map((server) => server.stop()));

    // Nobody else on the LAN gets in, and nobody is routed for.
    await run(internet, 'ip', ['route', 'add', SUBNETS[1], 'via', LAN[1]]);
    expect(await reaches(internet, b.address)).toBe(false);
    expect(await ipJson(hosts[0], 'route', 'show', SUBNETS[1])).toMatchObject([
      { dst: SUBNETS[1], gateway: LAN[1], dev: 'eth0' },
    ]);
    expect((await one.inspect()).peers).toEqual([{ subnet: SUBNETS[1], via: LAN[1] }]);

    await one.delete();
    await two.delete();
    expect([await left(hosts[0]), await left(hosts[1])]).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  });

  test('part again', async () => {
    const { hosts } = await twoHosts();
    const [one, two] = await peered(hosts, { firewall, lifetime });
    const [a, b] = [await one.attach('a'), await two.attach('b')];
    await one.unpeer(SUBNETS[1]);
    // What is no peer's, or no more, is as good as taken back; what can be nobody's is a mistake.
    await one.unpeer(SUBNETS[1]);
    await expect(one.unpeer('x')).rejects.toMatchObject({ code: 'ERR_VALIDATION', path: 'subnet' });
    expect(await ipJson(hosts[0], 'route', 'show', SUBNETS[1])).toEqual([]);
    expect((await one.inspect()).peers).toEqual([]);
    // What comes from a host that is no peer is a stranger's again.
    expect(await reaches(b.netns, a.address)).toBe(false);
    await one.peer({ subnet: SUBNETS[1], via: LAN[1] });
    await ping(b.netns, a.address);
    await one.delete();
    await two.delete();
  });

  test('without NAT reach each other, and nothing else', async () => {
    const { hosts } = await twoHosts();
    const before = await rulesOf(hosts[0]);
    const [one, two] = await peered(hosts, { firewall, lifetime, nat: false });
    const [a, b] = [await one.attach('a'), await two.attach('b')];
    await ping(a.netns, b.address);
    await ping(b.netns, a.address);
    expect(await reaches(a.netns, GATEWAY)).toBe(false);
    await one.delete();
    await two.delete();
    expect(await rulesOf(hosts[0])).toEqual(before);
  });
});

test('the plan of a network tells of its peers in words that nft and ip take', async () => {
  const { hosts } = await twoHosts();
  const [one, two] = await peered(hosts, {});
  const text = (await one.plan()).explain();
  expect(text).toContain('peers { 10.2.0.0/24 }');
  expect(text).toContain('ip daddr @peers');
  expect(text).toMatch(/route add 10\.2\.0\.0\/24 .*via 192\.0\.2\.2/);
  // As nft reads it back from the kernel.
  const sets = (await nftJson(hosts[0])).filter(({ set }) => set?.name === 'peers');
  expect(sets).toMatchObject([{ set: { elem: [{ prefix: { addr: '10.2.0.0', len: 24 } }] } }]);
  await one.delete();
  await two.delete();
});

test('networks of one host share the route to a peer; the last to go removes it', async () => {
  const { hosts } = await twoHosts();
  const before = await snapshot(hosts[0]);
  const one = await Network.create({ name: 'one', subnet: SUBNETS[0], host: hosts[0] });
  const other = await Network.create({
    name: 'two',
    subnet: '10.3.0.0/24',
    host: hosts[0],
    lifetime: 'persistent',
  });
  await one.peer({ subnet: SUBNETS[1], via: LAN[1] });
  await other.peer({ subnet: SUBNETS[1], via: LAN[1] });
  await one.delete();
  expect(await ipJson(hosts[0], 'route', 'show', SUBNETS[1])).toHaveLength(1);
  await other.delete();
  expect(await snapshot(hosts[0])).toEqual(before);
});

test('a route that the host had before is used and left', async () => {
  const { hosts } = await twoHosts();
  await run(hosts[0], 'ip', ['route', 'add', SUBNETS[1], 'via', LAN[1]]);
  const before = await snapshot(hosts[0]);
  const network = await Network.create({ name: 'net', subnet: SUBNETS[0], host: hosts[0] });
  await network.peer({ subnet: SUBNETS[1], via: LAN[1] });
  await network.delete();
  expect(await snapshot(hosts[0])).toEqual(before);
});

const WRONG = [
  ['subnet', { subnet: '10.1.0.0/16', via: LAN[1] }, /overlaps 10\.1\.0\.0\/24/],
  ['subnet', { subnet: '10.2.0.1/24', via: LAN[1] }, /must be an IPv4 network/],
  ['subnet', { subnet: '0.0.0.0/0', via: LAN[1] }, /overlaps|default route/],
  [
    'subnet',
    { subnet: '192.0.2.0/28', via: '192.0.2.99' },
    /contains 192\.0\.2\.1\/24, an address of this host/,
  ],
  ['subnet', { subnet: '10.9.0.128/25', via: LAN[1] }, /overlaps 10\.9\.0\.0\/24, which is a peer/],
  ['via', { subnet: SUBNETS[1], via: '10.2.0.1' }, /must be the other host's own address/],
  ['via', { subnet: SUBNETS[1], via: 'there' }, /must be an IPv4 address/],
  ['via', { subnet: SUBNETS[1], via: '203.0.113.1' }, /reaches directly/],
  ['via', { subnet: SUBNETS[1], via: LAN[0] }, /another host's address/],
] as const;

test('what is no other network, or no way to it, is refused and changes nothing', async () => {
  const { hosts } = await twoHosts();
  await using network = await Network.create({ name: 'net', subnet: SUBNETS[0], host: hosts[0] });
  await network.peer({ subnet: '10.9.0.0/24', via: LAN[1] });
  const standing = await snapshot(hosts[0]);
  for (const [path, remote, message] of WRONG) {
    const error = await validationError(network.peer(remote));
    expect(error).toMatchObject({ path, operation: 'network.peer' });
    expect(error.message).toMatch(message);
  }
  expect(await snapshot(hosts[0])).toEqual(standing);
});

test.each([
  ['process', 'bridge'],
  ['process', 'routed'],
  ['persistent', 'bridge'],
  ['persistent', 'routed'],
] as const)(
  'a subnet inside a %s network in mode %s is refused: its endpoints stay',
  async (lifetime, mode) => {
    const { hosts } = await twoHosts();
    const [host] = hosts;
    await using other = await Network.create({ name: 'other', subnet: '10.5.0.0/16', lifetime, mode, host });
    await using network = await Network.create({ name: 'net', subnet: SUBNETS[0], lifetime, host });
    const endpoint = await other.attach('web', { address: '10.5.7.9' });
    await ping(host, endpoint.address);
    const error = await validationError(network.peer({ subnet: '10.5.7.0/24', via: LAN[1] }));
    expect(error).toMatchObject({ path: 'subnet', operation: 'network.peer' });
    expect(error.message).toMatch(/inside 10\.5\.0\.0\/16 of the network 'other'/);
    expect(await ipJson(host, 'route', 'show', '10.5.7.0/24')).toEqual([]);
    await ping(host, endpoint.address);
    // Networks may share a peer.
    await network.peer({ subnet: SUBNETS[1], via: LAN[1] });
    await other.peer({ subnet: SUBNETS[1], via: LAN[1] });
    expect(await ipJson(host, 'route', 'show', SUBNETS[1])).toHaveLength(1);
  },
);

test.each(['process', 'persistent'])(
  'the route that a killed %s network leaves is removed by gc()',
  async (lifetime) => {
    const { hosts } = await twoHosts();
    const [host] = hosts;
    const [before, machine] = [await snapshot(host), machineSnapshot()];
    const [program = '', ...args] = nodeCommand('network-peer', [host.name, lifetime, SUBNETS[1], LAN[1]]);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = once(child, 'exit');
    await once(child.stdout, 'data');
    expect(await ipJson(host, 'route', 'show', SUBNETS[1])).toHaveLength(1);
    child.kill('SIGKILL');
    await gone;
    const preview = await gc({ host, dryRun: true });
    const report = await gc({ host });
    expect(report.removed).toContain(`route ${SUBNETS[1]} via ${LAN[1]}`);
    expect([...preview.removed].sort()).toEqual([...report.removed].sort());
    await eventually(
      'the device is gone',
      async () => (await ipJson(host, 'link')).length === before.links.length,
    );
    expect(await snapshot(host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  },
);

test('a route that leads elsewhere is an error, and nothing changes', async () => {
  const { hosts } = await twoHosts();
  await run(hosts[0], 'ip', ['route', 'add', SUBNETS[1], 'via', GATEWAY]);
  await using network = await Network.create({ name: 'net', subnet: SUBNETS[0], host: hosts[0] });
  const standing = await snapshot(hosts[0]);
  const error = await netlinkError(network.peer({ subnet: SUBNETS[1], via: LAN[1] }));
  expect(error).toMatchObject({ code: 'EEXIST', operation: 'network.peer', object: SUBNETS[1] });
  expect(error.message).toContain(GATEWAY);
  expect(await snapshot(hosts[0])).toEqual(standing);
});

test.each(['nftables', 'iptables-legacy'] as const)(
  '%s: a peer that was cut short is taken back by gc(), and can be tried again',
  async (firewall) => {
    const { hosts } = await twoHosts();
    const [host] = hosts;
    const made = await Network.create({
      name: 'net',
      subnet: SUBNETS[0],
      host,
      firewall,
      lifetime: 'persistent',
    });
    await made.close();
    const network = await Network.open('net', { host });
    await network.peer({ subnet: SUBNETS[1], via: LAN[1] });
    expect((await rulesOf(host)).join()).toContain('10.2.0.0');
    // As if the process had died before it could write the peer down.
    const cookie = String(host.cookie);
    const { peers = [], ...record } = readRecord(cookie, 'net')!;
    expect(peers).toHaveLength(1);
    writeRecord(record);
    const intent = writeIntent({ host: cookie, network: 'net', action: 'peer', peers });
    const dead = { ...intent, owner: { ...intent.owner, startTime: '1' } };
    fs.writeFileSync(`/run/netloom/intents/${intent.id}.json`, JSON.stringify(dead));

    expect(await gc({ host })).toEqual({ removed: [`route ${SUBNETS[1]} via ${LAN[1]}`], kept: [] });
    expect(await ipJson(host, 'route', 'show', SUBNETS[1])).toEqual([]);
    expect((await rulesOf(host)).join()).not.toContain('10.2.0.0');
    await network.peer({ subnet: SUBNETS[1], via: LAN[1] });
    expect((await network.inspect()).peers).toHaveLength(1);
    await network.delete();
  },
);
