import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { NetworkNamespace } from '../../../src/netns/namespace';
import { gc } from '../../../src/network/gc/gc';
import { Network } from '../../../src/network/network';
import { NamespacePool } from '../../../src/pool/pool';
import {
  ipJson,
  killed,
  lab,
  machineSnapshot,
  namedHost,
  needTools,
  ping,
  runToEnd,
  scratchName,
  waitForText,
} from '../../support';

needTools('ip', 'ping', 'sh', 'bash', 'sleep', 'unshare', 'setpriv');

beforeAll(async () => {
  // /run/netns is mounted with the first name.
  await NetworkNamespace.create(scratchName()).then((ns) => ns.delete());
});

const refusalOf = async (ns: NetworkNamespace): Promise<Error> =>
  ns.delete().then(
    () => new Error('it was deleted'),
    (error: unknown) => error as Error,
  );

test('EBUSY names who lives inside, what helps, and a further delete succeeds once they are gone', async () => {
  const before = machineSnapshot();
  const ns = await NetworkNamespace.create(scratchName());
  const child = ns.spawn('sleep', ['60'], { stdio: 'ignore' });
  const error = await refusalOf(ns);
  expect(error).toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
  expect(error.message).toContain(`process ${child.pid!} (sleep) runs inside`);
  expect(error.message).toContain('or pass { kill: true }');
  // Still held: it is asked anew, not remembered.
  expect((await refusalOf(ns)).message).toContain(String(child.pid));
  await killed(child);
  await ns.delete();
  await ns.delete();
  expect(machineSnapshot()).toEqual(before);
});

test('the namespace of this process is refused, and networks on it go on', async () => {
  const host = await NetworkNamespace.current();
  await using network = await Network.create({ name: 'home', subnet: '10.79.0.0/24', host, nat: false });
  await expect(host.delete()).rejects.toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
  const { netns } = await network.attach(scratchName());
  await ping(netns, network.gateway);
  await host.close();
});

test('it is refused by whatever handle, with or without kill, and nothing in it ends', async () => {
  const handles = [
    await NetworkNamespace.current(),
    await NetworkNamespace.open({ pid: process.pid }),
    await NetworkNamespace.open({ path: '/proc/self/ns/net' }),
  ];
  const [host] = handles;
  const server = net.createServer((socket) => socket.end('hello'));
  await host!.listen(server, { port: 0, host: '127.0.0.1' });
  const { port } = server.address() as AddressInfo;
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  for (const handle of handles) {
    await expect(handle.delete()).rejects.toMatchObject({ code: 'EBUSY', operation: 'netns.delete' });
    await expect(handle.delete({ kill: true })).rejects.toThrow(/this process/);
  }
  const refused = await Promise.allSettled(handles.map((handle) => handle.delete()));
  expect(refused.map(({ status }) => status)).toEqual(handles.map(() => 'rejected'));
  const socket = net.connect(port, '127.0.0.1');
  expect(String((await once(socket, 'data'))[0])).toBe('hello');
  expect(child.exitCode ?? child.signalCode).toBeNull();
  expect((await host!.exec('ip', ['-br', 'link'])).stdout).toContain('lo');
  await killed(child);
  server.close();
  await Promise.all(handles.map((handle) => handle.close()));
});

// A descriptor on its way through a socket is in no table of descriptors.
const IN_FLIGHT = `
import os, socket, sys
near, far = socket.socketpair()
fd = os.open(sys.argv[1], os.O_RDONLY)
socket.send_fds(near, [b'x'], [fd])
os.close(fd)
print('ready', flush=True)
sys.stdin.read()`;

test('what /proc does not show holds a namespace as well, however often it is deleted', async () => {
  const before = machineSnapshot();
  const home = await NetworkNamespace.current();
  const ns = await NetworkNamespace.create(scratchName());
  const holder = home.spawn('python3', ['-c', IN_FLIGHT, `/run/netns/${ns.name!}`]);
  await waitForText(holder, 'ready');
  for (let turn = 0; turn < 3; turn++) {
    expect(await refusalOf(ns)).toMatchObject({
      code: 'EBUSY',
      message: expect.stringContaining('that /proc does not show'),
    });
  }
  await killed(holder);
  await ns.delete();
  await home.close();
  expect(machineSnapshot()).toEqual(before);
});

test('EBUSY names who has it open, has a socket inside, a thread inside, or has it mounted', async () => {
  const [open, socket, thread, mounted] = await NetworkNamespace.createMany(4);
  const home = await NetworkNamespace.current();
  const place = (ns: NetworkNamespace): string => `/proc/${process.pid}/fd/${ns.fd}`;
  const opens = home.spawn('bash', ['-c', `exec 7<${place(open!)}; echo ready; exec sleep 60`]);
  // These come home, and keep what was born inside.
  const script = `
    const { NetworkNamespace } = require('${path.join(__dirname, '../../../dist/index.js')}');
    const net = require('node:net');
    const [path, kind] = process.argv.slice(1);
    NetworkNamespace.open({ path }).then(async (ns) => {
      if (kind === 'socket') await ns.listen(net.createServer(), { port: 80 });
      else await new Promise((resolve) => ns.worker('setInterval(() => 0, 1000)', { eval: true }).on('online', resolve));
      await ns.close();
      console.log('ready');
    });`;
  const program = (ns: NetworkNamespace, kind: string): ReturnType<NetworkNamespace['spawn']> =>
    home.spawn(process.execPath, ['-e', script, place(ns), kind]);
  const listens = program(socket!, 'socket');
  const works = program(thread!, 'thread');
  const mounts = home.spawn('unshare', [
    ...['--mount', '--propagation', 'private', 'sh', '-c'],
    `touch /tmp/${process.pid}.mounted && mount --bind ${place(mounted!)} /tmp/${process.pid}.mounted && echo ready && exec sleep 60`,
  ]);
  await Promise.all([opens, listens, works, mounts].map((child) => waitForText(child, 'ready')));
  const [byOpen, bySocket, byThread, byMount] = await Promise.all(
    [open!, socket!, thread!, mounted!].map(refusalOf),
  );
  expect(byOpen!.message).toContain(`process ${opens.pid!} (sleep) has the namespace open`);
  expect(bySocket!.message).toMatch(new RegExp(`process ${listens.pid!} \\(.*\\) has a socket inside`));
  expect(byThread!.message).toMatch(new RegExp(`process ${works.pid!} \\(.*\\) has a thread inside`));
  expect(byMount!.message).toContain(
    `process ${mounts.pid!} (sleep) has the namespace mounted on /tmp/${process.pid}.mounted`,
  );
  // None of them is killed: they only hold it.
  await expect(socket!.delete({ kill: true })).rejects.toMatchObject({ code: 'EBUSY' });
  await Promise.all([opens, listens, works, mounts].map((child) => killed(child)));
  fs.rmSync(`/tmp/${process.pid}.mounted`);
  await Promise.all([open!, socket!, thread!, mounted!].map((ns) => ns.delete()));
  await home.close();
});

test('the pipes to a child are sockets of this process inside, and end with the child', async () => {
  const ns = await NetworkNamespace.create();
  const child = ns.spawn('sleep', ['60']);
  const { message } = await refusalOf(ns);
  expect(message).toContain('this process has a socket inside');
  expect(message).toContain(`process ${child.pid!} (sleep) runs inside`);
  await killed(child);
  await ns.delete();
});

test('this process is told by that name', async () => {
  const ns = await NetworkNamespace.create();
  const again = await NetworkNamespace.open({ fd: ns.fd });
  expect((await refusalOf(ns)).message).toContain('this process has the namespace open');
  await again.close();
  await ns.delete();
});

test('delete with kill ends what lives inside, also what ignores signals, forks on, or is a worker', async () => {
  const before = machineSnapshot();
  const ns = await NetworkNamespace.create(scratchName());
  const stubborn = ns.spawn('sh', ['-c', 'trap "" TERM INT HUP; echo ready; while :; do sleep 1; done']);
  const forks = ns.spawn('bash', ['-c', 'echo ready; while :; do sleep 60 & sleep 0.01; done']);
  const worker = ns.worker('setInterval(() => 0, 1000)', { eval: true });
  await Promise.all([waitForText(stubborn, 'ready'), waitForText(forks, 'ready'), once(worker, 'online')]);
  const exits = [once(stubborn, 'exit'), once(forks, 'exit'), once(worker, 'exit')];
  await ns.delete({ kill: true });
  await Promise.all(exits);
  expect(machineSnapshot()).toEqual(before);
});

test('a delete that was refused can be repeated with kill', async () => {
  const ns = await NetworkNamespace.create();
  const child = ns.spawn('sleep', ['60'], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  expect(await refusalOf(ns)).toMatchObject({ code: 'EBUSY' });
  await ns.delete({ kill: true });
  expect(await gone).toEqual([null, 'SIGKILL']);
});

test('a closed namespace is killed by its name; the option must be a boolean', async () => {
  const ns = await NetworkNamespace.create(scratchName());
  const child = ns.spawn('sleep', ['60'], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  await ns.close();
  await expect(ns.delete({ kill: 'yes' as never })).rejects.toMatchObject({ path: 'kill' });
  await ns.delete({ kill: true });
  expect(await gone).toEqual([null, 'SIGKILL']);
  const home = await NetworkNamespace.current();
  await expect(home.delete({ kill: true })).rejects.toThrow(/must not be the namespace of this process/);
  await home.close();
});

test('a process that may not be signalled is told', async () => {
  const script = `
    const { NetworkNamespace } = require('${path.join(__dirname, '../../../dist/index.js')}');
    NetworkNamespace.open({ path: process.argv[1] }).then((ns) => ns.killAll('SIGKILL')).catch((error) => console.log(error.code, error.message));`;
  const ns = await NetworkNamespace.create();
  const child = ns.spawn('sleep', ['60'], { stdio: 'ignore', user: 'nobody' });
  // Without CAP_KILL root is to another user's processes as any user is.
  const drop = ['setpriv', '--bounding-set=-kill', '--inh-caps=-kill'];
  const command = [...drop, process.execPath, '-e', script, `/proc/${child.pid!}/ns/net`];
  const { stdout, stderr } = await runToEnd(command);
  await ns.delete({ kill: true });
  expect(stderr).toBe('');
  expect(stdout).toContain('EPERM');
  expect(stdout).toContain(`${child.pid!} (sleep)`);
});

test('a pool ends processes on request, and takes back again what was busy', async () => {
  const pool = new NamespacePool({ size: 2 });
  const [busy, idle] = await Promise.all([pool.acquire(), pool.acquire()]);
  const child = busy.spawn('sleep', ['60'], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const ends = await Promise.allSettled([pool.release(busy), pool.release(idle)]);
  expect(ends).toMatchObject([{ status: 'rejected', reason: { code: 'EBUSY' } }, { status: 'fulfilled' }]);
  await pool.release(busy, { kill: true });
  expect(await gone).toEqual([null, 'SIGKILL']);
  await pool.close();
});

test('a network ends processes on request, in one endpoint or in all, also after a refusal', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'lab', subnet: '10.68.0.0/24', host });
  const [one, two, three] = await network.attachMany(3);
  const children = [one!, two!, three!].map(({ netns }) => netns.spawn('sleep', ['60'], { stdio: 'ignore' }));
  const exits = children.map((child) => once(child, 'exit'));
  await expect(network.detach(one!)).rejects.toThrow(`process ${children[0]!.pid!} (sleep) runs inside`);
  await expect(network.detach(one!)).rejects.toMatchObject({ code: 'EBUSY' });
  await network.detach(one!, { kill: true });
  await network.detach(two!, { kill: true });
  await expect(network.delete()).rejects.toThrow(`process ${children[2]!.pid!} (sleep) runs inside`);
  await network.delete({ kill: true });
  expect(await Promise.all(exits)).toEqual(children.map(() => [null, 'SIGKILL']));
  for (const { netns } of [one!, two!, three!]) await netns.delete();
});

test('a network that was refused its end for a namespace is refused it again, until that is let go', async () => {
  for (const lifetime of ['process', 'persistent'] as const) {
    const { host } = await lab();
    const network = await Network.create({ name: 'lab', subnet: '10.68.0.0/24', lifetime, host });
    const [one, two] = await network.attachMany([scratchName(), scratchName()]);
    const children = [one, two].map(({ netns }) => netns.spawn('sleep', ['60'], { stdio: 'ignore' }));
    const exits = children.map((child) => once(child, 'exit'));
    await expect(network.delete()).rejects.toMatchObject({ code: 'EBUSY' });
    children[0]!.kill('SIGKILL');
    await exits[0];
    // The network is gone, and one namespace is still there.
    expect(await ipJson(host, 'link', 'show', 'type', 'bridge')).toEqual([]);
    const again = [network.delete(), network.delete()];
    for (const refused of again)
      await expect(refused).rejects.toThrow(`process ${children[1]!.pid!} (sleep) runs inside`);
    await network.close();
    children[1]!.kill('SIGKILL');
    await exits[1];
    await network.delete();
    await network.delete();
  }
});

test('a host is deleted although networks are open on it', async () => {
  const host = await namedHost();
  const subnets = ['10.68.0.0/24', '10.69.0.0/24'];
  const networks = await Promise.all(
    subnets.map((subnet, index) =>
      Network.create({ ...{ name: `n${index}`, subnet, host }, lifetime: 'persistent' }),
    ),
  );
  networks.push(await Network.open('n0', { host }));
  await host.delete();
  for (const network of networks) await network.close();
  await gc();
  expect(machineSnapshot().journal).toEqual([]);
});
