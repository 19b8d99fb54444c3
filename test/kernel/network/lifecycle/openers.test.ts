import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  ended,
  eventually,
  ipJson,
  type Json,
  lab,
  machineSnapshot,
  namedHost,
  needTools,
  nodeCommand,
  runChild,
  scratchName,
  sh,
  snapshot,
  waitForText,
} from '../../../support';

needTools('ip', 'nft', 'sysctl');

const spec = { name: 'web', subnet: '172.30.0.0/24', warnings: false } as const;

/** Another process that has the network `web` open. */
async function opener(host: NetworkNamespace, ...what: string[]) {
  const [program = '', ...args] = nodeCommand('network-open', [host.name ?? '', 'web', ...what]);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const end = ended(child);
  await waitForText(child, 'open');
  return {
    /** The names of the endpoints that it has. */
    async endpoints(): Promise<string[]> {
      child.stdin.write('\n');
      return JSON.parse(await waitForText(child, ']')) as string[];
    },
    /** Lets go of the network; answers what the process complained of. */
    async close(): Promise<string> {
      child.stdin.end();
      const { code, stderr } = await end;
      expect(code).toBe(0);
      return stderr;
    },
  };
}

/** What makes a follower act: a device that comes, a table that is asked before main, and forwarding taken away. */
async function stir(host: NetworkNamespace, round: number): Promise<void> {
  const table = String(100 + round);
  await sh(
    host,
    `ip link add vpn${round} type veth peer name far${round}; sysctl -qw net.ipv4.ip_forward=0
     ip route add default via 192.0.2.2 table ${table}; ip rule add pref ${table} lookup ${table}`,
  );
}

async function calm(host: NetworkNamespace, round: number): Promise<void> {
  const table = String(100 + round);
  await sh(host, `ip rule del pref ${table}; ip route flush table ${table}; ip link del vpn${round}`);
}

test('who follows a network lets go of it when somebody else deletes it, in its process and in others', async () => {
  const { host } = await lab({ named: true });
  const warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
  const before = await snapshot(host);
  const journal = machineSnapshot();
  for (let round = 0; round < 6; round++) {
    const mode = round < 3 ? 'bridge' : 'routed';
    const network = await Network.create({ ...spec, mode, lifetime: 'persistent', host });
    const other = await Network.open('web', { host, warnings: false });
    const process = round % 3 === 0 ? await opener(host) : undefined;
    // Before, beside and after the deletion.
    const [deletion] = await Promise.all([
      round % 2 === 0 ? network.delete() : sleep(10).then(() => other.delete()),
      stir(host, round),
    ]);
    expect(deletion).toBeUndefined();
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv4.ip_forward=0');
    // What the host tells is heard 50 ms later.
    await sleep(150);
    expect(await process?.close()).toBe(process && '');
    const routes = await ipJson(host, 'route', 'show', 'table', String(100 + round));
    expect(routes.map(({ dst }: Json) => dst as string)).toEqual(['default']);
    await calm(host, round);
    expect(await snapshot(host)).toEqual(before);
    expect(machineSnapshot().journal.filter((file) => !file.includes('/intents/'))).toEqual(
      journal.journal.filter((file) => !file.includes('/intents/')),
    );
    await Promise.all([network.close(), other.close()]);
    expect(machineSnapshot()).toEqual(journal);
  }
  expect(warnings).not.toHaveBeenCalled();
  expect((await gc({ host })).removed).toEqual([]);
  warnings.mockRestore();
});

test('a follower of a network that lives with its process ends with it', async () => {
  const { host } = await lab();
  const warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
  const before = await snapshot(host);
  for (let round = 0; round < 5; round++) {
    const network = await Network.create({ ...spec, host });
    await Promise.all([network.delete(), stir(host, round)]);
    await sh(host, 'sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv4.ip_forward=0');
    await sleep(100);
    await calm(host, round);
    expect(await snapshot(host)).toEqual(before);
  }
  expect(machineSnapshot().journal).toEqual([]);
  expect(warnings).not.toHaveBeenCalled();
  warnings.mockRestore();
});

test.each(['nothing', 'serve'])(
  'detach() and delete() resolve while another process has the network open, where it has open: %s',
  async (what) => {
    const { host } = await lab({ named: true });
    const network = await Network.create({ ...spec, lifetime: 'persistent', host });
    const names = Array.from({ length: 5 }, () => scratchName());
    const [first, ...others] = await network.attachMany(names);
    const process = await opener(host, what);
    expect(await process.endpoints()).toEqual(names);
    await network.detach(first!);
    expect(await process.endpoints()).toEqual(names.slice(1));
    const { stdout } = await sh(host, 'ip netns list');
    expect(stdout).toContain(names[1]);
    expect(stdout).not.toContain(names[0]!);
    await network.detach(others.slice(0, 3));
    expect(await process.endpoints()).toEqual(names.slice(4));
    await network.delete();
    expect(await process.endpoints()).toEqual([]);
    expect(await process.close()).toBe('');
  },
);

test('who made the network lets go of what others detach, and so does a second object of its process', async () => {
  const { host } = await lab({ named: true });
  const network = await Network.create({ ...spec, lifetime: 'persistent', host });
  const given = await namedHost();
  const [one, two] = await network.attachMany([scratchName(), scratchName()]);
  await network.attach(given);
  const other = await Network.open('web', { host, warnings: false });
  expect(other.endpoints.map(({ name }) => name)).toEqual([one.name, two.name, given.name]);
  await other.detach(other.endpoints[0]!);
  expect(network.endpoints).toHaveLength(2);
  expect(one.netns.fd).toBe(-1);
  expect(two.netns.fd).toBeGreaterThan(0);
  await other.detach(other.endpoints);
  expect(network.endpoints).toEqual([]);
  // It was given, and stays its owner's.
  expect(given.fd).toBeGreaterThan(0);
  // What is attached anew, also under the names of before, is held as ever.
  await network.attach(one.name);
  expect(await other.refresh()).toHaveLength(1);
  await other.delete();
  await network.close();
});

test('an open network keeps no process alive', async () => {
  const { host } = await lab({ named: true });
  const network = await Network.create({ ...spec, lifetime: 'persistent', host });
  await network.attach(scratchName());
  expect(await runChild('network-open', [host.name ?? '', 'web', 'leave'])).toMatchObject({
    code: 0,
    stderr: '',
  });
  await network.delete();
});

test.each(['bridge', 'routed'] as const)(
  'refresh() of a network that lives with its process keeps its endpoints (%s)',
  async (mode) => {
    const { host } = await lab();
    const network = await Network.create({ ...spec, mode, host });
    const endpoint = await network.attach('a');
    expect(await network.refresh()).toEqual([endpoint]);
    expect(network.endpoints).toEqual([endpoint]);
    await endpoint.netns.exec('ping', ['-c1', '-W2', network.gateway]);
    await network.detach(endpoint);
    await network.delete();
  },
);

test.each<[string, (host: NetworkNamespace, other: Network) => Promise<unknown>]>([
  ['another object detaches its endpoint', async (_, other) => other.detach(other.endpoints)],
  ['another object deletes the network', async (_, other) => other.delete()],
  ['gc() is forced to remove the network', async (host) => gc({ host, force: 'web' })],
])('devices that were taken are back when %s', async (_, end) => {
  const { host } = await lab({ named: true });
  const given = await namedHost();
  await sh(
    host,
    'ip link add phys0 type veth peer name far0; ip link add extra0 type ifb; ip link set phys0 up',
  );
  const network = await Network.create({ ...spec, lifetime: 'persistent', host });
  const [one, two] = await network.attachMany([scratchName(), scratchName()]);
  await network.attach(given);
  await one.netns.take('phys0', { from: host, as: 'wan' });
  await two.netns.take('extra0', { from: host });
  const other = await Network.open('web', { host, warnings: false });
  await end(host, other);
  await eventually('the namespaces are let go of', () => one.netns.fd < 0 && two.netns.fd < 0);
  const links = await ipJson(host, 'link');
  const flags = (name: string) => links.find(({ ifname }: Json) => ifname === name)?.flags as string[];
  expect(flags('phys0')).toContain('UP');
  expect(flags('extra0')).not.toContain('UP');
  await network.delete();
  await other.delete();
  expect(given.fd).toBeGreaterThan(0);
});

test('a device whose name is taken in the host keeps its namespace, and can go back later', async () => {
  const { host } = await lab({ named: true });
  const warnings = jest.spyOn(process, 'emitWarning').mockImplementation();
  await sh(host, 'ip link add phys0 type ifb');
  const network = await Network.create({ ...spec, lifetime: 'persistent', host });
  const { netns } = await network.attach(scratchName());
  await netns.take('phys0', { from: host });
  await sh(host, 'ip link add phys0 type ifb');
  const other = await Network.open('web', { host, warnings: false });
  await expect(other.delete()).rejects.toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
  expect(warnings.mock.calls).toEqual([
    [expect.stringContaining('cannot give back a device that was taken'), 'NetloomWarning'],
  ]);
  warnings.mockRestore();
  expect(network.endpoints).toEqual([]);
  await sh(host, 'ip link del phys0');
  await netns.delete();
  expect(await ipJson(host, 'link', 'show', 'dev', 'phys0')).toHaveLength(1);
  await other.delete();
  await network.delete();
});
