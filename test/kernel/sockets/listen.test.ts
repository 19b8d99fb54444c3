import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { descriptors, descriptorsBeyond, needTools, run, scratchHost, threadNamespaces } from '../../support';

needTools('ss', 'curl');

const hello = (): http.Server => http.createServer((_request, response) => response.end('hello'));
const fetched = async (ns: NetworkNamespace, url: string): Promise<string> =>
  (await run(ns, 'curl', ['-sS', '--max-time', '5', url])).stdout;
const listening = async (ns: NetworkNamespace): Promise<string[]> =>
  (await run(ns, 'ss', ['-Hltn'])).stdout.trim().split('\n').filter(Boolean).sort();

test('the same port serves in every namespace, and not at home', async () => {
  const home = threadNamespaces();
  const namespaces = await Promise.all([scratchHost(), scratchHost(), scratchHost()]);
  const open = descriptors();
  const servers = await Promise.all(
    namespaces.map((ns, index) =>
      ns.listen(
        http.createServer((_request, response) => response.end(`server ${index}`)),
        { port: 80 },
      ),
    ),
  );
  expect(descriptorsBeyond(open)).toHaveLength(3);
  for (const [index, ns] of namespaces.entries()) {
    expect(await listening(ns)).toEqual([expect.stringMatching(/^LISTEN 0 +511 +\*:80 /)]);
    expect(await fetched(ns, 'http://127.0.0.1/')).toBe(`server ${index}`);
    expect(await fetched(ns, 'http://[::1]/')).toBe(`server ${index}`);
  }
  expect(threadNamespaces()).toEqual(home);
  for (const server of servers) {
    const closed = once(server, 'close');
    server.close();
    await closed;
  }
  expect(await Promise.all(namespaces.map(listening))).toEqual([[], [], []]);
  expect(descriptorsBeyond(open)).toEqual([]);
});

test('host, backlog, ipv6Only and reusePort are what ss shows', async () => {
  const ns = await scratchHost();
  const one = await ns.listen(net.createServer(), { port: 81, host: '127.0.0.1', backlog: 7 });
  await ns.listen(net.createServer(), { port: 82, host: '::', ipv6Only: true });
  await ns.listen(net.createServer(), { port: 82, host: '0.0.0.0' });
  await ns.listen(net.createServer(), { port: 83, reusePort: true });
  await ns.listen(net.createServer(), { port: 83, reusePort: true });
  await ns.listen(net.createServer(), { port: 84, host: 'localhost', exclusive: true });
  const any = await ns.listen(net.createServer(), { port: 0 });
  const chosen = (any.address() as net.AddressInfo).port;
  const found = (await listening(ns)).map((line) => line.trim().split(/\s+/).slice(2, 4).join(' '));
  expect(found.sort()).toEqual(
    [
      ...['7 127.0.0.1:81', '511 [::]:82', '511 0.0.0.0:82', '511 *:83', '511 *:83', '511 127.0.0.1:84'],
      `511 *:${chosen}`,
    ].sort(),
  );
  expect(one.address()).toEqual({ address: '127.0.0.1', family: 'IPv4', port: 81 });
});

test("errors are Node.js's own and name the namespace; nothing stays open", async () => {
  const ns = await scratchHost();
  await ns.listen(net.createServer(), { port: 80 });
  const before = descriptors();
  await expect(ns.listen(net.createServer(), { port: 80 })).rejects.toMatchObject({
    message: `listen EADDRINUSE: address already in use :::80 in anonymous namespace ${ns.cookie}`,
    ...{
      code: 'EADDRINUSE',
      errno: -os.constants.errno.EADDRINUSE,
      syscall: 'listen',
      address: '::',
      port: 80,
    },
    netns: ns,
  });
  await expect(ns.listen(net.createServer(), { port: 80, host: '192.0.2.9' })).rejects.toMatchObject({
    ...{ code: 'EADDRNOTAVAIL', address: '192.0.2.9', port: 80 },
  });
  const server = await ns.listen(net.createServer(), { port: 81 });
  await expect(ns.listen(server, { port: 82 })).rejects.toMatchObject({ code: 'ERR_SERVER_ALREADY_LISTEN' });
  const closed = once(server, 'close');
  server.close();
  await closed;
  expect(descriptorsBeyond(before)).toEqual([]);
});

test.each([
  [{}, /netns.listen: port: must be set, unless path is set/],
  [{ port: 80, path: '/x' }, /netns.listen: port: must be set, unless path is set; not both, got 80/],
  [{ port: 65_536 }, /netns.listen: port: must be a whole number from 0 to 65535, got 65536/],
  [{ port: '80' }, /netns.listen: port: must be of type number, got '80'/],
  [{ port: 80, backlog: -1 }, /netns.listen: backlog: must be a whole number, got -1/],
  [{ port: 80, hots: '::' }, /netns.listen: hots: is not an option; the options are port, host/],
  [{ path: '/x', ipv6Only: true }, /netns.listen: ipv6Only: must not be set together with path/],
])('the options %j are refused', async (options, message) => {
  const ns = await scratchHost();
  await expect(ns.listen(net.createServer(), options as never)).rejects.toThrow(message);
});

test('Unix sockets: each namespace has its own abstract names, and files are for all', async () => {
  const [a, b] = [await scratchHost(), await scratchHost()];
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-')), 'socket');
  const says = (text: string): net.Server => net.createServer((socket) => socket.end(text));
  const told = async (ns: NetworkNamespace, place: string): Promise<string> => {
    const socket = ns.connect({ path: place });
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    await once(socket, 'close');
    return text;
  };
  await a.listen(says('a'), { path: '\0name' });
  await b.listen(says('b'), { path: '\0name' });
  await a.listen(says('file'), { path: file, writableAll: true });
  expect([await told(a, '\0name'), await told(b, '\0name')]).toEqual(['a', 'b']);
  expect([await told(a, file), await told(b, file)]).toEqual(['file', 'file']);
  expect((await run(a, 'ss', ['-Hlx'])).stdout).toMatch(/@name\b/);
  await expect(a.listen(says(''), { path: '\0name' })).rejects.toMatchObject({
    ...{ code: 'EADDRINUSE', syscall: 'listen', netns: a },
  });
  await Promise.all([a.delete(), b.delete()]);
  expect(fs.existsSync(file)).toBe(false);
  fs.rmdirSync(path.dirname(file));
});

test('a signal closes the server', async () => {
  const ns = await scratchHost();
  const controller = new AbortController();
  const server = await ns.listen(hello(), { port: 80, signal: controller.signal });
  expect(await fetched(ns, 'http://127.0.0.1/')).toBe('hello');
  const closed = once(server, 'close');
  controller.abort();
  await closed;
  expect(await listening(ns)).toEqual([]);
  const late = await ns.listen(hello(), { port: 80, signal: controller.signal });
  expect(late.listening).toBe(false);
});
