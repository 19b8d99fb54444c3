import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gc, NetlinkError, Network, type NetworkNamespace, type NetworkSpec } from '../../../../src';
import { Firewall } from '../../../../src/firewall/client/firewall';
import {
  BEYOND,
  type Inside,
  lab,
  machineSnapshot,
  needTools,
  scratchName,
  snapshot,
  tool,
  validationError,
  WAN,
} from '../../../support';

needTools('ip', 'nft', 'mount', 'iptables-nft-restore', 'iptables-legacy-restore');

const JOURNAL = '/run/netloom';
const SPEC = { name: 'web', subnet: '10.73.0.0/24', lifetime: 'persistent' } satisfies NetworkSpec;
const PEER = { subnet: '10.74.0.0/24', via: BEYOND };

/** What a call does to a network, and what takes that back. */
interface Call {
  readonly change: (network: Network) => Promise<unknown>;
  readonly back: (network: Network) => Promise<unknown>;
}

const names = [scratchName(), scratchName()];
const one = (network: Network) => network.endpoints[0]!;
const rule = (network: Network) => ({ hostAddress: WAN, hostPort: 80, to: one(network), port: 80 });

let withdraw = (): Promise<void> => Promise.resolve();

const CALLS: Readonly<Record<string, Call>> = {
  attachMany: {
    change: (network) => network.attachMany(names),
    back: (network) => network.detach(network.endpoints.filter(({ name }) => names.includes(name))),
  },
  publish: {
    change: async (network) => {
      const publication = await network.publish(rule(network));
      withdraw = () => publication.delete();
    },
    back: () => withdraw(),
  },
  peer: { change: (network) => network.peer(PEER), back: (network) => network.unpeer(PEER.subnet) },
};

/** Runs `work` while a file or a directory is read-only: a mount of its own. */
async function readOnly<T>(place: string, work: () => Promise<T>): Promise<T> {
  await tool('mount', ['--bind', place, place]);
  await tool('mount', ['-o', 'remount,bind,ro', place]);
  try {
    return await work();
  } finally {
    await tool('umount', [place]);
  }
}

const recordOf = (host: NetworkNamespace, name: string): string =>
  path.join(JOURNAL, 'networks', `${host.cookie}.${name}.json`);
const intents = (): string[] => fs.readdirSync(path.join(JOURNAL, 'intents'));

/** The machine as other tools see it. */
async function seen(host: Inside): Promise<unknown> {
  return { ...(await snapshot(host)), names: machineSnapshot().names, intents: intents() };
}

const ours = (): string[] => machineSnapshot().names.filter((name) => names.includes(path.basename(name)));

test.each(Object.entries(CALLS))(
  '%s whose entry in the record is refused leaves what was before, and can be repeated',
  async (_, { change, back }) => {
    const { host } = await lab({ named: true });
    await using network = await Network.create({ ...SPEC, host });
    await network.attach(scratchName());
    // What stays of a first time, such as the forwarding of an interface, is there before.
    await change(network);
    await back(network);
    const before = await seen(host);
    const refused = readOnly(recordOf(host, 'web'), () => change(network));
    await expect(refused).rejects.toMatchObject({ code: 'EROFS' });
    expect(await seen(host)).toEqual(before);
    await change(network);
    expect(await seen(host)).not.toEqual(before);
  },
);

test('a port whose entry is refused is withdrawn by the call, and by nobody later', async () => {
  const { host } = await lab({ named: true });
  await using network = await Network.create({ ...SPEC, host });
  await network.attach(scratchName());
  const publication = await network.publish(rule(network));
  const refused = readOnly(recordOf(host, 'web'), () => publication.delete());
  await expect(refused).rejects.toMatchObject({ code: 'EROFS' });
  expect((await network.inspect()).publications).toEqual([]);
  await publication.delete();
  const again = await network.publish(rule(network));
  // It is another's by now.
  await publication.delete();
  expect((await network.inspect()).publications).toHaveLength(1);
  await again.delete();
});

test('endpoints that could not be detached are there, and the next call detaches them', async () => {
  const { host } = await lab({ named: true });
  await using network = await Network.create({ ...SPEC, host });
  const endpoints = await network.attachMany(names);
  const before = intents();
  for (const place of ['/run/netns', path.join(JOURNAL, 'intents'), recordOf(host, 'web')]) {
    const refused = readOnly(place, () => network.detach(endpoints));
    await expect(refused).rejects.toMatchObject({ code: 'EROFS' });
    expect(network.endpoints).toEqual(endpoints);
  }
  await Promise.all([network.detach(endpoints), network.detach(endpoints[0]!)]);
  expect(network.endpoints).toEqual([]);
  expect(ours()).toEqual([]);
  expect(intents()).toEqual(before);
  await network.attachMany(names);
});

test('a network whose namespaces are refused is deleted by the next call', async () => {
  const { host } = await lab({ named: true });
  const network = await Network.create({ ...SPEC, host });
  await network.attachMany(names);
  await expect(readOnly('/run/netns', () => network.delete())).rejects.toMatchObject({ code: 'EROFS' });
  await network.delete();
  await network.delete();
  expect(ours()).toEqual([]);
  expect((await snapshot(host)).firewall).toEqual([]);
  expect(await gc({ host })).toMatchObject({ removed: [] });
});

test('a network that lives with its process is deleted by the next call', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...SPEC, host, lifetime: 'process' });
  const [endpoint] = await network.attachMany(3);
  await network.publish({ hostAddress: WAN, hostPort: 80, to: endpoint!, port: 80 });
  // That its way out forwards for it is on disk.
  const refused = readOnly(path.join(JOURNAL, 'forwarding'), () => network.delete());
  await expect(refused).rejects.toMatchObject({ code: 'EROFS' });
  await network.delete();
  const { links, firewall } = await snapshot(host);
  expect(links.map(({ ifname }) => ifname)).toEqual(['lo', 'wan0']);
  expect(firewall).toEqual([]);
});

test('adopt and release whose entry is refused leave the host as it was', async () => {
  const { host } = await lab({ named: true });
  const lan = {
    name: 'lan',
    subnet: '192.0.2.0/24',
    gateway: BEYOND,
    range: '192.0.2.128/25',
    parent: 'wan0',
  };
  await using network = await Network.create({ ...lan, host, lifetime: 'persistent' });
  const confirm = (): boolean => true;
  const record = recordOf(host, 'lan');
  await network.adopt('wan0', { confirm });
  await network.release('wan0');
  const free = await seen(host);
  await expect(readOnly(record, () => network.adopt('wan0', { confirm }))).rejects.toMatchObject({
    code: 'EROFS',
  });
  expect(await seen(host)).toEqual(free);
  await network.adopt('wan0', { confirm });
  const adopted = await seen(host);
  await expect(readOnly(record, () => network.release('wan0'))).rejects.toMatchObject({ code: 'EROFS' });
  expect(await seen(host)).toEqual(adopted);
  await network.release('wan0');
  expect(await seen(host)).toEqual(free);
});

test('what another process detached is no target any more', async () => {
  const { host } = await lab({ named: true });
  await using network = await Network.create({ ...SPEC, host });
  const endpoint = await network.attach(scratchName());
  const publication = await network.publish(rule(network));
  const other = await Network.open('web', { host });
  await other.detach(other.endpoints);
  expect((await network.inspect()).publications).toEqual([]);
  expect(network.endpoints).toEqual([]);
  const refused = await validationError(
    network.publish({ hostAddress: WAN, hostPort: 81, to: endpoint, port: 80 }),
  );
  expect(refused).toMatchObject({ path: 'to' });
  const next = await network.attach(scratchName());
  expect(next.address).toBe(endpoint.address);
  await network.publish({ hostAddress: WAN, hostPort: 80, to: next, port: 80 });
  // The port is the next one's.
  await publication.delete();
  expect((await network.inspect()).publications).toHaveLength(1);
  await network.detach(endpoint);
  expect(network.endpoints).toEqual([next]);
  expect((await other.refresh()).map(({ address }) => address)).toEqual([next.address]);
  await other.close();
});

const REFUSED = { errno: os.constants.errno.ENOBUFS, operation: 'firewall.transaction' };

// A persistent network has no such filter beside the rules of iptables, whose users could not remove it.
test.each([
  { lifetime: 'process', firewall: 'nftables' },
  { lifetime: 'process', firewall: 'iptables-nft' },
  { lifetime: 'process', firewall: 'iptables-legacy' },
  { lifetime: 'persistent', firewall: 'nftables' },
] as const)('a creation whose filter of the bridge is refused is taken back: %j', async (kind) => {
  const { host } = await lab({ named: true });
  const before = await seen(host);
  const spec = { ...SPEC, ...kind, host };
  const transaction = jest.spyOn(Firewall.prototype, 'transaction');
  transaction.mockRejectedValueOnce(new NetlinkError(REFUSED));
  const said = /^network.create web: no buffer space available \(ENOBUFS\)/;
  await expect(Network.create(spec)).rejects.toThrow(said);
  transaction.mockRestore();
  expect(await seen(host)).toEqual(before);
  await (await Network.create(spec)).delete();
  expect(await seen(host)).toEqual(before);
});
