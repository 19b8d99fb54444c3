import fs from 'node:fs';
import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  container,
  CONTAINER,
  CONTAINER6,
  eventually,
  fetchText,
  ipJson,
  lab,
  leadStrangers,
  machineSnapshot,
  needTools,
  reaches,
  run,
  runChild,
  serve,
  sh,
  snapshot,
  WAN,
  type Lab,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'curl', 'iptables-legacy-save', 'iptables-nft-save');

const spec = { name: 'web', subnet: '172.30.0.0/24' } as const;
const SUBNET6 = 'fd00:66::/64';
const LEASES = '/run/netloom/forwarding';

/** A host that does not forward, with a container of somebody else's, and strangers who try to get there. */
async function scene(): Promise<Lab> {
  const made = await lab({ named: true });
  await container(made.host);
  await leadStrangers(made);
  return made;
}

async function passing({ internet }: Lab): Promise<{ ip: boolean; ip6: boolean }> {
  const [ip, ip6] = await Promise.all([reaches(internet, CONTAINER), reaches(internet, CONTAINER6)]);
  return { ip, ip6 };
}

const NOBODY = { ip: false, ip6: false };

async function forwarding(host: NetworkNamespace): Promise<string[]> {
  const files = 'cd /proc/sys/net; cat ipv4/conf/wan0/forwarding ipv6/conf/wan0/force_forwarding';
  return (await sh(host, files)).stdout.trim().split('\n');
}

/** The devices in the host's table by family, as nft has them, and how many rules it has. */
async function kept(host: NetworkNamespace): Promise<Record<string, { devices: string[]; rules: number }>> {
  // Not as JSON, of which nft prints nothing at times while a table with an owner is there.
  const { stdout } = await run(host, 'nft', ['list', 'ruleset']);
  const tables = stdout.matchAll(/^table (\w+) netloom_opened_\w+ \{\n(.*?)^\}/gms);
  return Object.fromEntries(
    [...tables].map(([, family = '', text = '']) => {
      const [, elements = ''] = /elements = \{(.*?)\}/s.exec(text) ?? [];
      const devices = [...elements.matchAll(/"(\w+)"/g)].map(([, name = '']) => name);
      return [family, { devices: devices.sort(), rules: text.match(/ (accept|drop)$/gm)?.length ?? 0 }];
    }),
  );
}

const WHOLE = { devices: ['docker0', 'wan0'], rules: 2 };

async function killed({ host }: Lab, firewall = 'nftables'): Promise<void> {
  const end = await runChild('network-killed', [host.name ?? '', firewall, SUBNET6]);
  expect(end).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  await eventually('the kernel removed the network', async () =>
    (await ipJson(host, 'link')).every(({ ifname }) => ifname !== 'nl-killed'),
  );
}

test.each(['nftables', 'iptables-nft', 'iptables-legacy'])(
  'after SIGKILL the host forwards for no stranger, and gc() removes all: %s',
  async (firewall) => {
    const made = await scene();
    const [before, machine] = [await snapshot(made.host), machineSnapshot()];
    expect(await passing(made)).toEqual(NOBODY);
    await killed(made, firewall);
    expect(await forwarding(made.host)).toEqual(['1', '1']);
    expect(await passing(made)).toEqual(NOBODY);
    const preview = await gc({ host: made.host, dryRun: true });
    const report = await gc({ host: made.host });
    expect(report).toEqual(preview);
    expect(report.kept).toEqual([]);
    expect(await snapshot(made.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
    expect(await gc({ host: made.host })).toEqual({ removed: [], kept: [] });
  },
);

test('the table is what keeps them out, also by a new name of the device', async () => {
  const made = await scene();
  const { host } = made;
  await killed(made);
  expect(await kept(host)).toEqual({ ip: WHOLE, ip6: WHOLE });
  await sh(
    host,
    `ip link set wan0 down; ip link set wan0 name wan7; ip link set wan7 up
     ip addr add 2001:db8::1/64 dev wan7 nodad; ip route add default via 192.0.2.2`,
  );
  expect(await kept(host)).toMatchObject({ ip: { devices: ['docker0', 'wan7'] } });
  expect(await passing(made)).toEqual(NOBODY);
  await run(host, 'nft', ['flush', 'ruleset']);
  expect(await passing(made)).toEqual({ ip: true, ip6: true });
  await gc({ host });
  expect(await passing(made)).toEqual(NOBODY);
});

test.each(['process', 'persistent'] as const)(
  'a network beside one that was killed goes on, with its ports and its rules: %s',
  async (lifetime) => {
    const made = await scene();
    const { host, internet } = made;
    const before = await snapshot(host);
    const network = await Network.create({ ...spec, lifetime, host });
    const endpoint = await network.attach(`beside-${lifetime}`);
    const server = await serve(endpoint.netns, 80, 'hello');
    await network.publish({ hostAddress: WAN, hostPort: 8080, to: endpoint, port: 80 });
    await killed(made);
    expect(await fetchText(internet, `${WAN}:8080`)).toBe('hello 192.0.2.2');
    expect(await reaches(endpoint.netns, '192.0.2.2')).toBe(true);
    expect(await passing(made)).toEqual(NOBODY);
    // IPv6 was forwarded for the other alone.
    await gc({ host });
    expect(await forwarding(host)).toEqual(['1', '0']);
    expect(await kept(host)).toEqual({ ip: WHOLE });
    expect(await fetchText(internet, `${WAN}:8080`)).toBe('hello 192.0.2.2');
    const { warnings } = await network.inspect();
    expect(warnings.filter((text) => !text.startsWith('br_netfilter'))).toEqual([]);
    await server.stop();
    await network.delete();
    expect(await snapshot(host)).toEqual(before);
  },
);

test.each([
  ['flush ruleset', 'process'],
  ['flush ruleset', 'persistent'],
  ['flush chain ip TABLE forward', 'process'],
  ['delete element ip TABLE opened { wan0 }', 'process'],
  ['delete table ip TABLE', 'persistent'],
])('what others take away is back at once: %s, %s', async (command, lifetime) => {
  const made = await scene();
  const { host } = made;
  const before = await snapshot(host);
  const network = await Network.create({ ...spec, subnet6: SUBNET6, lifetime: lifetime as 'process', host });
  const { stdout: tables } = await run(host, 'nft', ['list', 'tables']);
  const [name = ''] = /netloom_opened_\w+/.exec(tables) ?? [];
  for (let turn = 0; turn < 2; turn++) {
    await sh(host, `nft '${command.replace('TABLE', name)}'`);
    await eventually('the table is whole', async () => {
      const { ip, ip6 } = await kept(host);
      return JSON.stringify([ip, ip6]) === JSON.stringify([WHOLE, WHOLE]);
    });
  }
  expect(await passing(made)).toEqual(NOBODY);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('networks share the table, and the last one takes it along', async () => {
  const made = await scene();
  const { host } = made;
  const before = await snapshot(host);
  const one = await Network.create({ ...spec, host });
  const two = await Network.create({
    name: 'two',
    subnet: '172.31.0.0/24',
    host,
    nat: { interfaces: ['wan0'] },
  });
  const old = { name: 'old', subnet: '172.29.0.0/24', host, firewall: 'iptables-legacy' } as const;
  const three = await Network.create({ ...old, nat: { interfaces: ['docker0'] } });
  await one.delete();
  expect(await kept(host)).toEqual({ ip: WHOLE });
  await two.delete();
  expect(await kept(host)).toEqual({ ip: { ...WHOLE, devices: ['docker0'] } });
  expect(await passing(made)).toEqual(NOBODY);
  await three.delete();
  expect(await snapshot(host)).toEqual(before);
});

test('where others want the host to forward, strangers pass, also after SIGKILL', async () => {
  const made = await scene();
  await killed(made);
  await sh(made.host, 'sysctl -qw net.ipv4.ip_forward=1');
  const network = await Network.create({ ...spec, host: made.host });
  await network.delete();
  expect(await passing(made)).toEqual({ ip: true, ip6: false });
  expect(await kept(made.host)).toEqual({});
});

test.each(['the leases', 'one lease', 'the whole directory'])(
  'with %s lost strangers stay out, and gc() closes the devices',
  async (what) => {
    const made = await scene();
    const { host } = made;
    const before = await snapshot(host);
    await killed(made);
    const lost = {
      'the leases': LEASES,
      'one lease': `${LEASES}/${String(host.cookie)}.ip:wan0.json`,
      'the whole directory': '/run/netloom',
    };
    expect(fs.existsSync(lost[what as keyof typeof lost])).toBe(true);
    fs.rmSync(lost[what as keyof typeof lost], { recursive: true });
    expect(await passing(made)).toEqual(NOBODY);
    const preview = await gc({ host, dryRun: true });
    const { removed } = await gc({ host });
    expect([...removed].sort()).toEqual([...preview.removed].sort());
    expect(removed).toContain('sysctl net/ipv4/conf/wan0/forwarding');
    expect(await snapshot(host)).toEqual(before);
  },
);

const RULES = ['iptables-nft', 'iptables-legacy'] as const;

test.each(
  RULES.flatMap((firewall) =>
    ['the leases', 'one lease', 'the whole directory'].map((what) => [firewall, what] as const),
  ),
)('by the rules of %s gc() closes the devices of a killed network with %s lost', async (firewall, what) => {
  const made = await scene();
  const { host } = made;
  const before = await snapshot(host);
  await killed(made, firewall);
  const isAll = what === 'the whole directory';
  const lost = what === 'one lease' ? `${LEASES}/${String(host.cookie)}.ip:wan0.json` : LEASES;
  fs.rmSync(isAll ? '/run/netloom' : lost, { recursive: true });
  expect(await passing(made)).toEqual(NOBODY);
  // Without any file only its name tells of it.
  const options = isAll ? { host, force: 'killed' } : { host };
  const preview = await gc({ ...options, dryRun: true });
  const { removed } = await gc(options);
  expect([...removed].sort()).toEqual([...preview.removed].sort());
  expect(removed).toContain('sysctl net/ipv4/conf/wan0/forwarding');
  expect(await forwarding(host)).toEqual(['0', '0']);
  expect(await snapshot(host)).toEqual(before);
});

test.each(RULES)(
  'with %s devices stay open that another network needs, or that others want open',
  async (firewall) => {
    const made = await scene();
    const { host } = made;
    await killed(made, firewall);
    const other = await Network.create({ ...spec, nat: { interfaces: ['wan0'] }, firewall, host });
    fs.rmSync(`${LEASES}/${String(host.cookie)}.ip:docker0.json`);
    const { removed } = await gc({ host });
    expect(removed).toContain('sysctl net/ipv4/conf/docker0/forwarding');
    expect(removed).not.toContain('sysctl net/ipv4/conf/wan0/forwarding');
    expect((await forwarding(host))[0]).toBe('1');
    await killed(made, firewall);
    fs.rmSync(LEASES, { recursive: true });
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=1');
    await gc({ host });
    expect((await forwarding(host))[0]).toBe('1');
    await other.delete();
  },
);

test('a persistent network that lost its leases keeps its way out, until it is deleted', async () => {
  const made = await scene();
  const { host } = made;
  const before = await snapshot(host);
  const network = await Network.create({ ...spec, lifetime: 'persistent', host });
  await network.close();
  fs.rmSync(LEASES, { recursive: true });
  expect(await gc({ host })).toEqual({ removed: [], kept: [] });
  expect((await forwarding(host))[0]).toBe('1');
  expect(await passing(made)).toEqual(NOBODY);
  await (await Network.open('web', { host })).delete();
  expect(await snapshot(host)).toEqual(before);
});

test('a holder whose leases were lost closes the devices all the same', async () => {
  const made = await scene();
  const before = await snapshot(made.host);
  const network = await Network.create({ ...spec, host: made.host });
  fs.rmSync('/run/netloom', { recursive: true });
  await network.delete();
  expect(await snapshot(made.host)).toEqual(before);
});

test('a creation that fails in the end takes it back', async () => {
  const { host } = await scene();
  const server = await serve(host, 53, 'taken', 'udp');
  const before = await snapshot(host);
  await expect(Network.create({ ...spec, dns: {}, host })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await snapshot(host)).toEqual(before);
  expect(fs.readdirSync(LEASES)).toEqual([]);
  await server.stop();
});

test.each(['exit', 'error', 'natural'])('an ordinary end leaves nothing: %s', async (way) => {
  const { host } = await scene();
  // Ports of the container's bridge begin to forward by and by.
  let before: unknown;
  await eventually('the host is at rest', async () => {
    const last = JSON.stringify(before);
    before = await snapshot(host);
    return JSON.stringify(before) === last;
  });
  await runChild('network-ends', [host.name ?? '', way]);
  const isAsBefore = async (): Promise<boolean> =>
    JSON.stringify(await snapshot(host)) === JSON.stringify(before);
  await eventually('all is as before', isAsBefore).catch(() => undefined);
  expect(await snapshot(host)).toEqual(before);
  expect(fs.readdirSync(LEASES)).toEqual([]);
});
