import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Network } from '../../../../src/network/network';
import { gc } from '../../../../src/network/gc/gc';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import { container, lab, needTools, nftJson, reaches, run, runChild, sh, snapshot } from '../../../support';

needTools('ip', 'nft', 'ping', 'sysctl');

const spec = { name: 'web', subnet: '172.30.0.0/24' } as const;
/** What lies beyond both uplinks. */
const WORLD = '203.0.113.1';
const ONE = '192.0.2.2';
const TWO = '198.51.100.1';

/** A host that does not forward, with two uplinks to one world and no route there; and a container of somebody else's. */
async function twoUplinks(): Promise<{ host: NetworkNamespace; world: NetworkNamespace }> {
  const { host, internet: world } = await lab();
  const place = `/proc/${process.pid}/fd/${world.fd}`;
  await sh(
    host,
    `ip route del default; ip link add wan1 type veth peer name lan1 netns ${place}
     ip addr add 198.51.100.10/24 dev wan1; ip link set wan1 addrgenmode none up`,
  );
  await sh(
    world,
    `ip addr add ${TWO}/24 dev lan1; ip link set lan1 addrgenmode none up; ip link set lo up; ip addr add ${WORLD}/32 dev lo
     ip route add 10.9.0.0/24 via 192.0.2.1`,
  );
  return { host, world };
}

async function forwarding(host: NetworkNamespace, device: string): Promise<string> {
  return (await sh(host, `cat /proc/sys/net/ipv4/conf/${device}/forwarding`)).stdout.trim();
}

/** Bounded: what follows a change of the host's is done a moment after it. */
async function eventually(isSo: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 40; attempt++) {
    if (await isSo()) return true;
    await sleep(50);
  }
  return false;
}

const WAYS = [
  ['the default route', [`route add default via ${ONE}`]],
  ['several next hops', [`route add default nexthop via ${ONE} nexthop via ${TWO}`]],
  ['a next hop object', [`nexthop add id 7 via ${TWO} dev wan1`, 'route add default nhid 7']],
  ['halves of a default route', [`route add default via ${ONE}`, `route add 128.0.0.0/1 via ${TWO}`]],
  ['a static route', [`route add default via ${ONE}`, `route add 203.0.113.0/24 via ${TWO}`]],
  [
    'a table of its own, main first but for its default',
    [
      ...[`route add default via ${ONE}`, `route add default via ${TWO} table 51820`],
      ...['rule add not fwmark 51820 table 51820', 'rule add table main suppress_prefixlength 0'],
    ],
  ],
  [
    'a table that is asked before main',
    [`route add default via ${TWO} table 100`, 'rule add pref 100 lookup 100'],
  ],
  [
    'a rule by source',
    [
      ...[`route add default via ${ONE}`, `route add default via ${TWO} table 100`],
      'rule add from 172.30.0.0/24 lookup 100',
    ],
  ],
  [
    'a rule by the device that packets come in by',
    [
      ...[`route add default via ${ONE}`, `route add default via ${TWO} table 100`],
      'rule add iif nl-web lookup 100',
    ],
  ],
] as const;

test.each(WAYS)(
  'a network reaches the world by %s, when it is made and when that comes later',
  async (_, commands) => {
    for (const lifetime of ['process', 'persistent'] as const) {
      for (const isLater of [false, true]) {
        const { host } = await twoUplinks();
        const configure = async (): Promise<void> => {
          for (const command of commands) await run(host, 'ip', command.split(' '));
        };
        const before = await snapshot(host);
        if (!isLater) await configure();
        const network = await Network.create({ ...spec, lifetime, host });
        const { netns } = await network.attach(network.host.name ?? `red-${lifetime}-${String(isLater)}`);
        if (isLater) await configure();
        expect(await eventually(() => reaches(netns, WORLD))).toBe(true);
        await network.delete();
        expect((await snapshot(host)).sysctls).toEqual(before.sysctls);
      }
    }
  },
);

test.each([
  ['bridge', 'process'],
  ['bridge', 'persistent'],
  ['routed', 'process'],
  ['routed', 'persistent'],
] as const)(
  'a default route that comes later into a table that is asked before main takes no answers: %s, %s',
  async (mode, lifetime) => {
    const { host } = await twoUplinks();
    await sh(host, `ip route add default via ${ONE}; ip rule add not fwmark 9 table 7`);
    const before = await snapshot(host);
    const network = await Network.create({ ...spec, mode, lifetime, host });
    const { netns } = await network.attach(`late-${mode}-${lifetime}`);
    await sh(host, `ip route add default via ${TWO} table 7`);
    expect(await reaches(netns, WORLD)).toBe(true);
    // Who flushes the table takes the network's route along, until something changes that is followed.
    await sh(host, `ip route flush table 7; ip route add default via ${TWO} table 7`);
    await sh(host, 'ip rule add fwmark 77 table 8');
    expect(await eventually(() => reaches(netns, WORLD))).toBe(true);
    await sh(host, `ip route del default table 7; ip rule del fwmark 77 table 8`);
    await network.delete();
    expect(await snapshot(host)).toEqual(before);
    const left = await sh(host, 'ip -j route show table all');
    expect(left.stdout).not.toContain(spec.subnet);
  },
);

test('a device that comes later is opened while the network is held, and by who opens it next', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...spec, lifetime: 'persistent', host });
  const add = (name: string): Promise<unknown> =>
    sh(host, `ip link add ${name} type veth peer name ${name}p`);
  await add('vpn0');
  expect(await eventually(async () => (await forwarding(host, 'vpn0')) === '1')).toBe(true);
  await network.close();
  await add('vpn1');
  expect(await forwarding(host, 'vpn1')).toBe('0');
  const opened = await Network.open('web', { host });
  expect(await forwarding(host, 'vpn1')).toBe('1');
  await opened.delete();
  for (const device of ['vpn0', 'vpn1', 'wan0']) expect(await forwarding(host, device)).toBe('0');
});

test('strangers pass none of the devices that forward for the network alone', async () => {
  const { host, world } = await twoUplinks();
  await container(host);
  expect(await reaches(world, '10.9.0.2')).toBe(false);
  const network = await Network.create({ ...spec, host });
  for (const device of ['wan0', 'wan1', 'docker0']) expect(await forwarding(host, device)).toBe('1');
  expect(await reaches(world, '10.9.0.2')).toBe(false);
  // Without the rule they would: leases/transit.test.ts.
  const sets = (await nftJson(host)).filter(({ set }) => set?.name === 'opened');
  expect(sets.map(({ set }) => set.elem.sort())).toEqual([['docker0', 'wan0', 'wan1']]);
  await network.delete();
  expect(await reaches(world, '10.9.0.2')).toBe(false);
});

test.each(['process', 'persistent'] as const)(
  'what others want to forward is theirs, meanwhile and afterwards: %s',
  async (lifetime) => {
    const { host, world } = await twoUplinks();
    await container(host);
    const network = await Network.create({ ...spec, lifetime, host });
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=1');
    expect(await eventually(() => reaches(world, '10.9.0.2'))).toBe(true);
    await network.delete();
    expect(await reaches(world, '10.9.0.2')).toBe(true);
    for (const device of ['wan0', 'wan1', 'docker0', 'all']) expect(await forwarding(host, device)).toBe('1');
  },
);

test.each(['process', 'persistent'] as const)(
  'devices that others had forward IPv6 before a network are theirs, meanwhile and afterwards: %s',
  async (lifetime) => {
    const { host } = await twoUplinks();
    const force = async (device: string): Promise<string> =>
      (await sh(host, `cat /proc/sys/net/ipv6/conf/${device}/force_forwarding`)).stdout.trim();
    await sh(host, 'echo 1 > /proc/sys/net/ipv6/conf/wan0/force_forwarding');
    const network = await Network.create({ ...spec, subnet6: 'fd00:1::/64', lifetime, host });
    expect(await force('wan1')).toBe('1');
    const sets = (await nftJson(host)).filter(
      ({ set }) => set?.name === 'opened' && set.elem?.includes('wan1') === true,
    );
    expect(sets).toHaveLength(2);
    expect(sets.map(({ set }) => set.elem.includes('wan0')).sort()).toEqual([false, true]);
    await network.delete();
    expect([await force('wan0'), await force('wan1')]).toEqual(['1', '0']);
  },
);

test.each(['process', 'persistent'] as const)(
  'a device that is renamed lets no strangers pass, and is closed in the end: %s',
  async (lifetime) => {
    const { host, world } = await twoUplinks();
    await container(host);
    const rename = (from: string, to: string): Promise<unknown> =>
      sh(host, `ip link set ${from} down; ip link set ${from} name ${to}; ip link set ${to} up`);
    const networks = [];
    for (const [name, subnet] of [
      ['web', '172.30.0.0/24'],
      ['two', '172.31.0.0/24'],
    ] as const)
      networks.push(await Network.create({ name, subnet, lifetime, host }));
    await rename('wan0', 'wan7');
    expect(await forwarding(host, 'wan7')).toBe('1');
    expect(await reaches(world, '10.9.0.2')).toBe(false);
    const isFollowed = (): Promise<boolean> => {
      const leases = fs.readdirSync('/run/netloom/forwarding').filter((file) => file.includes(':wan7.'));
      return Promise.resolve(leases.length === 1);
    };
    expect(await eventually(isFollowed)).toBe(true);
    await networks[0]?.delete();
    expect(await reaches(world, '10.9.0.2')).toBe(false);
    // At once: nobody has seen this name before the network goes.
    await rename('wan7', 'wan8');
    await networks[1]?.delete();
    for (const device of ['wan8', 'wan1', 'docker0']) expect(await forwarding(host, device)).toBe('0');
    expect(await reaches(world, '10.9.0.2')).toBe(false);
  },
);

test.each(['process', 'persistent'] as const)(
  'devices that come and go leave nothing behind while the network stands: %s',
  async (lifetime) => {
    const { host } = await twoUplinks();
    const leases = (): string[] => fs.readdirSync('/run/netloom/forwarding').sort();
    const rules = async (): Promise<string> => (await run(host, 'nft', ['list', 'ruleset'])).stdout;
    const network = await Network.create({ ...spec, lifetime, host });
    const before = { leases: leases(), rules: await rules() };
    for (const name of ['vpn0', 'vpn0', 'vpn1']) {
      await sh(host, `ip link add ${name} type veth peer name far0; ip link set ${name} up`);
      expect(await eventually(async () => (await forwarding(host, name)) === '1')).toBe(true);
      expect(leases()).toHaveLength(before.leases.length + 2);
      await sh(host, `ip link delete ${name}`);
      const isAsBefore = async (): Promise<boolean> =>
        String(leases()) === String(before.leases) && (await rules()) === before.rules;
      expect(await eventually(isAsBefore)).toBe(true);
    }
    await network.delete();
  },
);

test('who takes forwarding away from all takes it not from a network, and closed devices are closed in the end', async () => {
  const { host, world } = await twoUplinks();
  await container(host);
  await sh(
    host,
    `ip route add default via ${ONE}; sysctl -qw net.ipv4.ip_forward=1; echo 0 > /proc/sys/net/ipv4/conf/wan1/forwarding`,
  );
  const network = await Network.create({ ...spec, host });
  const { netns } = await network.attach('red');
  expect(await reaches(netns, WORLD)).toBe(true);
  await sh(host, 'sysctl -qw net.ipv4.ip_forward=0');
  expect(await eventually(() => reaches(netns, WORLD))).toBe(true);
  expect(await reaches(world, '10.9.0.2')).toBe(false);
  await network.delete();
  for (const device of ['wan0', 'wan1', 'docker0']) expect(await forwarding(host, device)).toBe('0');
});

test('of networks side by side the last closes what they opened; gc() does for one whose process is gone', async () => {
  const { host } = await twoUplinks();
  const before = await snapshot(host);
  const one = await Network.create({ ...spec, host });
  const two = await Network.create({
    ...spec,
    name: 'two',
    subnet: '172.31.0.0/24',
    host,
    lifetime: 'persistent',
  });
  await one.delete();
  expect(await forwarding(host, 'wan1')).toBe('1');
  await two.close();
  await gc({ host });
  expect(await forwarding(host, 'wan1')).toBe('1');
  await (await Network.open('two', { host })).delete();
  expect(await snapshot(host)).toEqual(before);
});

test.each(['exit', 'error', 'natural'])('whoever ends by itself closes what it opened: %s', async (way) => {
  const { host } = await lab({ named: true });
  const before = await snapshot(host);
  const standing = await Network.create({ ...spec, host, nat: { interfaces: ['lo'] } });
  const { code } = await runChild('network-ends', [host.name ?? '', way]);
  expect(code).toBe(way === 'error' ? 1 : 0);
  await standing.delete();
  expect(await eventually(async () => (await forwarding(host, 'wan0')) === '0')).toBe(true);
  expect(fs.readdirSync('/run/netloom/forwarding')).toEqual([]);
  expect(await snapshot(host)).toEqual(before);
});

test('of many devices those that receive packets are opened, and no ports', async () => {
  const { host } = await lab();
  const names = Array.from({ length: 40 }, (_, index) => String(index));
  await sh(
    host,
    `ip link add br0 type bridge
     for i in ${names.join(' ')}; do ip link add d$i type veth peer name p$i; ip link set p$i master br0; done`,
  );
  const network = await Network.create({ ...spec, host });
  const found = await sh(host, 'cd /proc/sys/net/ipv4/conf; grep -l 1 */forwarding');
  const opened = found.stdout
    .trim()
    .split('\n')
    .map((file) => file.replace('/forwarding', ''));
  expect(opened.sort()).toEqual([...names.map((name) => `d${name}`), 'br0', 'nl-web', 'wan0'].sort());
  await network.delete();
});

test('only interfaces that are named forward, if any are', async () => {
  const { host } = await twoUplinks();
  const network = await Network.create({ ...spec, nat: { interfaces: ['wan1'] }, host });
  expect(await forwarding(host, 'wan0')).toBe('0');
  expect(await forwarding(host, 'wan1')).toBe('1');
  await network.delete();
  await expect(Network.create({ ...spec, nat: { interfaces: ['wan9'] }, host })).rejects.toMatchObject({
    ...{ code: 'ENODEV', operation: 'network.create' },
    message: expect.stringContaining("the host has no device 'wan9', which nat.interfaces names") as string,
  });
});
