import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NetworkNamespace } from '../../../src/netns/namespace';
import type { Endpoint } from '../../../src/network/runtime/endpoint';
import { Network } from '../../../src/network/network';
import { NamespacePool } from '../../../src/pool/pool';
import {
  BEYOND,
  descriptors,
  eventually,
  type Inside,
  ipJson,
  killed,
  lab,
  needTools,
  nodeCommand,
  ping,
  reaches,
  run,
  snapshot,
} from '../../support';

needTools('ip', 'nft');

const netnsDescriptors = (): number => descriptors().filter((target) => target.startsWith('net:')).length;

async function addresses(ns: Inside, dev: string): Promise<string[]> {
  const [link] = await ipJson(ns, '-4', 'addr', 'show', 'dev', dev);
  return (link?.addr_info ?? []).map(({ local }: { local: string }) => local);
}

function times<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, make));
}

test('namespaces of a pool are new, whole and one each', async () => {
  // The first deletion of a process has a descriptor opened to watch deletions by.
  await (await NetworkNamespace.create()).delete();
  const before = netnsDescriptors();
  {
    await using pool = new NamespacePool({ size: 5, namespace: { sysctls: { 'net.ipv4.ip_forward': 1 } } });
    const leases: NetworkNamespace[] = await times(12, () => pool.acquire());
    expect(new Set(leases.map(({ cookie }) => cookie)).size).toBe(12);
    for (const netns of leases) {
      expect(await addresses(netns, 'lo')).toEqual(['127.0.0.1']);
      expect((await run(netns, 'sysctl', ['-n', 'net.ipv4.ip_forward'])).stdout).toBe('1\n');
    }
    await eventually('the pool is full', () => pool.ready === 5);
    expect(pool.leased).toBe(12);
    expect(netnsDescriptors()).toBe(before + 17);
    await Promise.all(leases.slice(0, 6).map((netns) => pool.release(netns)));
    expect(pool.leased).toBe(6);
    await eventually('six are gone', () => netnsDescriptors() === before + 11);
  }
  await eventually('all are gone', () => netnsDescriptors() === before);
});

test('endpoints of a pool are connected when they are given out', async () => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'pool', subnet: '10.75.0.0/24', nat: true, host });
  const pool = new NamespacePool({ size: 4, network, attach: { ifname: 'net0' } });
  const leases: Endpoint[] = await times(9, () => pool.acquire());
  expect(new Set(leases.map(({ address }) => address)).size).toBe(9);
  for (const [index, { netns, address }] of leases.entries()) {
    expect(await addresses(netns, 'net0')).toEqual([address]);
    await ping(netns, (leases[(index + 1) % 9] as Endpoint).address);
  }
  await ping((leases[0] as Endpoint).netns, BEYOND);
  const [first, second] = leases as [Endpoint, Endpoint];
  await pool.release(first);
  expect(await reaches(second.netns, first.address)).toBe(false);
  await pool.close();
  expect(network.endpoints).toEqual([]);
  expect((await network.inspect()).endpoints).toEqual([]);
});

test('what was used is never given out again', async () => {
  await using pool = new NamespacePool({ size: 2 });
  const seen = new Set<bigint>();
  for (let round = 0; round < 12; round++) {
    const netns = await pool.acquire();
    seen.add(netns.cookie);
    expect(await addresses(netns, 'lo')).toEqual(['127.0.0.1']);
    await run(netns, 'ip', ['addr', 'add', '10.99.0.1/32', 'dev', 'lo']);
    await pool.release(netns);
  }
  expect(seen.size).toBe(12);
});

test('the end of the subnet is told to who asks, and what comes back makes room', async () => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'small', subnet: '10.76.0.0/29', host });
  await using pool = new NamespacePool({ size: 20, network });
  const leases = await times(5, () => pool.acquire());
  const error = await pool.acquire().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'ERR_VALIDATION' });
  await pool.release(leases[0] as Endpoint);
  const next = await pool.acquire();
  await ping(next.netns, (leases[1] as Endpoint).address);
});

test('a network that ends takes the pool along', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'ends', subnet: '10.77.0.0/24', host });
  const pool = new NamespacePool({ size: 3, network });
  const lease = await pool.acquire();
  await eventually('the pool is full', () => pool.ready === 3);
  await network.delete();
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'ENOENT' });
  await pool.release(lease);
  await pool.close();
});

test('a pool that something holds is not closed until that is gone', async () => {
  const pool = new NamespacePool({ size: 1 });
  const netns = await pool.acquire();
  const child = netns.spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  for (let round = 0; round < 2; round++)
    await expect(pool.close()).rejects.toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
  await killed(child);
  await pool.close();
});

test('a persistent network is refused', async () => {
  const { host } = await lab({ named: true });
  await using network = await Network.create({
    ...{ name: 'stays', subnet: '10.78.0.0/24', lifetime: 'persistent', host },
  });
  expect(() => new NamespacePool({ size: 1, network })).toThrow("lifetime 'process'");
});

test('a pool whose process is killed leaves nothing, given out or not', async () => {
  const { host } = await lab({ named: true });
  await run(host, 'sysctl', ['-qw', 'net.ipv4.conf.wan0.forwarding=1']);
  const before = JSON.stringify(await snapshot(host));
  const [program = '', ...args] = nodeCommand('pool', [host.name ?? '']);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const lent = said.toString().trim().split(' ');
  expect(new Set(lent).size).toBe(10);
  await ping(host, lent[9] as string);
  await killed(child);
  await eventually('the host is as it was', async () => JSON.stringify(await snapshot(host)) === before);
});
