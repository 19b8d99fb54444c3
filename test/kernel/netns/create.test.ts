import fs from 'node:fs';
import { NetworkNamespace } from '../../../src/netns/namespace';
import {
  descriptors,
  descriptorsBeyond,
  ipJson,
  keep,
  machineSnapshot,
  needTools,
  run,
  runChildBy,
  scratchHost,
  scratchName,
  sh,
} from '../../support';

needTools('ip', 'nsenter', 'setpriv');

// The first name of all makes /run/netns a mount, which stays.
beforeAll(async () => {
  await NetworkNamespace.create(scratchName()).then((ns) => ns.delete());
});

test('an anonymous namespace has nothing but a loopback device that is up', async () => {
  const before = machineSnapshot();
  const ns = await scratchHost();
  expect(ns.name).toBeUndefined();
  expect(machineSnapshot()).toEqual(before);
  const links = (await ipJson(ns, 'link')).filter(
    (link) => !('link_pointtopoint' in link) || link.ifname === 'lo',
  );
  const lo = links.find((link) => link.ifname === 'lo');
  expect(lo.flags).toEqual(expect.arrayContaining(['LOOPBACK', 'UP', 'LOWER_UP']));
  expect(links.filter((link) => link.link_type === 'ether')).toEqual([]);
  await run(ns, 'ping', ['-c1', '-W2', '127.0.0.1']);
});

test("the cookie is the kernel's own and tells namespaces apart", async () => {
  const [a, b] = [await scratchHost(), await scratchHost()];
  expect(a.cookie).not.toBe(b.cookie);
  const again = keep(await NetworkNamespace.open({ fd: a.fd }));
  expect(again.cookie).toBe(a.cookie);
  expect(again.fd).not.toBe(a.fd);
  await again.close();
});

test('options write settings before loopback is up', async () => {
  const ns = await scratchHost({
    ipv6: false,
    sysctls: { 'net.ipv4.ip_forward': 1, 'net.ipv4.conf.lo.rp_filter': '2' },
  });
  const { stdout } = await sh(
    ns,
    'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/lo/rp_filter /proc/sys/net/ipv6/conf/default/disable_ipv6',
  );
  expect(stdout.split('\n').slice(0, 3)).toEqual(['1', '2', '1']);
  const [lo] = await ipJson(ns, 'addr', 'show', 'lo');
  expect(lo.addr_info.map((entry: { family: string }) => entry.family)).toEqual(['inet']);
  expect(fs.readFileSync('/proc/thread-self/net/dev', 'utf8')).toContain('lo:');
});

test('a setting that does not exist fails the creation, names it and leaves nothing', async () => {
  const before = machineSnapshot();
  const name = scratchName();
  await expect(
    NetworkNamespace.create(name, { sysctls: { 'net.ipv4.no_such_thing': 1 } }),
  ).rejects.toMatchObject({ code: 'ENOENT', operation: 'netns.create', object: name });
  expect(machineSnapshot()).toEqual(before);
});

test('a name that is taken is EEXIST with the name, and stays whose it was', async () => {
  const first = keep(await NetworkNamespace.create(scratchName()));
  const before = machineSnapshot();
  const error = (await NetworkNamespace.create(first.name).catch((reason: unknown) => reason)) as Error;
  expect(error).toMatchObject({
    name: 'NetlinkError',
    code: 'EEXIST',
    operation: 'netns.create',
    object: first.name,
  });
  expect(error.message).toContain(first.name);
  expect(machineSnapshot()).toEqual(before);
});

test('createMany makes all', async () => {
  const names = Array.from({ length: 20 }, scratchName);
  const all = (await NetworkNamespace.createMany(names)).map(keep);
  expect(all.map((ns) => ns.name)).toEqual(names);
  expect(new Set(all.map((ns) => ns.cookie)).size).toBe(20);
  const { stdout } = await run(all[0]!, 'ip', ['netns', 'list']);
  for (const name of names) expect(stdout).toMatch(new RegExp(`^${name}\\b`, 'm'));
  const anonymous = (await NetworkNamespace.createMany(30)).map(keep);
  expect(anonymous).toHaveLength(30);
  expect(new Set(anonymous.map((ns) => fs.fstatSync(ns.fd).ino)).size).toBe(30);
});

test('createMany makes none if one fails', async () => {
  const taken = keep(await NetworkNamespace.create(scratchName()));
  const before = machineSnapshot();
  const open = descriptors();
  const names = [scratchName(), scratchName(), taken.name!, scratchName()];
  await expect(NetworkNamespace.createMany(names)).rejects.toMatchObject({
    code: 'EEXIST',
    operation: 'netns.createMany',
    object: taken.name,
  });
  expect(machineSnapshot()).toEqual(before);
  expect(descriptorsBeyond(open)).toEqual([]);
});

test('without the capability there is one clear error', async () => {
  const command = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];
  const { code, stdout, stderr } = await runChildBy(command, 'create-one', [scratchName()]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const errors = JSON.parse(stdout) as { code: string; message: string }[];
  expect(errors).toHaveLength(3);
  for (const error of errors) {
    expect(error.code).toBe('EPERM');
    expect(error.message).toContain('CAP_SYS_ADMIN');
  }
});
