import { NetworkNamespace } from '../../../src/netns/namespace';
import {
  ipJson,
  keep,
  namedHost,
  needTools,
  ping,
  run,
  scratchHost,
  sh,
  snapshot,
  type Inside,
} from '../../support';

needTools('ip', 'ping');

const names = async (ns: Inside): Promise<string[]> =>
  (await ipJson(ns, 'link')).map(({ ifname }) => String(ifname)).sort();

/** A host with a device that stands for a physical one, and a neighbour at the other end of its cable. */
async function machine(): Promise<{ host: NetworkNamespace; neighbour: NetworkNamespace }> {
  const [host, neighbour] = [await namedHost(), await scratchHost()];
  await sh(
    host,
    `ip link add phys0 type veth peer name eth0 netns /proc/${process.pid}/fd/${neighbour.fd}
     ip link add extra0 type ifb
     ip link set phys0 addrgenmode none up`,
  );
  await sh(
    neighbour,
    'ip link set eth0 addrgenmode none; ip addr add 192.0.2.1/24 dev eth0; ip link set eth0 up',
  );
  return { host, neighbour };
}

test('a device moves in, works there, and is back when the namespace is deleted', async () => {
  const { host } = await machine();
  const before = await snapshot(host);
  const ns = await NetworkNamespace.create();
  await ns.take('phys0', { from: host });
  expect(await names(host)).toEqual(['extra0', 'lo']);
  expect(await names(ns)).toEqual(['lo', 'phys0']);
  await sh(ns, 'ip addr add 192.0.2.2/24 dev phys0; ip link set phys0 up');
  await ping(ns, '192.0.2.1');

  // Whatever it is called by now: it is known by its index.
  await sh(ns, 'ip link set phys0 down; ip link set phys0 name other0');
  await ns.delete();
  const [phys0] = await ipJson(host, 'link', 'show', 'dev', 'phys0');
  expect(phys0.flags).toContain('UP');
  expect(await snapshot(host)).toEqual(before);
});

test('it can have another name inside, and is given back one by one', async () => {
  const { host } = await machine();
  const ns = await NetworkNamespace.create();
  await ns.take('phys0', { from: host, as: 'wan' });
  await ns.take('extra0', { from: host });
  expect(await names(ns)).toEqual(['extra0', 'lo', 'wan']);
  await ns.giveBack('wan');
  expect(await names(host)).toEqual(['lo', 'phys0']);
  expect(await names(ns)).toEqual(['extra0', 'lo']);
  await expect(ns.giveBack('lo')).rejects.toMatchObject({
    code: 'ENODEV',
    operation: 'netns.giveBack',
    object: 'lo',
  });
  await ns.delete();
  expect(await names(host)).toEqual(['extra0', 'lo', 'phys0']);
});

test('what cannot move stays where it is', async () => {
  const { host } = await machine();
  const before = await snapshot(host);
  const ns = keep(await NetworkNamespace.create());
  await run(ns, 'ip', ['link', 'add', 'extra0', 'type', 'ifb']);
  await expect(ns.take('lo', { from: host })).rejects.toMatchObject({ code: 'EINVAL' });
  await expect(ns.take('missing0', { from: host })).rejects.toMatchObject({
    code: 'ENODEV',
    object: 'missing0',
  });
  await expect(ns.take('extra0', { from: host })).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(ns.take('extra0', { from: host, as: 'name-of-too-many-bytes' })).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
  });
  expect(await snapshot(host)).toEqual(before);
});

test('a device whose name is in use at home is not lost: the deletion says so, and may be tried again', async () => {
  const { host } = await machine();
  const ns = await NetworkNamespace.create();
  await ns.take('extra0', { from: host });
  await run(host, 'ip', ['link', 'add', 'extra0', 'type', 'ifb']);
  await expect(ns.delete()).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await names(ns)).toEqual(['extra0', 'lo']);
  await run(host, 'ip', ['link', 'delete', 'extra0']);
  await ns.delete();
  expect(await names(host)).toEqual(['extra0', 'lo', 'phys0']);
});

test('devices that are gone, and homes that are gone, do not keep a namespace', async () => {
  const { host } = await machine();
  const ns = await NetworkNamespace.create();
  await ns.take('extra0', { from: host });
  await ns.take('phys0', { from: host });
  await run(ns, 'ip', ['link', 'delete', 'extra0']);
  await host.delete();
  await ns.delete();
});

test('without a home the device is one of the caller’s own namespace', async () => {
  const own = await NetworkNamespace.current();
  await run(own, 'ip', ['link', 'add', 'own0', 'type', 'ifb']);
  const ns = await NetworkNamespace.create();
  await ns.take('own0');
  expect(await names(ns)).toEqual(['lo', 'own0']);
  expect(await names(own)).not.toContain('own0');
  await ns.delete();
  expect(await names(own)).toContain('own0');
  await run(own, 'ip', ['link', 'delete', 'own0']);
  await own.close();
});
