import { once } from 'node:events';
import type net from 'node:net';
import { encode, streamDecode } from 'dns-packet';
import { Network, type Endpoint } from '../../../../src';
import { BEYOND, dig, digAll, lab, needTools, serveNames, type Lab } from '../../../support';

needTools('ip', 'dig', 'nsenter');

const GATEWAY = '10.68.0.1';
const AT = `@${GATEWAY}`;

async function make({ host }: Lab): Promise<Network> {
  const dns = { upstreams: [BEYOND] };
  return Network.create({ name: 'lab', subnet: '10.68.0.0/24', host, dns });
}

/** A question as a stream carries it. */
function framed(name: string): Buffer {
  const message = encode({ type: 'query', id: 7, flags: 0x100, questions: [{ type: 'A', name }] });
  return Buffer.concat([Buffer.from([0, message.length]), message]);
}

/** The questions of the answers in a stream, in order. */
function namesIn(stream: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < stream.length; at += 2 + stream.readUInt16BE(at)) {
    names.push(...(streamDecode(stream.subarray(at)).questions ?? []).map(({ name }) => name));
  }
  return names;
}

async function connected(from: Endpoint): Promise<net.Socket> {
  const socket = from.netns.connect({ host: GATEWAY, port: 53 });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

test('who has all the connections that one may have does not keep others from theirs', async () => {
  const scene = await lab();
  const network = await make(scene);
  const [slow, ...others] = (await network.attachMany(11)) as [Endpoint, ...Endpoint[]];
  const held = await Promise.all(Array.from({ length: 300 }, () => connected(slow)));
  for (const socket of held) socket.write(Buffer.from([0]));
  const asked = others.map(({ netns, address, name }) => [dig(netns, AT, '+tcp', name), address] as const);
  for (const [found, address] of asked) expect(await found).toEqual([address]);
  // Of its own the oldest went.
  expect(held.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(32);
  for (const socket of held) socket.destroy();
  await network.delete();
});

test('questions of one connection are answered when their answers come, and all before it ends', async () => {
  const scene = await lab();
  const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
  const network = await make(scene);
  const [client] = (await network.attachMany(1)) as [Endpoint];
  const socket = await connected(client);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // In odd pieces, and more than may be under way at once. Then the client has said all.
  const all = Buffer.concat([
    framed('silent.test'),
    ...Array.from({ length: 100 }, () => framed('example.test')),
  ]);
  socket.write(all.subarray(0, 5));
  socket.end(all.subarray(5));
  await once(socket, 'close');
  const names = namesIn(Buffer.concat(chunks));
  expect(names).toEqual([...Array.from({ length: 100 }, () => 'example.test'), 'silent.test']);
  await upstream.stop();
  await network.delete();
});

test('errors of servers are told as they are, and a lost datagram is sent again', async () => {
  const scene = await lab();
  const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
  const network = await make(scene);
  const [client] = (await network.attachMany(1)) as [Endpoint];
  const { netns } = client;
  expect(await digAll(netns, AT, 'plain.test')).toContain('status: FORMERR');
  expect(await dig(netns, AT, '+noedns', 'plain.test')).toEqual(['203.0.113.6']);
  expect(await digAll(netns, AT, 'refused.test')).toMatch(/status: REFUSED[^]*answered REFUSED/);
  expect(await digAll(netns, AT, 'failed.test')).toMatch(/status: SERVFAIL[^]*answered SERVFAIL/);
  expect(await dig(netns, AT, 'lost.test')).toEqual(['203.0.113.6']);
  expect(await dig(netns, AT, 'ExAmPlE.TeSt')).toEqual(['203.0.113.5']);
  expect(await digAll(netns, AT, 'ExAmPlE.TeSt')).toContain(';ExAmPlE.TeSt.');
  expect(await digAll(netns, AT, '+edns=1', '+noednsneg', client.name)).toContain('status: BADVERS');
  expect(await digAll(netns, AT, 'lab', 'AXFR')).toMatch(/Transfer failed/);
  await upstream.stop();
  await network.delete();
});
