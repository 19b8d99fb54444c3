import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { NetworkNamespace } from '../../../src/netns/namespace';
import {
  eventually,
  ipJson,
  keep,
  killed,
  machineSnapshot,
  mounts,
  needTools,
  run,
  scratchHost,
  scratchName,
  tool,
} from '../../support';

needTools('ip', 'nsenter', 'unshare', 'sleep');

/** Adds a name as iproute2 does, and takes it away after the test. */
async function ipNetnsAdd(): Promise<string> {
  const name = scratchName();
  await tool('ip', ['netns', 'add', name]);
  return name;
}

test('names that other tools make are listed, followed, opened and deleted; other files are ignored', async () => {
  const odd = ['_router', 'qvpn:1', 'a b', 'ünï', '@dev', '-x', 'constructor'];
  const host = await scratchHost();
  for (const name of odd) await tool('ip', ['netns', 'add', name]);
  // `ip netns list` shows whatever file is there.
  const judged = (await tool('ip', ['netns', 'list'])).stdout.trim().split('\n');
  fs.writeFileSync('/run/netns/.note~', 'an editor left me');
  fs.mkdirSync('/run/netns/directory');
  try {
    const listed = (await NetworkNamespace.list()).map(({ name }) => name);
    expect(listed.sort()).toEqual(judged.map((line) => line.replace(/ \(id: \d+\)$/, '')).sort());
    expect(listed).toEqual(expect.arrayContaining(odd));
    await run(host, 'ip', ['link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1', 'netns', 'a b']);
    const [, v0] = (await host.inspect()).links;
    expect(v0?.linked).toMatchObject({ ifname: 'v1', netns: { name: 'a b' } });
  } finally {
    fs.rmSync('/run/netns/.note~');
    fs.rmdirSync('/run/netns/directory');
    const opened = await Promise.all(odd.map((name) => NetworkNamespace.open(name)));
    await Promise.all(opened.map((netns) => netns.delete()));
  }
  expect((await tool('ip', ['netns', 'list'])).stdout).toBe('');
});

describe('what `ip netns` made', () => {
  test('we open, list, use and delete it', async () => {
    const name = await ipNetnsAdd();
    const ns = keep(await NetworkNamespace.open(name));
    expect(ns.name).toBe(name);
    const listed = (await NetworkNamespace.list()).find((info) => info.name === name);
    expect(listed).toEqual({ name, path: `/run/netns/${name}`, inode: fs.fstatSync(ns.fd).ino });
    await ns.rtnl.link.set({ ifname: 'lo', up: true });
    const { stdout } = await tool('ip', ['-n', name, '-j', 'link', 'show', 'lo']);
    expect(JSON.parse(stdout)[0].flags).toContain('UP');
    await ns.delete();
    expect((await tool('ip', ['netns', 'list'])).stdout).not.toContain(name);
    expect(fs.existsSync(`/run/netns/${name}`)).toBe(false);
  });

  test('disposing of what we only opened leaves it', async () => {
    const name = await ipNetnsAdd();
    const ns = await NetworkNamespace.open(name);
    await ns[Symbol.asyncDispose]();
    expect(ns.fd).toBe(-1);
    expect((await tool('ip', ['netns', 'list'])).stdout).toContain(name);
    await tool('ip', ['netns', 'del', name]);
  });

  test('its ids are in the list', async () => {
    const name = await ipNetnsAdd();
    await tool('ip', ['netns', 'set', name, '4242']);
    expect((await NetworkNamespace.list()).find((info) => info.name === name)?.nsid).toBe(4242);
    await tool('ip', ['netns', 'del', name]);
  });
});

describe('what we made', () => {
  test('`ip netns` lists, enters and identifies it', async () => {
    const ns = keep(await NetworkNamespace.create(scratchName()));
    const name = ns.name!;
    expect((await tool('ip', ['netns', 'list'])).stdout).toMatch(new RegExp(`^${name}\\b`, 'm'));
    const { stdout } = await tool('ip', ['netns', 'exec', name, 'readlink', '/proc/self/ns/net']);
    expect(stdout.trim()).toBe(`net:[${fs.fstatSync(ns.fd).ino}]`);
    const child = ns.spawn('sleep', ['30'], { stdio: 'ignore' });
    expect((await tool('ip', ['netns', 'identify', String(child.pid)])).stdout.trim()).toBe(name);
    expect((await tool('ip', ['netns', 'pids', name])).stdout.trim()).toBe(String(child.pid));
    await killed(child);
  });

  test('`ip netns del` removes it, and our delete still succeeds', async () => {
    const ns = keep(await NetworkNamespace.create(scratchName()));
    await tool('ip', ['netns', 'del', ns.name!]);
    expect(machineSnapshot().names).toEqual([]);
    await run(ns, 'true'); // Our descriptor holds it.
    await ns.delete();
    await ns.delete();
  });
});

test('a stale file is not listed, and is replaced', async () => {
  keep(await NetworkNamespace.create(scratchName())); // The directory exists from here on.
  const name = scratchName();
  fs.writeFileSync(`/run/netns/${name}`, '', { mode: 0 });
  expect((await NetworkNamespace.list()).map((info) => info.name)).not.toContain(name);
  await expect(NetworkNamespace.open(name)).rejects.toMatchObject({
    operation: 'netns.open',
    object: name,
    code: 'EINVAL',
  });
  const ns = keep(await NetworkNamespace.create(name));
  expect((await NetworkNamespace.list()).map((info) => info.name)).toContain(name);
  expect((await tool('ip', ['netns', 'exec', name, 'readlink', '/proc/self/ns/net'])).stdout.trim()).toBe(
    `net:[${fs.fstatSync(ns.fd).ino}]`,
  );
  expect(mounts().filter((line) => line.startsWith(`/run/netns/${name} `))).toHaveLength(1);
});

test("a file with content under a name is nobody's to replace", async () => {
  keep(await NetworkNamespace.create(scratchName()));
  const name = scratchName();
  fs.writeFileSync(`/run/netns/${name}`, 'precious');
  await expect(NetworkNamespace.create(name)).rejects.toMatchObject({ code: 'EEXIST', object: name });
  expect(fs.readFileSync(`/run/netns/${name}`, 'utf8')).toBe('precious');
  fs.unlinkSync(`/run/netns/${name}`);
});

describe('open', () => {
  test('by process, path and descriptor', async () => {
    const host = await scratchHost();
    const child = spawn('unshare', ['--net', 'sleep', '30'], { stdio: 'ignore' });
    const own = fs.readlinkSync('/proc/self/ns/net');
    await eventually(
      'the child has its own namespace',
      () => fs.readlinkSync(`/proc/${String(child.pid)}/ns/net`) !== own,
    );
    const inode = Number(/\d+/.exec(fs.readlinkSync(`/proc/${String(child.pid)}/ns/net`))![0]);
    const byPid = await NetworkNamespace.open({ pid: child.pid! });
    const byPath = await NetworkNamespace.open({ path: `/proc/${String(child.pid)}/ns/net` });
    const byFd = await NetworkNamespace.open({ fd: byPid.fd });
    for (const ns of [byPid, byPath, byFd]) {
      expect(fs.fstatSync(ns.fd).ino).toBe(inode);
      expect(ns.cookie).toBe(byPid.cookie);
      expect(ns.name).toBeUndefined();
    }
    expect(byPid.cookie).not.toBe(host.cookie);
    expect(await byPid.pids()).toEqual([child.pid]);
    await killed(child);
    await Promise.all([byPid.close(), byPath.close()]);
    expect(await ipJson(byFd, 'link')).not.toHaveLength(0); // One descriptor is enough to keep it.
    await byFd.close();
  });

  test('fails for what is not there or is no network namespace', async () => {
    await expect(NetworkNamespace.open('no-such-name')).rejects.toMatchObject({
      code: 'ENOENT',
      object: 'no-such-name',
    });
    await expect(NetworkNamespace.open({ pid: 2 ** 22 + 1 })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(NetworkNamespace.open({ path: '/etc/passwd' })).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(NetworkNamespace.open({ path: '/proc/self/ns/mnt' })).rejects.toMatchObject({
      code: 'EINVAL',
    });
    await expect(NetworkNamespace.open({ path: '/run' })).rejects.toMatchObject({
      operation: 'netns.open',
      object: '/run',
    });
  });
});

test('current is where this process lives', async () => {
  const ns = await NetworkNamespace.current();
  expect(fs.fstatSync(ns.fd).ino).toBe(fs.statSync('/proc/self/ns/net').ino);
  expect(await ns.pids()).toContain(process.pid);
  await ns[Symbol.asyncDispose]();
  expect(ns.fd).toBe(-1);
});
