import fs from 'node:fs';
import { Network } from '../../../../src';
import {
  exchange,
  fetchText,
  type Inside,
  keep,
  lab,
  machineSnapshot,
  needTools,
  netlinkError,
  ping,
  randomCalls,
  reaches,
  scratchHost,
  serve,
  sh,
  snapshot,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'curl', 'nsenter', 'python3');

const SPEC = { name: 'far', subnet: '10.68.0.0/16', mode: 'routed' } as const;

/** What ping says of an address at which nobody is. */
async function pingInVain(from: Inside, address: string): Promise<string> {
  const { stdout } = await sh(from, `ping -c 2 -i 0.2 -W 1 ${address} || true`);
  expect(stdout).toContain('2 packets transmitted, 0 received');
  expect(stdout).not.toContain('Time to live exceeded');
  expect(stdout).not.toContain('Time exceeded');
  return stdout;
}

/** The namespaces that this process holds. */
function namespacesHeld(): number {
  const inodes = fs.readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = fs.readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith('net:') ? [target] : [];
    } catch {
      return [];
    }
  });
  return new Set(inodes).size;
}

test('endpoints of three blocks reach each other, their host and what is beyond it', async () => {
  const { host } = await lab({ named: true });
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const network = await Network.create({ ...SPEC, host });
  const ends = [
    await network.attach('red'),
    await network.attach('blue', { address: '10.68.3.255' }),
    await network.attach('green', { address: '10.68.255.0' }),
  ];
  for (const from of ends) {
    for (const to of ends) await ping(from.netns, to.address);
    await ping(from.netns, network.gateway);
    await ping(host, from.address);
  }
  // Two segments and the core between them.
  const { stdout } = await sh(ends[0]!.netns, 'ping -c 1 -W 2 10.68.3.255');
  expect(stdout).toContain('ttl=61');
  const server = await serve(ends[2]!.netns, 80, 'green');
  expect(await fetchText(ends[1]!.netns, '10.68.255.0')).toBe('green 10.68.3.255');
  expect(await fetchText(host, '10.68.255.0')).toMatch(/^green /);
  await server.stop();
  const { endpoints } = await network.inspect();
  expect(endpoints.map(({ connected }) => connected)).toEqual([true, true, true]);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('what is for nobody is answered, and goes round in no circle', async () => {
  const { host } = await lab();
  await using network = await Network.create({ ...SPEC, subnet6: 'fd00:68::/64', host });
  const one = await network.attach('one');
  const two = await network.attach('two', { address: '10.68.9.1' });
  // In its own block, in another's, and in one that nobody has.
  for (const from of [one.netns, host]) {
    for (const address of ['10.68.0.77', '10.68.9.77', '10.68.44.1']) await pingInVain(from, address);
    for (const address of ['fd00:68::77', 'fd00:68::977', 'fd00:68::4444', 'fd00:68:0:0:1::1'])
      await pingInVain(from, address);
  }
  expect(await pingInVain(one.netns, '10.68.0.77')).toMatch(/Unreachable/);
  expect(await pingInVain(one.netns, '10.68.44.1')).toMatch(/Unreachable/);
  expect(await pingInVain(host, '10.68.9.77')).toMatch(/Unreachable/);
  expect(await pingInVain(host, '10.68.44.1')).toMatch(/Unreachable/);
  // The same where one router serves all.
  await using small = await Network.create({ ...SPEC, name: 'small', subnet: '10.69.0.0/24', host });
  const three = await small.attach('three');
  expect(await pingInVain(three.netns, '10.69.0.77')).toMatch(/Unreachable/);
  expect(await pingInVain(host, '10.69.0.77')).toMatch(/Unreachable/);
  await ping(three.netns, small.gateway);
  await ping(two.netns, one.address);
});

test('IPv6 addresses may belong to another block than the IPv4 address', async () => {
  const { host } = await lab();
  await using network = await Network.create({ ...SPEC, subnet6: 'fd00:68::/64', host });
  const ends = [
    await network.attach('aligned'),
    // In the first block, where the other one's router must not take it for nobody's.
    await network.attach('apart', { address: '10.68.9.1' }),
    await network.attach('beyond', { address: '10.68.1.1', address6: 'fd00:68::ff:0:1' }),
    await network.attach('alike', { address: '10.68.2.1', address6: 'fd00:68::201' }),
  ];
  expect(ends.slice(0, 2).map(({ address6 }) => address6)).toEqual(['fd00:68::2', 'fd00:68::3']);
  for (const from of ends) {
    for (const to of ends) await ping(from.netns, to.address6 ?? '');
    await ping(from.netns, 'fd00:68::1');
    await ping(host, from.address6 ?? '');
  }
  await network.detach(ends[1]!);
  await pingInVain(ends[0]!.netns, 'fd00:68::3');
  const again = await network.attach('again', { address: '10.68.2.2', address6: 'fd00:68::3' });
  await ping(ends[0]!.netns, again.address6 ?? '');
  await ping(host, again.address6 ?? '');
});

test('many who come into a new block at once find one router there', async () => {
  const { host } = await lab();
  await using network = await Network.create({ ...SPEC, host, dns: false });
  const before = namespacesHeld();
  const ends = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      network.attach(`n${String(index)}`, {
        address: `10.68.${String(20 + (index % 2))}.${String(10 + index)}`,
      }),
    ),
  );
  // Those of the endpoints, and two.
  expect(namespacesHeld() - before).toBe(ends.length + 2);
  for (const { netns } of ends) await ping(netns, ends[0]!.address);
});

test('an attach that fails in a new block leaves nothing in the way of the next', async () => {
  const { host } = await lab();
  const before = await snapshot(host);
  const network = await Network.create({ ...SPEC, host });
  const taken = keep(await scratchHost());
  await sh(taken, 'ip link add eth0 type veth peer name other');
  const attach = (): Promise<unknown> => network.attach(taken, { address: '10.68.7.7' });
  expect(await netlinkError(attach())).toMatchObject({ code: 'EEXIST' });
  expect(await netlinkError(attach())).toMatchObject({ code: 'EEXIST' });
  await expect(
    network.attach('cut', { address: '10.68.7.7', signal: AbortSignal.abort() }),
  ).rejects.toThrow();
  expect(network.endpoints).toEqual([]);
  await pingInVain(host, '10.68.7.7');
  await sh(taken, 'ip link del eth0');
  await attach();
  await ping(host, '10.68.7.7');
  const [endpoint] = network.endpoints;
  await network.detach(endpoint!);
  expect(await reaches(host, '10.68.7.7')).toBe(false);
  const again = await network.attach('again', { address: '10.68.7.7' });
  await ping(again.netns, network.gateway);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('the plan of such a network makes its routers as well', async () => {
  const { host } = await lab();
  await using network = await Network.create({ ...SPEC, host });
  await network.attach('one', { address: '10.68.3.3' });
  const plan = await network.plan();
  expect(plan.explain()).toMatch(/route add 10\.68\.3\.0\/24 via 169\.254\.1\.1/);
});

test('six hundred of three blocks all call their host at once, and each another of them', async () => {
  const host = await scratchHost();
  const before = await snapshot(host);
  const network = await Network.create({ ...SPEC, host });
  const ends = await network.attachMany(600);
  expect(ends.at(-1)?.address).toBe('10.68.2.89');
  const service = { netns: host, address: network.gateway };
  const toHost = ends.map(({ netns }) => ({ from: netns, to: service }));
  expect(await exchange([toHost, randomCalls(ends, ends)])).toEqual([[], []]);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
}, 120_000);
