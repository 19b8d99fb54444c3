import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { connectNamespaces } from '../../../src/topology/connect-namespaces';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import {
  descriptors,
  descriptorsBeyond,
  lab,
  needTools,
  run,
  scratchHost,
  serve,
  sh,
  threadNamespaces,
  WAN,
} from '../../support';

needTools('ss', 'ip');

const { ECONNREFUSED, EADDRNOTAVAIL } = os.constants.errno;

interface Pair {
  readonly near: NetworkNamespace;
  readonly far: NetworkNamespace;
}

async function pair(): Promise<Pair> {
  const [near, far] = [await scratchHost(), await scratchHost()];
  await connectNamespaces(
    { netns: near, ifname: 'eth0', address: '10.0.0.1/24' },
    { netns: far, ifname: 'eth0', address: '10.0.0.2/24' },
  );
  return { near, far };
}

async function told(socket: net.Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  await once(socket, 'close');
  return text;
}

const failureOf = async (socket: net.Socket): Promise<NodeJS.ErrnoException> =>
  (await once(socket, 'error'))[0] as NodeJS.ErrnoException;

const tellsPeer = (): net.Server =>
  net.createServer((socket) => socket.end(`${socket.remoteAddress} ${socket.remotePort}`));

test('a connection leaves from inside, and reaches what plain Node.js serves there', async () => {
  const { host, internet } = await lab();
  const server = await serve(host, 80, 'plain');
  const home = threadNamespaces();
  const socket = internet.connect({ host: WAN, port: 80 });
  socket.end('GET / HTTP/1.0\r\n\r\n');
  expect(await told(socket)).toMatch(/plain 192\.0\.2\.2$/);
  expect(threadNamespaces()).toEqual(home);
  await server.stop();
});

test('IPv6, localAddress and localPort are as with net.connect', async () => {
  const { near, far } = await pair();
  await sh(near, 'ip addr add fd00::1/64 dev eth0 nodad; ip addr add 10.0.0.7/24 dev eth0');
  await sh(far, 'ip addr add fd00::2/64 dev eth0 nodad');
  await far.listen(tellsPeer(), { port: 80 });
  expect(await told(near.connect({ host: 'fd00::2', port: 80 }))).toMatch(/^fd00::1 /);
  expect(
    await told(near.connect({ host: '10.0.0.2', port: 80, localAddress: '10.0.0.7', localPort: 4711 })),
  ).toBe('::ffff:10.0.0.7 4711');
  const refused = near.connect({ host: '10.0.0.2', port: 80, localAddress: '10.0.0.9' });
  expect(await failureOf(refused)).toMatchObject({
    code: 'EADDRNOTAVAIL',
    errno: -EADDRNOTAVAIL,
    syscall: 'bind',
  });
});

test('a link-local address with its device, which there is not at home', async () => {
  const { near, far } = await pair();
  await sh(near, 'ip link set eth0 down; ip link set eth0 name inside; ip link set inside up');
  await sh(near, 'ip addr add fe80::1/64 dev inside nodad');
  await sh(far, 'ip addr add fe80::2/64 dev eth0 nodad');
  await far.listen(
    net.createServer((socket) => socket.end('hello')),
    { port: 80, host: 'fe80::2%eth0' },
  );
  expect(await told(near.connect({ host: 'fe80::2%inside', port: 80 }))).toBe('hello');
  expect(await failureOf(near.connect({ host: 'fe80::2%eth0', port: 80 }))).toMatchObject({ code: 'ENODEV' });
});

test("errors are Node.js's own events and name the namespace; nothing stays open", async () => {
  const { near } = await pair();
  const before = descriptors();
  const error = await failureOf(near.connect({ host: '10.0.0.2', port: 81 }));
  expect(error).toMatchObject({
    message: `connect ECONNREFUSED 10.0.0.2:81 in anonymous namespace ${near.cookie}`,
    ...{ code: 'ECONNREFUSED', errno: -ECONNREFUSED, syscall: 'connect', address: '10.0.0.2', port: 81 },
    netns: near,
  });
  expect(error.stack).toContain(error.message);
  expect(await failureOf(near.connect({ host: '10.1.0.1', port: 1 }))).toMatchObject({ code: 'ENETUNREACH' });
  expect(() => near.connect({ host: '10.0.0.2', port: 65_536 })).toThrow(/Port should be/);
  const aborted = near.connect({
    host: '10.0.0.2',
    port: 81,
    signal: AbortSignal.abort(),
  });
  expect(await failureOf(aborted)).toMatchObject({ name: 'AbortError' });
  expect(descriptorsBeyond(before)).toEqual([]);
});

test('of several addresses of a name the first that answers is taken, and no descriptor is left', async () => {
  const { near, far } = await pair();
  await far.listen(tellsPeer(), { port: 80, host: '10.0.0.2' });
  const before = descriptors();
  const found = ['10.0.0.3', 'fd00::9', '10.0.0.2'].map((address) => ({
    address,
    family: net.isIP(address),
  }));
  const lookup = ((_name, _options, callback) => callback(null, found)) as net.LookupFunction;
  expect(await told(near.connect({ host: 'several', port: 80, lookup }))).toMatch(
    /^::ffff:10.0.0.1 |^10.0.0.1 /,
  );
  expect(await failureOf(near.connect({ host: 'several', port: 82, lookup }))).toMatchObject({
    errors: expect.arrayContaining([
      expect.objectContaining({ code: 'ENETUNREACH', netns: near }),
    ]) as unknown,
  });
  expect(descriptors().length).toBeLessThanOrEqual(before.length + 1);
});

test('a socket may connect again, and is inside again', async () => {
  const { near, far } = await pair();
  await far.listen(tellsPeer(), { port: 80 });
  const socket = near.connect({ host: '10.0.0.2', port: 81 });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  socket.connect(80, '10.0.0.2');
  expect(await told(socket)).toMatch(/^::ffff:10.0.0.1 /);
});

test('an agent keeps connections alive, and its failures are those of the request', async () => {
  const { near, far } = await pair();
  const server = await far.listen(
    http.createServer((request, response) => response.end(String(request.socket.remotePort))),
    { port: 80 },
  );
  const agent = near.agent({ keepAlive: true });
  const get = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = http.get({ host: '10.0.0.2', port, agent }, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      });
      request.on('error', reject);
    });
  const first = await get(80);
  expect(await get(80)).toBe(first);
  expect((await run(near, 'ss', ['-Htn'])).stdout).toContain(`10.0.0.1:${first}`);
  await expect(get(81)).rejects.toMatchObject({ code: 'ECONNREFUSED', netns: near });
  agent.destroy();
  server.close();
  await near.delete();
  await expect(get(80)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});
