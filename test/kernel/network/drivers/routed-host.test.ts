import type { ChildProcess } from 'node:child_process';
import { gc } from '../../../../src/network/gc/gc';
import { Network, type NetworkNamespace, type NetworkSpec } from '../../../../src';
import {
  BEYOND,
  BEYOND6,
  ended,
  type Ended,
  eventually,
  exchange,
  fetchText,
  ipJson,
  keep,
  lab,
  lab6,
  machineSnapshot,
  needTools,
  netlinkError,
  ping,
  randomCalls,
  reaches,
  run,
  scratchHost,
  scratchName,
  serve,
  sh,
  snapshot,
  startSetup,
  validationError,
  WAN,
  WAN6,
} from '../../../support';

needTools(
  'ip',
  'nft',
  'ping',
  'curl',
  'nsenter',
  'python3',
  'iptables-nft-restore',
  'iptables-legacy-restore',
);

const SPEC = { name: 'far', subnet: '10.68.0.0/16', mode: 'routed', lifetime: 'persistent' } as const;

test.each<NonNullable<NetworkSpec['firewall']>>(['nftables', 'iptables-nft', 'iptables-legacy'])(
  'the host routes for endpoints that persist, by %s, and keeps strangers out',
  async (firewall) => {
    const { host, internet } = await lab({ named: true });
    const [before, machine] = [await snapshot(host), machineSnapshot()];
    const network = await Network.create({ ...SPEC, firewall, host });
    const [red, blue] = [
      await network.attach(scratchName()),
      await network.attach(scratchName(), { address: '10.68.9.255' }),
    ];
    expect(await network.inspect()).toMatchObject({ mode: 'routed', warnings: [] });
    for (const [from, to] of [
      [red.netns, blue.address],
      [blue.netns, red.address],
      [red.netns, network.gateway],
      [host, blue.address],
      [blue.netns, BEYOND],
    ] as const)
      await ping(from, to);
    // All of it known for good, and nothing learned.
    const neighbours = (await ipJson(host, '-4', 'neigh')).filter(({ dev }) => dev !== 'wan0');
    expect(neighbours.map(({ dst }) => dst as string).sort()).toEqual([
      '10.68.0.2',
      '10.68.9.255',
      '169.254.1.1',
    ]);
    expect(new Set(neighbours.map(({ state }) => String(state)))).toEqual(new Set(['PERMANENT']));
    expect(await ipJson(host, 'route', 'get', '10.68.9.255')).toMatchObject([
      { dev: expect.stringMatching(/^nl/) },
    ]);

    const servers = [await serve(internet, 80, 'internet'), await serve(red.netns, 80, 'red')];
    expect(await fetchText(red.netns, BEYOND)).toBe(`internet ${WAN}`);
    expect(await fetchText(blue.netns, red.address)).toBe('red 10.68.9.255');
    const publication = await network.publish({ hostAddress: WAN, hostPort: 8080, to: red, port: 80 });
    expect(await fetchText(internet, `${WAN}:8080`)).toBe(`red ${BEYOND}`);
    for (const caller of [host, blue.netns, red.netns])
      expect(await fetchText(caller, `${WAN}:8080`)).toMatch(/^red /);
    await publication.delete();
    expect(await reaches(internet, WAN)).toBe(true);
    await Promise.all(servers.map((server) => server.stop()));

    await run(internet, 'ip', ['route', 'add', network.subnet, 'via', WAN]);
    expect(await reaches(internet, red.address)).toBe(false);
    // Nobody's address: dropped, and sent round in no circle.
    for (const from of [host, red.netns]) {
      const { stdout } = await sh(from, 'ping -c 2 -i 0.2 -W 1 10.68.0.77 || true');
      expect(stdout).toContain(' 0 received');
      expect(stdout).not.toContain('Time to live exceeded');
    }
    await network.detach(red);
    expect(await ipJson(host, '-4', 'route', 'show', '10.68.0.2')).toEqual([]);
    expect(await reaches(host, red.address)).toBe(false);
    await network.delete();
    expect(await snapshot(host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
  },
);

test('with a subnet6 it does the same for IPv6, and takes no advice from inside', async () => {
  const { host, internet } = await lab6();
  const before = await snapshot(host);
  const network = await Network.create({ ...SPEC, subnet6: 'fd00:68::/64', host });
  const [red, blue] = await network.attachMany([scratchName(), scratchName()]);
  await ping(red.netns, 'fd00:68::1');
  await ping(host, 'fd00:68::2');
  await ping(red.netns, 'fd00:68::3');
  await ping(blue.netns, BEYOND6);
  const [port] = (await network.inspect()).endpoints;
  const { stdout } = await sh(host, `cat /proc/sys/net/ipv6/conf/${port!.port}/accept_ra`);
  expect(stdout.trim()).toBe('0');
  const server = await serve(red.netns, 5000, 'red', 'http6');
  await network.publish({ hostAddress: WAN6, hostPort: 8080, to: red, port: 5000 });
  expect(await fetchText(internet, `[${WAN6}]:8080`)).toBe(`red ${BEYOND6}`);
  expect(await fetchText(blue.netns, `[${WAN6}]:8080`)).toMatch(/^red /);
  await server.stop();
  await run(internet, 'ip', ['route', 'add', 'fd00:68::/64', 'via', WAN6]);
  expect(await reaches(internet, 'fd00:68::2')).toBe(false);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test.each(['nftables', 'iptables-nft'] as const)(
  'it is isolated from other networks, unless both are open (%s)',
  async (firewall) => {
    const { host } = await lab();
    const before = await snapshot(host);
    const spec = { host, firewall, lifetime: 'persistent' } as const;
    const routed = { ...spec, mode: 'routed' } as const;
    const one = await Network.create({ ...routed, name: 'one', subnet: '10.66.1.0/24' });
    const two = await Network.create({ ...spec, name: 'two', subnet: '10.66.2.0/24' });
    const three = await Network.create({ ...routed, name: 'three', subnet: '10.66.3.0/24' });
    const four = await Network.create({ ...routed, name: 'four', subnet: '10.66.4.0/24', isolated: false });
    const five = await Network.create({ ...spec, name: 'five', subnet: '10.66.5.0/24', isolated: false });
    const networks = [one, two, three, four, five];
    const ends = await Promise.all(networks.map((network) => network.attach(scratchName())));
    const tries = ends.flatMap((from) =>
      ends
        .filter((to) => to !== from)
        .flatMap((to) => [
          { from, to, reached: reaches(from.netns, to.address) },
          { from, to, reached: reaches(from.netns, to.network.gateway) },
        ]),
    );
    for (const { from, to, reached } of tries) {
      const areOpen = [from, to].every(({ network }) => network === four || network === five);
      const pair = `${from.network.name} to ${to.network.name}: `;
      expect(pair + String(await reached)).toBe(pair + String(areOpen));
    }
    for (const network of networks) await network.delete();
    expect(await snapshot(host)).toEqual(before);
  },
  60_000,
);

test.each(['nftables', 'iptables-nft'] as const)(
  'without NAT nothing leaves it but to peers (%s)',
  async (firewall) => {
    const { host, internet } = await lab();
    await run(internet, 'ip', ['route', 'add', SPEC.subnet, 'via', WAN]);
    await run(host, 'sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
    const network = await Network.create({ ...SPEC, nat: false, firewall, host });
    const [red, blue] = await network.attachMany([scratchName(), scratchName()]);
    await ping(red.netns, blue.address);
    await ping(red.netns, network.gateway);
    expect(await reaches(red.netns, BEYOND)).toBe(false);
    // But to a peer, and back.
    await sh(internet, 'ip addr add 10.99.0.1/24 dev lo; ip link set lo up');
    await network.peer({ subnet: '10.99.0.0/24', via: BEYOND });
    await ping(red.netns, '10.99.0.1');
    await run(internet, 'ping', ['-c', '1', '-W', '2', '-I', '10.99.0.1', red.address]);
    expect(await reaches(red.netns, BEYOND)).toBe(false);
    await network.unpeer('10.99.0.0/24');
    expect(await reaches(red.netns, '10.99.0.1')).toBe(false);
    await network.delete();
  },
);

test('names resolve, and ports are published on loopback addresses', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, nat: { loopback: true }, dns: true, host });
  const [name, other] = [scratchName(), scratchName()];
  const [red, blue] = await network.attachMany([name, other]);
  const server = await serve(red.netns, 80, 'red');
  const { stdout } = await blue.netns.exec('curl', ['-sS', '--max-time', '3', `http://${name}`]);
  expect(stdout).toBe(`red ${blue.address}`);
  await network.publish({ hostAddress: '127.0.0.1', hostPort: 8080, to: red, port: 80 });
  expect(await fetchText(host, '127.0.0.1:8080')).toMatch(/^red /);
  await server.stop();
  await network.delete();
});

test('a table that is asked before main leads on to it, and is left as it was', async () => {
  const { host } = await lab();
  await sh(host, `ip route add default via ${BEYOND} table 100; ip rule add pref 100 lookup 100`);
  const before = await snapshot(host);
  const network = await Network.create({ ...SPEC, host });
  const red = await network.attach(scratchName());
  await ping(red.netns, BEYOND);
  await ping(host, red.address);
  expect(await ipJson(host, 'route', 'show', 'table', '100', SPEC.subnet)).toMatchObject([{ type: 'throw' }]);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('an attach that fails leaves nothing, and is repeated', async () => {
  const { host } = await lab();
  const before = await snapshot(host);
  const network = await Network.create({ ...SPEC, host });
  const empty = await snapshot(host);
  const taken = keep(await scratchHost());
  await sh(taken, 'ip link add eth0 type veth peer name other');
  expect(await netlinkError(network.attach(taken))).toMatchObject({ code: 'EEXIST' });
  expect(await snapshot(host)).toEqual(empty);
  await sh(taken, 'ip link del eth0');
  const given = await network.attach(taken);
  await ping(host, given.address);
  await network.detach(given);
  expect(await snapshot(host)).toEqual(empty);
  const adopted = network.adopt('wan0', { confirm: () => true });
  expect(await validationError(adopted)).toMatchObject({ path: 'mode', operation: 'network.adopt' });
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

/** Has another process make such a network with five endpoints, and waits until that is done. */
async function madeElsewhere(
  host: NetworkNamespace,
  end: 'close' | 'wait',
): Promise<{ child: ChildProcess; end: Promise<Ended> }> {
  const { child, said } = startSetup({ host }, { count: 5, end, mode: 'routed' });
  const over = ended(child);
  await said('done');
  return { child, end: over };
}

test('another process opens it, adds to it and deletes it', async () => {
  const { host } = await lab({ named: true });
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const { end } = await madeElsewhere(host, 'close');
  expect(await end).toMatchObject({ code: 0 });
  expect(await gc({ host })).toEqual({ removed: [], kept: [] });
  const network = await Network.open('setup', { host });
  expect(network.endpoints).toHaveLength(5);
  const red = await network.attach(scratchName());
  await ping(red.netns, network.endpoints[0]!.address);
  await ping(red.netns, BEYOND);
  await sh(host, 'nft flush ruleset');
  await eventually('the rules are back', async () =>
    (await sh(host, 'nft list tables')).stdout.includes('setup'),
  );
  await ping(red.netns, BEYOND);
  const { endpoints, publications } = await network.inspect();
  expect(endpoints.every(({ connected }) => connected)).toBe(true);
  expect(publications).toHaveLength(1);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test.each([undefined, 'setup'])('gc({ force: %s }) removes what a killed process left', async (force) => {
  const { host } = await lab({ named: true });
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const { child, end } = await madeElsewhere(host, 'wait');
  child.kill('SIGKILL');
  await end;
  const { kept } = await gc({ host, ...(force !== undefined && { force }) });
  expect(kept).toEqual([]);
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

test('six hundred all call their host at once, and each another of them', async () => {
  const host = await scratchHost();
  const before = await snapshot(host);
  const network = await Network.create({ ...SPEC, host, dns: false });
  const prefix = scratchName();
  const ends = await network.attachMany(
    Array.from({ length: 600 }, (_, index) => `${prefix}-${String(index)}`),
  );
  const service = { netns: host, address: network.gateway };
  const toHost = ends.map(({ netns }) => ({ from: netns, to: service }));
  expect(await exchange([toHost, randomCalls(ends, ends)])).toEqual([[], []]);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
}, 180_000);
