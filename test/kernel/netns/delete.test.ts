import { once } from 'node:events';
import fs from 'node:fs';
import { NetworkNamespace } from '../../../src/netns/namespace';
import { Rtnl } from '../../../src/rtnl/rtnl';
import {
  descriptors,
  descriptorsBeyond,
  ipJson,
  keep,
  killed,
  machineSnapshot,
  needTools,
  run,
  runChild,
  scratchHost,
  scratchName,
  tool,
} from '../../support';

needTools('ip', 'sleep', 'mount', 'prlimit');

/** Joins a namespace to the host by a pair whose other end the kernel removes with the namespace. */
async function joined(host: NetworkNamespace, ns: NetworkNamespace, ifname: string): Promise<void> {
  const child = ns.spawn('sleep', ['30'], { stdio: 'ignore' });
  await run(host, 'ip', [
    'link',
    'add',
    ifname,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    String(child.pid),
  ]);
  await killed(child);
}

test('the kernel lets go of the namespace and of what is in it', async () => {
  const host = await scratchHost();
  for (let round = 0; round < 20; round++) {
    const ns = await NetworkNamespace.create(scratchName());
    await joined(host, ns, 'v0');
    await run(host, 'ip', ['link', 'show', 'v0']);
    await ns.rtnl.link.list(); // An open socket of ours must not hold it.
    await ns.delete();
    expect(ns.fd).toBe(-1);
    expect(fs.existsSync(`/run/netns/${ns.name!}`)).toBe(false);
    expect(await ipJson(host, 'link')).toHaveLength(1);
  }
});

test('a process inside is named, and the name is gone', async () => {
  const ns = await NetworkNamespace.create(scratchName());
  const child = ns.spawn('sleep', ['30'], { stdio: 'ignore' });
  const error = await ns.delete().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'NetlinkError', code: 'EBUSY', operation: 'netns.delete' });
  expect((error as Error).message).toContain(String(child.pid));
  expect((error as Error).message).toContain(ns.name);
  expect(fs.existsSync(`/run/netns/${ns.name!}`)).toBe(false);
  await killed(child);
});

test('a process that ends in time holds nothing up', async () => {
  const ns = await scratchHost();
  const child = ns.spawn('sleep', ['30'], { stdio: 'ignore' });
  const closed = once(child, 'close');
  const deleted = ns.delete();
  child.kill('SIGKILL');
  await Promise.all([deleted, closed]);
});

test('a descriptor elsewhere is told, and the delete can be repeated', async () => {
  const ns = await NetworkNamespace.create();
  const held = fs.openSync(`/proc/self/fd/${ns.fd}`, 'r');
  const error = await ns.delete().catch((reason: unknown) => reason);
  fs.closeSync(held);
  expect(error).toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
  expect((error as Error).message).toContain('this process has the namespace open');
  await ns.delete();
});

test('deleting twice, after close, and what is gone already', async () => {
  const twice = await NetworkNamespace.create(scratchName());
  await Promise.all([twice.delete(), twice.delete()]);
  await twice.delete();

  const closed = await NetworkNamespace.create(scratchName());
  await closed.close();
  expect(fs.existsSync(`/run/netns/${closed.name!}`)).toBe(true);
  await closed.delete();
  expect(fs.existsSync(`/run/netns/${closed.name!}`)).toBe(false);

  const anonymous = await NetworkNamespace.create();
  await anonymous.close();
  await anonymous.delete();
});

test('a name that means another namespace by now is left alone', async () => {
  const old = await NetworkNamespace.create(scratchName());
  const older = await NetworkNamespace.create(scratchName());
  await older.close();
  for (const { name } of [old, older]) {
    await tool('ip', ['netns', 'del', name!]);
    await tool('ip', ['netns', 'add', name!]);
  }
  await Promise.all([old.delete(), older.delete()]);
  expect(machineSnapshot().names).toEqual([`/run/netns/${old.name!}`, `/run/netns/${older.name!}`]);
  for (const { name } of [old, older]) await (await NetworkNamespace.open(name!)).delete();
});

test('a name that could not be removed is removed by the next call', async () => {
  const all = await NetworkNamespace.createMany([scratchName(), scratchName()]);
  const remount = (mode: string): Promise<unknown> =>
    tool('mount', ['-o', `remount,bind,${mode}`, '/run/netns']);
  await remount('ro');
  const refused = await Promise.allSettled(all.map((ns) => ns.delete()));
  await remount('rw');
  for (const [index, result] of refused.entries()) {
    const object = all[index]!.name;
    expect(result).toMatchObject({ reason: { code: 'EROFS', operation: 'netns.delete', object } });
    // As open as before: its socket as well.
    expect(await all[index]!.rtnl.link.get({ ifname: 'lo' })).toMatchObject({ ifname: 'lo' });
  }
  await Promise.all(all.map((ns) => ns.delete()));
  expect(machineSnapshot().names).toEqual([]);
});

test('without a free descriptor the kernel says so, and the next call deletes', async () => {
  const ran = await runChild('without-descriptors', [scratchName()]);
  expect(ran).toMatchObject({ code: 0, stdout: 'EMFILE, then deleted\n' });
  expect(machineSnapshot().names).toEqual([]);
});

test('those that are held keep no other waiting', async () => {
  const [busy, stuck, ...others] = (await NetworkNamespace.createMany(20)) as [
    NetworkNamespace,
    NetworkNamespace,
    ...NetworkNamespace[],
  ];
  const child = busy.spawn('sleep', ['30'], { stdio: 'ignore' });
  const held = fs.openSync(`/proc/self/fd/${stuck.fd}`, 'r');
  let waiting = true;
  const refused = [busy, stuck].map((ns) => ns.delete().catch((error: unknown) => error));
  void refused[1]?.then(() => (waiting = false));
  await Promise.all(others.map((ns) => ns.delete()));
  expect(waiting).toBe(true);
  for (const error of await Promise.all(refused)) expect(error).toMatchObject({ code: 'EBUSY' });
  fs.closeSync(held);
  await killed(child);
});

test('a thousand go together', async () => {
  await NetworkNamespace.create().then((ns) => ns.delete()); // The observer of deletions stays open.
  const before = descriptors();
  const all = await NetworkNamespace.createMany(1000);
  await Promise.all(all.map((ns) => ns.delete()));
  expect(descriptorsBeyond(before)).toEqual([]);
});

test('hundreds with names go as well, and only who is held is refused', async () => {
  await NetworkNamespace.create().then((ns) => ns.delete());
  const before = descriptors();
  const all = await NetworkNamespace.createMany(Array.from({ length: 250 }, scratchName));
  expect(all.filter(({ name }) => fs.existsSync(`/run/netns/${name!}`))).toHaveLength(250);
  const last = all.at(-1) as NetworkNamespace;
  const child = last.spawn('sleep', ['30'], { stdio: 'ignore' });
  const results = await Promise.allSettled(all.map((ns) => ns.delete()));
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(1);
  expect(results.at(-1)).toMatchObject({ reason: { code: 'EBUSY', object: `namespace '${last.name!}'` } });
  expect(all.filter(({ name }) => fs.existsSync(`/run/netns/${name!}`))).toHaveLength(0);
  await killed(child);
  expect(descriptorsBeyond(before)).toEqual([]);
});

test('what listens and asks inside ends with the namespace, also by other objects', async () => {
  const ns = await NetworkNamespace.create(scratchName());
  const own = await Rtnl.open({ netns: ns });
  const monitors = [ns.rtnl, own].map((rtnl) => rtnl.monitor());
  const unread = monitors.map((monitor) => monitor.next());
  await ns.rtnl.link.list();
  await ns.delete();
  for (const next of unread) expect(await next).toEqual({ done: true, value: undefined });
  await expect(own.link.list()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});

test('dispose deletes what was created', async () => {
  const name = scratchName();
  const ns = await NetworkNamespace.create(name);
  await ns[Symbol.asyncDispose]();
  await ns[Symbol.asyncDispose]();
  expect(fs.existsSync(`/run/netns/${name}`)).toBe(false);
  const closed = keep(await NetworkNamespace.create(scratchName()));
  await closed.close();
  await closed[Symbol.asyncDispose]();
  expect(fs.existsSync(`/run/netns/${closed.name!}`)).toBe(true);
});
