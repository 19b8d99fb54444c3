import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gc, Network, NetworkNamespace, type NetworkSpec } from '../../../../src';
import { locked, readIntents, writeIntent } from '../../../../src/network/journal/intents';
import { readConfiguration } from '../../../../src/network/host/read-configuration';
import { type HostConfiguration } from '../../../../src/network/model/host-configuration';
import {
  BEYOND,
  eventually,
  type Inside,
  ipJson,
  keep,
  lab,
  machineSnapshot,
  needTools,
  nodeCommand,
  ping,
  reaches,
  run,
  scratchHost,
  scratchName,
  sh,
  snapshot,
} from '../../../support';

needTools('ip', 'ping');

const LAN = {
  ...{ name: 'lan', subnet: '192.0.2.0/24', gateway: BEYOND, range: '192.0.2.128/25' },
  ...{ parent: 'wan0', bridge: 'br0', lifetime: 'persistent' },
} satisfies NetworkSpec;

/** A host whose only way out has addresses and routes of all sorts. */
async function machine(): Promise<{ host: NetworkNamespace; internet: NetworkNamespace }> {
  const { host, internet } = await lab({ named: true });
  await sh(
    host,
    `ip addr add 192.0.2.9/24 dev wan0; ip addr add 192.0.2.10/32 dev wan0 label wan0:1
     ip addr add 2001:db8::1/64 dev wan0 nodad; ip -6 route add default via 2001:db8::2 metric 7
     ip route add 198.51.100.0/24 dev wan0 mtu 1400; ip route add 203.0.113.0/24 via 192.0.2.2 src 192.0.2.9 metric 5
     ip route add 10.9.0.0/16 via 198.51.100.7 table 99; ip rule add from 192.0.2.9 table 99 priority 99`,
  );
  await sh(internet, 'ip addr add 2001:db8::2/64 dev lan0 nodad');
  return { host, internet };
}

/** What a device is to its host, without its name. */
async function role(host: Inside, dev: string): Promise<unknown> {
  const [{ addr_info }] = await ipJson(host, 'addr', 'show', 'dev', dev);
  const addresses = addr_info
    .filter(({ scope }: { scope: string }) => scope !== 'link')
    .map(({ label, ...rest }: { label?: string }) => ({ ...rest, label: label?.replace(dev, 'DEV') }));
  const shown = [
    await run(host, 'ip', ['route', 'show', 'table', 'all']),
    await run(host, 'ip', ['-6', 'route']),
  ];
  const routes = shown
    .flatMap(({ stdout }) => stdout.split('\n'))
    .filter((line) => line.includes(`dev ${dev} `) && !/fe80::|ff00::/.test(line))
    .map((line) => line.trim().replace(`dev ${dev}`, 'DEV'));
  return { addresses, routes: routes.sort() };
}

// The kernel gives a bridge that has had a port an address of its own, and other limits.
async function besideBridge(host: Inside): Promise<unknown> {
  const { links, addresses, routes, ...rest } = await snapshot(host);
  const others = [links, addresses, routes].map((list) =>
    list.filter(({ ifname, dev }) => ifname !== 'br0' && dev !== 'br0'),
  );
  return { mac: links.find(({ ifname }) => ifname === 'br0')?.address as unknown, others, rest };
}

// The kernel makes the local routes of an IPv6 address by and by.
async function expectAsBefore(
  host: Inside,
  before: unknown,
  look: (host: Inside) => Promise<unknown>,
): Promise<void> {
  const wanted = JSON.stringify(before);
  await eventually('all is as before', async () => JSON.stringify(await look(host)) === wanted).catch(
    () => undefined,
  );
  expect(await look(host)).toEqual(before);
}

test('a network on the LAN of an adopted device; the host keeps its addresses, routes and peers', async () => {
  const { host, internet } = await machine();
  const [before, beside] = [await snapshot(host), machineSnapshot()];
  const was = await role(host, 'wan0');
  const [{ address: mac }] = await ipJson(host, 'link', 'show', 'dev', 'wan0');
  const network = await Network.create({ ...LAN, host });
  await ping(internet, '192.0.2.9');
  let asked = 0;
  const confirm = async (): Promise<boolean> => {
    asked += 1;
    return reaches(host, BEYOND);
  };
  await network.adopt('wan0', { confirm });
  expect(asked).toBe(1);
  await expectAsBefore(host, was, (where) => role(where, 'br0'));
  const [port] = await ipJson(host, 'link', 'show', 'dev', 'wan0');
  expect(port).toMatchObject({ master: 'br0', operstate: 'UP' });
  expect((await ipJson(host, 'link', 'show', 'dev', 'br0'))[0].address).toBe(mac);
  await ping(host, BEYOND);
  await ping(internet, '192.0.2.10');

  // Namespaces have addresses of the LAN, and no NAT in between.
  const guest = await scratchHost();
  const endpoint = await network.attach(guest);
  expect(endpoint.address).toBe('192.0.2.128');
  await ping(internet, endpoint.address);
  await ping(guest, '192.0.2.1');
  expect(await ipJson(guest, 'route', 'show', 'default')).toMatchObject([{ gateway: BEYOND }]);
  await expect(network.attach('other', { address: '192.0.2.9' })).rejects.toMatchObject({ path: 'address' });
  expect(await network.inspect()).toMatchObject({
    parent: 'wan0',
    adopted: ['wan0'],
    endpoints: [{ connected: true }],
  });
  expect((await network.plan()).explain()).toContain('link set dev wan0 master br0');

  await expect(network.adopt('wan0', { confirm })).rejects.toMatchObject({ code: 'EBUSY', object: 'wan0' });
  await network.release('wan0');
  await expectAsBefore(host, was, (where) => role(where, 'wan0'));
  await ping(host, BEYOND);
  await expect(network.release('wan0')).rejects.toMatchObject({ code: 'ENODEV' });
  await network.adopt('wan0', { confirm });
  await sh(host, 'ip route add 100.64.0.0/10 via 192.0.2.3');
  await network.delete();
  // What the bridge got meanwhile goes with the rest.
  await sh(host, 'ip route del 100.64.0.0/10 via 192.0.2.3 dev wan0');
  await expectAsBefore(host, before, snapshot);
  expect(machineSnapshot()).toEqual(beside);
});

// JavaScript does nothing until long after the time. Another process looks what the host has by then.
const hung = (host: Inside) => (): boolean => {
  const inside = `nsenter --net=/proc/${process.pid}/fd/${host.fd}`;
  const shown = execFileSync('sh', ['-c', `sleep 1; ${inside} ip -br addr show wan0`]);
  expect(shown.toString()).toContain('192.0.2.1/24');
  return true;
};

test.each<[string, (host: Inside) => () => Promise<boolean> | boolean, string]>([
  ['refused', () => () => false, 'ECANCELED'],
  ['forgotten', () => async () => new Promise<boolean>(() => undefined), 'ETIMEDOUT'],
  ['confirmed by a program that hung', hung, 'ETIMEDOUT'],
])('an adoption that is %s leaves the host as it was', async (_, confirm, code) => {
  const { host } = await machine();
  await using network = await Network.create({ ...LAN, host });
  const before = await besideBridge(host);
  const adopted = network.adopt('wan0', { confirm: confirm(host), timeoutMs: 300 });
  await expect(adopted).rejects.toMatchObject({ code });
  await expectAsBefore(host, before, besideBridge);
  expect(await network.inspect()).toMatchObject({ adopted: [] });
  await ping(host, BEYOND);
});

// The plan is undone by the time the entry in the record could be made.
const TOO_LATE: Readonly<Record<string, () => Promise<boolean> | boolean>> = {
  'answered too late': () => sleep(1000, true),
  'confirmed while another process has the journal': () => {
    void locked(() => sleep(1000));
    return true;
  },
};

test.each(Object.keys(TOO_LATE))('an adoption and a release that are %s change nothing', async (how) => {
  const { host } = await machine();
  const late = { confirm: TOO_LATE[how]!, timeoutMs: 300 };
  await using network = await Network.create({ ...LAN, host });
  const before = await besideBridge(host);
  await expect(network.adopt('wan0', late)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await sleep(1500);
  await expectAsBefore(host, before, besideBridge);
  expect(await network.inspect()).toMatchObject({ adopted: [] });

  await network.adopt('wan0', { confirm: () => true });
  const was = await role(host, 'br0');
  await expect(network.release('wan0', late)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  await sleep(1500);
  await expectAsBefore(host, was, (where) => role(where, 'br0'));
  expect(await network.inspect()).toMatchObject({ adopted: ['wan0'] });
  await network.release('wan0');
});

test('a release that nobody confirms leaves the device where it is', async () => {
  const { host } = await machine();
  await using network = await Network.create({ ...LAN, host });
  await network.adopt('wan0', { confirm: () => true });
  const was = await role(host, 'br0');
  const released = network.release('wan0', { confirm: () => false });
  await expect(released).rejects.toMatchObject({ code: 'ECANCELED' });
  await expectAsBefore(host, was, (where) => role(where, 'br0'));
  await ping(host, BEYOND);
});

test.each([false, true])(
  'a deletion beside a release returns the device to the host, whatever the answer to the release: %s',
  async (answer) => {
    const { host } = await machine();
    const before = await snapshot(host);
    const created = await Network.create({ ...LAN, host });
    await created.adopt('wan0', { confirm: () => true });
    await using opened = await Network.open('lan', { host });
    const began = () => readIntents(String(host.cookie)).some(({ action }) => action === 'delete');
    let deletion: Promise<void> | undefined;
    // The device is off the bridge while confirm() is asked; a refusal makes it a port again.
    const confirm = async (): Promise<boolean> => {
      deletion = opened.delete();
      await eventually('the deletion has begun', () => Promise.resolve(began()));
      return answer;
    };
    await created.release('wan0', { confirm }).catch(() => undefined);
    await deletion;
    await expectAsBefore(host, before, snapshot);
    await ping(host, BEYOND);
    await created.close();
  },
);

test.each(['asked', 'adopted'])(
  'what a process leaves that is killed when it has %s is given back by gc()',
  async (word) => {
    const { host } = await machine();
    const [before, beside] = [await snapshot(host), machineSnapshot()];
    const [program = '', ...args] = nodeCommand('network-adopt', [host.name ?? '', word]);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = once(child, 'exit');
    expect(String(await once(child.stdout, 'data'))).toContain(word);
    child.kill('SIGKILL');
    await gone;
    expect((await ipJson(host, 'link', 'show', 'dev', 'wan0'))[0]).toMatchObject({ master: 'nl-lan' });
    const preview = await gc({ host, dryRun: true });
    expect(preview.removed).toContain('adoption wan0');
    expect(await gc({ host })).toEqual(preview);
    await expectAsBefore(host, before, snapshot);
    expect(machineSnapshot()).toEqual(beside);
    expect(await gc({ host })).toEqual({ removed: [], kept: [] });
  },
);

async function configurationOf(host: NetworkNamespace): Promise<HostConfiguration> {
  return readConfiguration(host, await host.rtnl.link.get({ ifname: 'wan0' }), 'test');
}

function announceAsDead(
  host: NetworkNamespace,
  action: 'adopt' | 'release',
  configuration: HostConfiguration,
): void {
  const adopted = [{ ifname: 'wan0', configuration }];
  const written = writeIntent({ host: String(host.cookie), network: 'lan', action, adopted });
  const owner = { ...written.owner, startTime: '1' };
  fs.writeFileSync(`/run/netloom/intents/${written.id}.json`, JSON.stringify({ ...written, owner }));
}

// Each as if the process had died there.
test.each<[string, 'adopt' | 'release', string]>([
  ['before its first step', 'adopt', ''],
  [
    'when the device had lost its routes',
    'adopt',
    'ip -6 route del default dev wan0; ip route del default; ip route del 203.0.113.0/24',
  ],
  ['when the device had lost everything', 'adopt', 'ip addr flush dev wan0'],
  [
    'when the bridge had some of it',
    'adopt',
    'ip addr flush dev wan0; ip link set wan0 master br0; ip addr add 192.0.2.1/24 dev br0',
  ],
  ['when the bridge had been emptied', 'release', 'ip addr flush dev wan0; ip link set wan0 master br0'],
])(
  'an adoption or release that was cut short %s ends by gc() with the device as it was',
  async (_, action, damage) => {
    const { host } = await machine();
    const created = await Network.create({ ...LAN, host });
    await created.close();
    const before = await besideBridge(host);
    announceAsDead(host, action, await configurationOf(host));
    await sh(host, damage || 'true');
    const preview = await gc({ host, dryRun: true });
    expect(preview.removed).toEqual(damage ? ['adoption wan0'] : []);
    expect(await gc({ host })).toEqual(preview);
    await expectAsBefore(host, before, besideBridge);
    await ping(host, BEYOND);
    const network = await Network.open('lan', { host });
    await network.adopt('wan0', { confirm: () => true });
    await network.delete();
  },
);

test.each(['release', 'delete', 'gc'] as const)(
  'a device that was taken off the bridge by hand, or has another name, gets back what it had: by %s',
  async (how) => {
    const { host } = await machine();
    const was = await role(host, 'wan0');
    const network = await Network.create({ ...LAN, host });
    await network.adopt('wan0', { confirm: () => true });
    await sh(host, 'ip link set wan0 nomaster; ip addr add 192.0.2.1/24 dev wan0');
    if (how === 'release') await network.release('wan0');
    if (how === 'delete') await network.delete();
    if (how === 'gc') await gc({ host, force: 'lan' });
    await expectAsBefore(host, was, (of) => role(of, 'wan0'));
    await ping(host, BEYOND);
    if (how === 'delete') {
      const again = await Network.create({ ...LAN, host });
      await again.adopt('wan0', { confirm: () => true });
      await sh(host, 'ip link set wan0 down; ip link set wan0 name other0; ip link set other0 up');
      await again.delete();
      await expectAsBefore(host, was, (of) => role(of, 'other0'));
    }
    await network.delete();
  },
);

// IPv6 is off: the kernel refuses the addresses.
const REFUSED = 'sysctl -qw net.ipv6.conf.wan0.disable_ipv6=1';
const ACCEPTED = 'sysctl -qw net.ipv6.conf.wan0.disable_ipv6=0';

test.each(['delete', 'gc'] as const)(
  'a return that the kernel refuses leaves nothing that others wait for, and can be repeated: by %s',
  async (how) => {
    const { host } = await machine();
    const before = await besideBridge(host);
    const network = await Network.create({ ...LAN, host });
    await network.adopt('wan0', { confirm: () => true });
    const onBridge = await role(host, 'br0');
    await sh(host, REFUSED);
    const remove = (): Promise<unknown> => (how === 'delete' ? network.delete() : gc({ host, force: 'lan' }));
    for (let turn = 0; turn < 2; turn++) {
      await expect(remove()).rejects.toThrow();
      expect(readIntents(String(host.cookie)).filter(({ action }) => action === 'release')).toEqual([]);
      await expectAsBefore(host, onBridge, (of) => role(of, 'br0'));
    }
    await sh(host, ACCEPTED);
    const began = performance.now();
    await remove();
    expect(performance.now() - began).toBeLessThan(8000);
    await expectAsBefore(host, before, besideBridge);
    await ping(host, BEYOND);
    await network.delete();
  },
);

test('of a device that is gone, or a port of somebody else, it is told what the host loses', async () => {
  const { host } = await machine();
  const warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
  const network = await Network.create({ ...LAN, host });
  await network.adopt('wan0', { confirm: () => true });
  await sh(host, 'ip link add other0 type bridge; ip link set wan0 master other0');
  await expect(network.release('wan0')).rejects.toMatchObject({ code: 'EBUSY', object: 'wan0' });
  await sh(host, 'ip link delete wan0');
  await expect(network.release('wan0')).rejects.toMatchObject({ code: 'ENODEV', object: 'wan0' });
  expect(await ipJson(host, '-4', 'addr', 'show', 'dev', 'br0')).toHaveLength(1);
  await network.delete();
  const told = warnings.mock.calls.map(([text]) => String(text));
  warnings.mockRestore();
  expect(told).toContainEqual(
    expect.stringContaining(
      "network 'lan': the adopted device wan0 does not exist any more: the host loses its addresses 192.0.2.1/24, ",
    ),
  );
  expect((await ipJson(host, 'link')).map(({ ifname }) => ifname as string)).toEqual(['lo', 'other0']);
});

test('a second card without addresses joins a network of its own; one with addresses is refused', async () => {
  const { host } = await machine();
  const other = await scratchHost();
  await using network = await Network.create({
    name: 'own',
    subnet: '10.80.0.0/24',
    lifetime: 'persistent',
    host,
  });
  await host.rtnl.link.add({ ifname: 'card1', kind: 'veth', peer: { ifname: 'eth0', netns: other } });
  await sh(other, 'ip addr add 10.80.0.77/24 dev eth0; ip link set eth0 up');
  await network.adopt('card1', { confirm: () => true });
  const endpoint = await network.attach(scratchName());
  await ping(other, endpoint.address);
  await ping(other, network.gateway);
  await ping(endpoint.netns, '10.80.0.77');
  await expect(network.adopt('wan0', { confirm: () => true })).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    path: 'ifname',
    message: expect.stringMatching(/has the address .*parent: 'wan0'/),
  });
  await ping(host, BEYOND);
});

test('what cannot be adopted is refused before anything is done', async () => {
  const { host } = await machine();
  const confirm = (): boolean => true;
  const before = await snapshot(host);
  await expect(Network.create({ ...LAN, parent: 'missing0', host })).rejects.toMatchObject({
    code: 'ENODEV',
  });
  await expect(
    Network.create({
      ...LAN,
      subnet: '198.51.0.0/16',
      gateway: '198.51.0.1',
      range: '198.51.0.0/24',
      parent: 'lo',
      host,
    }),
  ).rejects.toMatchObject({
    path: 'subnet',
  });
  await expectAsBefore(host, before, snapshot);
  await using own = await Network.create({ name: 'own', subnet: '10.80.0.0/24', host });
  await expect(own.adopt('wan0', { confirm })).rejects.toMatchObject({ path: 'lifetime' });
  await using network = await Network.create({ ...LAN, host });
  // The network with NAT follows the host's devices.
  const forwarding = '/proc/sys/net/ipv4/conf/br0/forwarding';
  await eventually('br0 forwards', async () => (await sh(host, `cat ${forwarding}`)).stdout === '1\n');
  const standing = await snapshot(host);
  await expect(network.adopt('lo', { confirm })).rejects.toMatchObject({ path: 'ifname' });
  await expect(network.adopt('wan0', {} as never)).rejects.toMatchObject({ path: 'confirm' });
  await expect(network.adopt('wan0', { confirm, timeoutMs: -1 })).rejects.toMatchObject({
    path: 'timeoutMs',
  });
  await run(host, 'ip', [
    'route',
    'add',
    '10.53.0.0/16',
    'nexthop',
    'via',
    '192.0.2.2',
    'nexthop',
    'via',
    '192.0.2.3',
  ]);
  await expect(network.adopt('wan0', { confirm })).rejects.toMatchObject({
    code: 'EOPNOTSUPP',
    object: 'wan0',
  });
  await run(host, 'ip', ['route', 'delete', '10.53.0.0/16']);
  await sh(
    host,
    'ip link add other0 type bridge; ip link set other0 addrgenmode none; ip link set wan0 master other0',
  );
  await expect(network.adopt('wan0', { confirm })).rejects.toMatchObject({ code: 'EBUSY' });
  await sh(host, 'ip link delete other0');
  // The other network has it forward while it is there.
  await expectAsBefore(host, standing, snapshot);
  const guest = keep(await NetworkNamespace.create());
  const endpoint = await network.attach(guest);
  const publish = network.publish({ hostAddress: '192.0.2.1', hostPort: 80, to: endpoint, port: 80 });
  await expect(publish).rejects.toMatchObject({ path: 'parent' });
  await expect(network.peer({ subnet: '10.9.1.0/24', via: BEYOND })).rejects.toMatchObject({
    path: 'parent',
  });
});

test('several networks of both lifetimes and modes go out by the bridge, and by the device again', async () => {
  const { host } = await lab({ named: true });
  const forwarding = async (): Promise<string> =>
    (await sh(host, 'cat /proc/sys/net/ipv4/conf/br0/forwarding /proc/sys/net/ipv4/conf/wan0/forwarding'))
      .stdout;
  const lan = await Network.create({ ...LAN, host });
  await lan.adopt('wan0', { confirm: () => true });
  const kinds = [
    {},
    { mode: 'routed' },
    { lifetime: 'persistent' },
    { mode: 'routed', lifetime: 'persistent' },
  ] as const;
  const behind = await Promise.all(
    kinds.map((kind, index) => {
      return Network.create({ name: `nat${index}`, subnet: `10.6${index}.0.0/24`, host, ...kind });
    }),
  );
  const endpoints = await Promise.all(behind.map((network) => network.attach(scratchName())));
  const all = (): Promise<unknown> =>
    Promise.all(
      endpoints.map(({ netns, name }) => eventually(`${name} reaches beyond`, () => reaches(netns, BEYOND))),
    );
  await all();
  expect((await forwarding()).split('\n')[0]).toBe('1');
  await lan.release('wan0');
  await all();
  await lan.adopt('wan0', { confirm: () => true });
  await all();
  // The way out stays for the last of them, and goes with it.
  for (const network of behind.slice(0, 3)) await network.delete();
  const { netns } = endpoints[3]!;
  expect(await reaches(netns, BEYOND)).toBe(true);
  await behind[3]!.delete();
  expect((await forwarding()).split('\n')[0]).toBe('0');
  await lan.delete();
});

test.each(['before', 'after'])(
  'a network with NAT, made %s the adoption, reaches what the host reaches',
  async (order) => {
    const { host } = await lab({ named: true });
    const make = (): Promise<Network> => Network.create({ name: 'nat', subnet: '10.61.0.0/24', host });
    const early = order === 'before' ? await make() : undefined;
    const network = await Network.create({ ...LAN, host });
    await network.adopt('wan0', { confirm: () => true });
    const behind = early ?? (await make());
    const { netns } = await behind.attach(scratchName());
    await eventually('the endpoint reaches beyond', () => reaches(netns, BEYOND));
    await network.release('wan0');
    await eventually('the endpoint reaches beyond by the device', () => reaches(netns, BEYOND));
    await behind.delete();
    await network.delete();
  },
);
