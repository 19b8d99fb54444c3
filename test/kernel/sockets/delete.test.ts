import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { promisify } from 'node:util';
import { Network } from '../../../src';
import { connectNamespaces } from '../../../src/topology/connect-namespaces';
import { NetworkNamespace } from '../../../src/netns/namespace';
import {
  descriptors,
  eventually,
  keep,
  lab,
  namedHost,
  needTools,
  run,
  scratchHost,
  threadNamespaces,
} from '../../support';

needTools('ss');

const closed = (emitter: NodeJS.EventEmitter): Promise<void> =>
  new Promise((resolve) => emitter.once('close', () => resolve()));

test('delete closes servers, connections of either side and datagram sockets', async () => {
  // The library and Node.js open some descriptors of their own with the first of these.
  const first = await scratchHost();
  await first.listen(net.createServer(), { port: 1 });
  await first.delete();
  const home = threadNamespaces();
  const [near, far] = [await scratchHost(), await scratchHost()];
  await connectNamespaces(
    { netns: near, ifname: 'eth0', address: '10.0.0.1/24' },
    { netns: far, ifname: 'eth0', address: '10.0.0.2/24' },
  );
  const open = descriptors().length;
  const server = await near.listen(net.createServer(), { port: 80 });
  const unix = await near.listen(net.createServer(), { path: '\0name' });
  const web = await near.listen(
    http.createServer((_request, response) => response.write('the beginning')),
    { port: 81 },
  );
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const client = far.connect({ host: '10.0.0.1', port: 80 });
  const inUnix = near.connect({ path: '\0name' });
  const half = http.get({ host: '10.0.0.1', port: 81, agent: far.agent({ keepAlive: true }) });
  half.on('error', () => undefined);
  const [response] = (await once(half, 'response')) as [http.IncomingMessage];
  const datagrams = near.createSocket('udp4');
  await once(datagrams.bind(53), 'listening');
  const [peer] = await accepted;
  expect(client.connecting).toBe(false);
  const pending = near.connect({ host: '10.0.0.77', port: 1 });
  const refused = once(pending, 'error');
  expect((await run(near, 'ss', ['-Hltnu'])).stdout.trim().split('\n')).toHaveLength(3);

  const reset = once(client, 'error');
  const cut = once(response.resume(), 'error');
  const ends = [server, unix, web, peer, inUnix, datagrams, pending, client].map(closed);
  await near.delete();
  await Promise.all(ends);
  expect((await refused)[0]).toMatchObject({ code: 'ERR_CLOSED' });
  expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET', netns: far });
  expect((await cut)[0]).toMatchObject({ code: 'ECONNRESET' });
  expect([server.listening, unix.listening, web.listening]).toEqual([false, false, false]);
  await far.delete();
  expect(descriptors().length).toBeLessThanOrEqual(open - 2);
  expect(threadNamespaces()).toEqual(home);
});

test('after close what is open goes on; delete by another object ends it', async () => {
  const ns = await namedHost();
  const server = await ns.listen(
    net.createServer((socket) => socket.end('hello')),
    { port: 80 },
  );
  await ns.close();
  expect(() => ns.connect({ port: 80 })).toThrow(`namespace '${ns.name}' is closed`);
  expect(() => ns.createSocket('udp4')).toThrow('is closed');
  await expect(ns.listen(net.createServer(), { port: 81 })).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  await expect(
    new Promise((resolve, reject) => ns.lookup('x', {}, (e) => (e ? reject(e) : resolve(0)))),
  ).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  const failed = await fetch('http://10.0.0.1/', { dispatcher: ns.dispatcher() }).catch(
    (error: unknown) => (error as Error).cause,
  );
  expect(String(failed)).toContain('is closed: open it again before use');

  const again = keep(await NetworkNamespace.open(ns.name));
  const client = again.connect({ host: '127.0.0.1', port: 80 });
  const [text] = (await once(client, 'data')) as [Buffer];
  expect(String(text)).toBe('hello');
  const end = closed(server);
  await again.delete();
  await end;
});

test('a network ends connections before its devices, so that no goodbye holds a namespace', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'lab', subnet: '10.68.0.0/24', host });
  const [web, client] = await network.attachMany(['web', 'client']);
  // It says goodbye to idle connections at about the time when the devices go.
  const server = http.createServer({ keepAliveTimeout: 1 }, (_request, response) => response.end('hello'));
  await web.netns.listen(server, { port: 80 });
  const agent = client.netns.agent({ keepAlive: true });
  for (let count = 0; count < 20; count++) {
    http.get({ host: web.address, agent }, (response) => response.resume()).on('error', () => undefined);
  }
  await once(server, 'request');
  const end = closed(server);
  await network.detach(web);
  await end;
  await network.delete();
});

test('a name that is being looked up does not hold its namespace', async () => {
  const ns = await namedHost();
  const directory = `/etc/netns/${ns.name}`;
  fs.mkdirSync(directory, { recursive: true });
  try {
    fs.writeFileSync(`${directory}/resolv.conf`, 'nameserver 10.0.0.9\n');
    // A server whose hardware address is known, and that is silent.
    await ns.rtnl.link.add({ ifname: 'eth0', kind: 'bridge', up: true });
    await ns.rtnl.addr.add({ dev: 'eth0', address: '10.0.0.1/24' });
    await ns.rtnl.neigh.add({ dev: 'eth0', to: '10.0.0.9', lladdr: '02:00:00:00:00:09', state: 'permanent' });
    const looked = promisify(ns.lookup)('nobody.example', {}).catch((error: unknown) => error);
    await eventually('it asks', async () => (await run(ns, 'ss', ['-Hnu'])).stdout.includes('10.0.0.9'));
    await ns.delete();
    expect(await looked).toMatchObject({ syscall: 'getaddrinfo' });
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});
