import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import fs from 'node:fs';
import http from 'node:http';
import { Network } from '../../../src';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import {
  BEYOND,
  lab,
  namedHost,
  needTools,
  scratchHost,
  serveNames,
  sh,
  threadNamespaces,
} from '../../support';

needTools('ip');

function lookup(ns: NetworkNamespace, name: string, options: LookupOptions = {}): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    ns.lookup(name, { ...options, all: true }, (error, found) =>
      error ? reject(error) : resolve(found as LookupAddress[]),
    );
  });
}

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });

test("inside a network its names resolve, others by the host's resolvers", async () => {
  const scene = await lab();
  const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
  const network = await Network.create({
    ...{ name: 'lab', subnet: '10.68.0.0/24', host: scene.host, dns: { upstreams: [BEYOND] } },
  });
  const [web, client] = await network.attachMany(['web', 'client']);
  const home = threadNamespaces();
  expect(await lookup(client.netns, 'web')).toEqual([v4(web.address)]);
  expect(await lookup(client.netns, 'WEB.lab')).toEqual([v4(web.address)]);
  expect(await lookup(client.netns, 'example.test')).toEqual([v4('203.0.113.5'), v6('2001:db8::5')]);
  expect(await lookup(client.netns, 'example.test', { family: 6 })).toEqual([v6('2001:db8::5')]);
  expect(await lookup(client.netns, 'example.test', { hints: dns.ADDRCONFIG })).toEqual([v4('203.0.113.5')]);
  await expect(lookup(client.netns, 'nobody.test')).rejects.toMatchObject({
    ...{
      code: 'ENOTFOUND',
      errno: -3008,
      syscall: 'getaddrinfo',
      hostname: 'nobody.test',
      netns: client.netns,
    },
    message: `getaddrinfo ENOTFOUND nobody.test in anonymous namespace ${client.netns.cookie}`,
  });
  await expect(lookup(client.netns, `${'x'.repeat(64)}.test`)).rejects.toMatchObject({ code: 'ENOTFOUND' });

  await web.netns.listen(
    http.createServer((_request, response) => response.end('hello')),
    { port: 80 },
  );
  const answer = await fetch('http://web/', { dispatcher: client.netns.dispatcher() });
  expect(await answer.text()).toBe('hello');
  expect(threadNamespaces()).toEqual(home);

  await network.detach(client);
  await network.delete();
  await upstream.stop();
});

test('a named namespace has files of its own, as with ip netns exec', async () => {
  const ns = await namedHost();
  const directory = `/etc/netns/${ns.name}`;
  fs.mkdirSync(directory, { recursive: true });
  try {
    fs.writeFileSync(`${directory}/hosts`, '192.0.2.1 one one.test # a comment\n2001:db8::1 one\n');
    fs.writeFileSync(`${directory}/resolv.conf`, 'search test\nnameserver 127.0.0.1\n');
    expect(await lookup(ns, 'one')).toEqual([v4('192.0.2.1'), v6('2001:db8::1')]);
    expect(await lookup(ns, 'one', { family: 6 })).toEqual([v6('2001:db8::1')]);
    expect(await lookup(ns, 'localhost')).toEqual([v4('127.0.0.1'), v6('::1')]);
    const upstream = await serveNames(ns, 'upstream', '127.0.0.1');
    expect(await lookup(ns, 'example')).toEqual([v4('203.0.113.5'), v6('2001:db8::5')]);
    // With an address that leads on, IPv6 comes first.
    await sh(
      ns,
      'ip link add out0 type veth peer name out1; ip link set out0 up; ip link set out1 up; ip addr add fd00::1/64 dev out0 nodad',
    );
    expect(await lookup(ns, 'example')).toEqual([v6('2001:db8::5'), v4('203.0.113.5')]);
    await upstream.stop();
    await expect(lookup(ns, 'example')).rejects.toMatchObject({
      ...{ code: 'EAI_AGAIN', errno: -3001, syscall: 'getaddrinfo' },
      message: `getaddrinfo EAI_AGAIN example in namespace '${ns.name}': 127.0.0.1: ECONNREFUSED`,
    });
  } finally {
    fs.rmSync(directory, { recursive: true });
    fs.rmdirSync('/etc/netns');
  }
});

test('addresses are themselves, and one address is the default', async () => {
  const ns = await scratchHost();
  const found = await new Promise((resolve) => {
    ns.lookup('192.0.2.1', {}, (...answer) => resolve(answer));
  });
  expect(found).toEqual([null, '192.0.2.1', 4]);
  const short = await new Promise((resolve) => {
    const lookup = ns.lookup as typeof dns.lookup;
    lookup('192.0.2.1', (...answer) => resolve(answer));
  });
  expect(short).toEqual(found);
  expect(() => (ns.lookup as unknown as (name: string) => void)('192.0.2.1')).toThrow(
    /^netns.lookup: callback: must be/,
  );
  expect(await lookup(ns, '::1')).toEqual([v6('::1')]);
});
