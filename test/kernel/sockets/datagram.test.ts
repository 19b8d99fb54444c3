import type dgram from 'node:dgram';
import { once } from 'node:events';
import { connectNamespaces } from '../../../src/topology/connect-namespaces';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { askUdp, descriptors, descriptorsBeyond, needTools, run, scratchHost, sh } from '../../support';

needTools('ss', 'ip');

async function pair(): Promise<{ near: NetworkNamespace; far: NetworkNamespace }> {
  const [near, far] = [await scratchHost(), await scratchHost()];
  await connectNamespaces(
    { netns: near, ifname: 'eth0', address: '10.0.0.1/24' },
    { netns: far, ifname: 'inside', address: '10.0.0.2/24' },
  );
  return { near, far };
}

const message = async (socket: dgram.Socket): Promise<string> => String((await once(socket, 'message'))[0]);
const bound = async (ns: NetworkNamespace): Promise<string[]> =>
  (await run(ns, 'ss', ['-Hlun'])).stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(/\s+/)[3] as string)
    .sort();

test('a bound socket answers what plain Node.js asks, and sends by itself', async () => {
  const { near, far } = await pair();
  const server = near.createSocket('udp4', (text, from) =>
    server.send(`re: ${String(text)}`, from.port, from.address),
  );
  const heard: string[] = [];
  server.bind(5000, '10.0.0.1', () => heard.push('callback'));
  server.on('listening', () => heard.push('listening'));
  expect(heard).toEqual([]);
  await once(server, 'listening');
  expect(heard).toEqual(['callback', 'listening']);
  expect(await bound(near)).toEqual(['10.0.0.1:5000']);
  expect(server.address()).toEqual({ address: '10.0.0.1', family: 'IPv4', port: 5000 });
  expect(await askUdp(far, '10.0.0.1', 5000)).toBe('re: ?');

  const client = far.createSocket('udp4');
  client.send('unbound', 5000, '10.0.0.1');
  expect(await message(client)).toBe('re: unbound');
  await expect(
    new Promise((resolve, reject) => {
      client.send('nowhere', 1, '10.1.0.1', (error) => (error ? reject(error) : resolve(undefined)));
    }),
  ).rejects.toMatchObject({ code: 'ENETUNREACH', syscall: 'send', netns: far });
  const unheard = far.createSocket('udp4');
  unheard.connect(5001, '10.0.0.1', () => unheard.send('x'));
  expect((await once(unheard, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED', netns: far });
  const connected = far.createSocket('udp4');
  connected.connect(5000, '10.0.0.1');
  await once(connected, 'connect');
  connected.send('connected');
  expect(await message(connected)).toBe('re: connected');
});

test('bind takes the options of Node.js, and fails as there', async () => {
  const { near } = await pair();
  const make = async (type: Parameters<typeof near.createSocket>[0], port: number): Promise<dgram.Socket> => {
    const socket = near.createSocket(type);
    await once(socket.bind({ port }), 'listening');
    return socket;
  };
  const first = await make({ type: 'udp4', reusePort: true }, 1);
  await make({ type: 'udp4', reusePort: true }, 1);
  await make({ type: 'udp4', reuseAddr: true }, 2);
  await make({ type: 'udp4', reuseAddr: true }, 2);
  await make({ type: 'udp6', ipv6Only: true, recvBufferSize: 8192 }, 3);
  await make('udp4', 3);
  expect(await bound(near)).toEqual([
    '0.0.0.0:1',
    '0.0.0.0:1',
    '0.0.0.0:2',
    '0.0.0.0:2',
    '0.0.0.0:3',
    '[::]:3',
  ]);
  expect(() => first.bind(9)).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_ALREADY_BOUND' }));

  const before = descriptors();
  const second = near.createSocket('udp4');
  const failure = once(second, 'error');
  second.bind(3);
  expect(() => second.bind(4)).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_ALREADY_BOUND' }));
  expect((await failure)[0]).toMatchObject({
    message: `bind EADDRINUSE 0.0.0.0:3 in anonymous namespace ${near.cookie}`,
    ...{ code: 'EADDRINUSE', syscall: 'bind', address: '0.0.0.0', port: 3, netns: near },
  });
  const other = near.createSocket('udp4');
  other.bind(5, '::1');
  expect((await once(other, 'error'))[0]).toMatchObject({ code: 'EINVAL', syscall: 'bind' });
  expect(descriptorsBeyond(before)).toEqual([]);
  await once(second.bind(4), 'listening');
});

test('a socket that is closed at any moment leaves nothing', async () => {
  const { near } = await pair();
  const before = descriptors();
  near.createSocket('udp4').close();
  const binding = near.createSocket('udp4').bind(1);
  binding.close();
  expect(() => binding.bind(2)).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' }));
  const sending = near.createSocket('udp4');
  const closed = once(sending, 'close');
  sending.send('x', 1, '127.0.0.1');
  sending.close();
  await closed;
  near.createSocket({ type: 'udp4', signal: AbortSignal.abort() });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(descriptorsBeyond(before)).toEqual([]);
});

test('groups are joined inside, by the address or by the name of a device that only the inside has', async () => {
  const { near, far } = await pair();
  await sh(far, 'ip addr add fd00::2/64 dev inside nodad');
  await sh(near, 'ip addr add fd00::1/64 dev eth0 nodad');
  const joined = async (): Promise<string> =>
    (await run(far, 'ip', ['maddr', 'show', 'dev', 'inside'])).stdout;

  const four = far.createSocket({ type: 'udp4', reuseAddr: true });
  await once(four.bind(6000), 'listening');
  four.addMembership('239.1.1.1', '10.0.0.2');
  expect(await joined()).toContain('239.1.1.1');
  const sender = near.createSocket('udp4');
  await once(sender.bind(), 'listening');
  sender.setMulticastInterface('10.0.0.1');
  sender.send('to all', 6000, '239.1.1.1');
  expect(await message(four)).toBe('to all');
  four.dropMembership('239.1.1.1', '10.0.0.2');
  expect(await joined()).not.toContain('239.1.1.1');
  four.addSourceSpecificMembership('10.0.0.1', '232.1.1.1', '10.0.0.2');
  expect(await joined()).toContain('232.1.1.1');

  const six = far.createSocket('udp6');
  await once(six.bind(6001), 'listening');
  six.addMembership('ff02::1234', '::%inside');
  expect(await joined()).toContain('ff02::1234');
  const sender6 = near.createSocket('udp6');
  await once(sender6.bind(0, 'fd00::1'), 'listening');
  sender6.send('to all', 6001, 'ff02::1234%eth0');
  expect(await message(six)).toBe('to all');

  const unbound = far.createSocket('udp4');
  unbound.addMembership('239.1.1.2', '10.0.0.2');
  expect(unbound.address().port).toBeGreaterThan(0);
  expect(() => unbound.addMembership('10.0.0.9', '10.0.0.2')).toThrow(
    expect.objectContaining({ code: 'EINVAL', netns: far }),
  );
});
