import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { NetworkNamespace } from '../../../src/netns/namespace';
import { Plan } from '../../../src/plan/plan';
import { descriptors, eventually, ipJson, needTools, scratchHost, snapshot } from '../../support';

needTools('unshare', 'sleep', 'ip');

/** A process in a network namespace that nothing else holds. */
async function loner(): Promise<{ pid: number; end: () => Promise<void> }> {
  const child = spawn('unshare', ['--net', 'sleep', '60'], { stdio: 'ignore' });
  const pid = child.pid!;
  const own = fs.readlinkSync('/proc/self/ns/net');
  await eventually('the process has its own namespace', () => fs.readlinkSync(`/proc/${pid}/ns/net`) !== own);
  const closed = once(child, 'close');
  return {
    pid,
    end: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

test('a namespace outlives its processes while it is open here', async () => {
  const process = await loner();
  const ns = await NetworkNamespace.open({ pid: process.pid });
  await process.end();
  await ns.rtnl.link.set({ ifname: 'lo', up: true });
  expect((await ipJson(ns, 'link', 'show', 'lo'))[0].flags).toContain('UP');
  await ns.delete();
});

test("a process that died is the kernel's errno with the object's name, and nothing is left", async () => {
  const host = await scratchHost();
  const process = await loner();
  await process.end();
  const before = await snapshot(host);
  const open = descriptors();
  await expect(NetworkNamespace.open({ pid: process.pid })).rejects.toMatchObject({
    code: 'ENOENT',
    object: `/proc/${process.pid}/ns/net`,
  });
  await host.rtnl.link.list();
  const withSocket = descriptors();
  await expect(
    host.rtnl.link.add({ ifname: 'v0', kind: 'veth', peer: { ifname: 'eth0', netns: { pid: process.pid } } }),
  ).rejects.toMatchObject({ code: 'ENOENT', operation: 'link.add', object: 'v0' });
  expect(descriptors()).toEqual(withSocket);
  expect(withSocket.length).toBeLessThanOrEqual(open.length + 2);
  expect(await snapshot(host)).toEqual(before);
});

test('a plan with a namespace that cannot be opened any more takes everything back', async () => {
  const host = await scratchHost();
  const process = await loner();
  const path = `/proc/${process.pid}/ns/net`;
  await process.end();
  const before = await snapshot(host);
  const plan = new Plan({
    namespaces: { host },
    steps: [
      { op: 'link.add', netns: 'host', body: { ifname: 'v0', kind: 'veth', peer: { ifname: 'v1' } } },
      { op: 'addr.add', netns: 'host', body: { dev: 'v0', address: '10.0.0.1/24' } },
      { op: 'netns.open', netns: 'gone', path },
    ],
  });
  await expect(plan.apply()).rejects.toMatchObject({ code: 'ENOENT', operation: 'netns.open', step: 2 });
  expect(await snapshot(host)).toEqual(before);
});

test('what was closed says so everywhere', async () => {
  const ns = await NetworkNamespace.create();
  const { rtnl, firewall } = ns;
  await rtnl.link.list();
  await ns.delete();
  await expect(rtnl.link.list()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await expect(ns.rtnl.link.list()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await expect(firewall.list()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await expect(ns.inspect()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  const host = await scratchHost();
  await expect(
    host.rtnl.link.add({ ifname: 'v0', kind: 'veth', peer: { ifname: 'eth0', netns: ns } }),
  ).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  const plan = new Plan({
    namespaces: { ns },
    steps: [{ op: 'link.set', netns: 'ns', body: { ifname: 'lo', up: true } }],
  });
  await expect(plan.apply()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});
