import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import { Network, type NetworkSpec } from '../../../../src';
import {
  BEYOND,
  dig,
  digAll,
  keep,
  lab,
  machineSnapshot,
  needTools,
  netlinkError,
  run,
  scratchHost,
  scratchName,
  serve,
  serveNames,
  sh,
  snapshot,
  WAN,
  type Lab,
} from '../../../support';

needTools('ip', 'nft', 'dig', 'ss', 'nsenter');

const GATEWAY = '10.68.0.1';
const AT = `@${GATEWAY}`;

async function make(scene: Lab, spec: Partial<NetworkSpec> = {}): Promise<Network> {
  return Network.create({
    name: 'lab',
    subnet: '10.68.0.0/24',
    host: scene.host,
    dns: { upstreams: [BEYOND] },
    ...spec,
  });
}

describe.each(['process', 'persistent'] as const)('inside a %s network', (lifetime) => {
  test('its own names resolve, others by the host, and no trace is left', async () => {
    const scene = await lab({ named: true });
    const [before, machine] = [await snapshot(scene.host), machineSnapshot()];
    const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
    const network = await make(scene, { lifetime });
    const [web, client] = [await network.attach(scratchName()), await network.attach(scratchName())];
    expect([web.dns, client.dns]).toEqual([GATEWAY, GATEWAY]);

    for (const name of [web.name, `${web.name}.lab`, web.name.toUpperCase()]) {
      expect(await dig(client.netns, AT, name)).toEqual([web.address]);
    }
    expect(await dig(web.netns, AT, '+tcp', client.name)).toEqual([client.address]);
    expect(await dig(client.netns, AT, web.name, 'AAAA')).toEqual([]);
    expect(await dig(client.netns, AT, '-x', web.address)).toEqual([`${web.name}.lab.`]);

    expect(await dig(client.netns, AT, 'example.test')).toEqual(['203.0.113.5']);
    expect(await dig(client.netns, AT, '+tcp', 'example.test')).toEqual(['203.0.113.5']);
    expect(await dig(client.netns, AT, 'example.test', 'AAAA')).toEqual(['2001:db8::5']);
    expect(await digAll(client.netns, AT, 'nobody.test')).toContain('status: NXDOMAIN');
    // The host asks, by either way.
    expect(await dig(client.netns, AT, 'who.test', 'TXT')).toEqual([`"upstream ${WAN}"`]);
    expect(await dig(client.netns, AT, '+tcp', 'who.test', 'TXT')).toEqual([`"upstream ${WAN}"`]);
    // What does not fit a datagram is cut, and dig asks again by TCP.
    expect(await digAll(client.netns, AT, '+ignore', 'large.test', 'TXT')).toMatch(
      /flags: qr tc.* ANSWER: 0,/,
    );
    expect((await dig(client.netns, AT, 'large.test', 'TXT')).join('')).toHaveLength(15 * 203 - 1);

    await upstream.stop();
    await network.delete();
    expect(await snapshot(scene.host)).toEqual(before);
    expect(machineSnapshot()).toEqual(machine);
    expect((await run(scene.host, 'ss', ['-Hantu'])).stdout).toBe('');
  });
});

test('names of a network with two subnets have addresses of both', async () => {
  const scene = await lab();
  const network = await make(scene, { subnet6: 'fd68::/64' });
  const [web] = await network.attachMany(1);
  expect(await dig(scene.host, AT, web!.name)).toEqual([web!.address]);
  expect(await dig(web!.netns, AT, web!.name, 'AAAA')).toEqual([web!.address6]);
  expect(await dig(web!.netns, AT, '-x', web!.address6!)).toEqual([`${web!.name}.lab.`]);
  await network.delete();
});

test('the sockets live in the host, and answer only the network', async () => {
  const scene = await lab();
  const network = await make(scene);
  const [client] = await network.attachMany(1);
  const listening = (await run(scene.host, 'ss', ['-Hlntu'])).stdout;
  expect(listening.match(/10\.68\.0\.1:53\b/g)).toHaveLength(2);
  expect(
    fs.readFileSync('/proc/self/net/udp', 'utf8') + fs.readFileSync('/proc/self/net/tcp', 'utf8'),
  ).not.toMatch(/:0035 /);
  const name = client!.name;
  expect(await dig(scene.host, AT, name)).toEqual([client!.address]);
  // Strangers who find the way are kept out by the firewall: the resolver must not serve them against others.
  await run(scene.internet, 'ip', ['route', 'add', '10.68.0.0/24', 'via', WAN]);
  await expect(dig(scene.internet, AT, '+time=1', name)).rejects.toThrow(/no servers could be reached/);
  await network.delete();
});

test('a server that is silent, refuses or fails is passed over, and the one that answers is asked first', async () => {
  const scene = await lab();
  await run(scene.internet, 'ip', ['addr', 'add', '192.0.2.3/24', 'dev', 'lan0']);
  const upstream = await serveNames(scene.internet, 'second', '192.0.2.3');
  // Nobody is at the first address, no server at the second.
  const network = await make(scene, {
    dns: { upstreams: ['192.0.2.99', BEYOND, '192.0.2.3'], timeoutMs: 300 },
  });
  const [client] = await network.attachMany(1);
  expect(await dig(client!.netns, AT, 'who.test', 'TXT')).toEqual([`"second ${WAN}"`]);
  expect(await dig(client!.netns, AT, '+tcp', 'who.test', 'TXT')).toEqual([`"second ${WAN}"`]);
  await upstream.stop();
  await network.delete();
});

test('if no server answers the client is told so and why, and so is the program', async () => {
  const scene = await lab();
  const network = await make(scene, { dns: { upstreams: ['192.0.2.99', BEYOND], timeoutMs: 100 } });
  const [client] = await network.attachMany(1);
  const published: unknown[] = [];
  const listen = (message: unknown): unknown => published.push(message);
  subscribe('netloom:dns', listen);
  const answer = await digAll(client!.netns, AT, 'example.test');
  unsubscribe('netloom:dns', listen);
  expect(answer).toContain('status: SERVFAIL');
  expect(answer).toMatch(/EDE: 22 .*192\.0\.2\.99: did not answer in time; 192\.0\.2\.2: ECONNREFUSED/);
  const servers = [
    { server: '192.0.2.99', reason: 'did not answer in time' },
    { server: BEYOND, reason: 'ECONNREFUSED' },
  ];
  expect(published).toEqual([{ network: 'lab', name: 'example.test', type: 'A', servers }]);
  // The network's own names do not need anybody.
  expect(await dig(client!.netns, AT, client!.name)).toEqual([client!.address]);
  await network.delete();
});

test('the host’s resolver on loopback is asked from inside the host; without it, the servers behind it', async () => {
  const scene = await lab({ named: true });
  const own = `/etc/netns/${scene.host.name!}`;
  fs.mkdirSync(own, { recursive: true });
  fs.writeFileSync(`${own}/resolv.conf`, 'nameserver 127.0.0.53\nsearch corp.test\n');
  fs.mkdirSync('/run/systemd/resolve', { recursive: true });
  fs.writeFileSync('/run/systemd/resolve/resolv.conf', `nameserver ${BEYOND}\n`);
  const stub = await serveNames(scene.host, 'stub', '127.0.0.53');
  const network = await Network.create({ name: 'lab', subnet: '10.68.0.0/24', host: scene.host });
  const [client] = await network.attachMany(1);
  expect((await network.inspect()).dns).toEqual({
    address: GATEWAY,
    serving: true,
    upstreams: ['127.0.0.53', BEYOND],
  });
  expect(await dig(client!.netns, AT, 'who.test', 'TXT')).toEqual(['"stub 127.0.0.1"']);
  await stub.stop();
  const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
  expect(await dig(client!.netns, AT, 'who.test', 'TXT')).toEqual([`"upstream ${WAN}"`]);
  await upstream.stop();
  await network.delete();
  fs.rmSync('/etc/netns', { recursive: true });
  fs.rmSync('/run/systemd', { recursive: true });
});

test('another server on the port is named, and the network is not made; without DNS it is', async () => {
  const scene = await lab();
  const before = await snapshot(scene.host);
  const other = await serve(scene.host, 53, 'other', 'udp');
  for (const lifetime of ['process', 'persistent'] as const) {
    const error = await netlinkError(make(scene, { lifetime }));
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      operation: 'network.dns',
      object: 'lab',
      syscall: 'bind',
    });
    expect(error.message).toMatch(
      /10\.68\.0\.1 port 53: another server of this host listens on this address.*dns: false/,
    );
    expect(await snapshot(scene.host)).toEqual(before);
  }
  const network = await make(scene, { dns: false });
  const endpoint = await network.attach(keep(await scratchHost()));
  expect('dns' in endpoint).toBe(false);
  expect('dns' in (await network.inspect())).toBe(false);
  await network.delete();
  await other.stop();
});

test('garbage is survived', async () => {
  const scene = await lab();
  const network = await make(scene);
  const [client] = await network.attachMany(1);
  const send = (protocol: 'udp' | 'tcp', bytes: string): string =>
    `timeout 1 bash -c 'exec 3<>/dev/${protocol}/${GATEWAY}/53; printf "${bytes}" >&3; sleep 0.05' || true`;
  const junk = [
    'x',
    '\\x00\\x01\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\xff\\xff',
    'a'.repeat(400),
  ];
  await sh(client!.netns, junk.flatMap((bytes) => [send('udp', bytes), send('tcp', bytes)]).join('\n'));
  expect(await digAll(client!.netns, AT, '+opcode=STATUS', client!.name)).toContain('status: NOTIMP');
  expect(await dig(client!.netns, AT, client!.name)).toEqual([client!.address]);
  await network.delete();
});

test('a question that waits for an answer does not keep the network', async () => {
  const scene = await lab();
  const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
  const network = await make(scene, { dns: { upstreams: [BEYOND], timeoutMs: 60_000 } });
  const host = keep(await scratchHost());
  const client = await network.attach(host);
  const waiting = dig(client.netns, AT, 'silent.test').catch(() => 'no answer');
  while (!(await run(scene.host, 'ss', ['-Hntu'])).stdout.includes(`${BEYOND}:53`)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await network.delete();
  expect((await run(scene.host, 'ss', ['-Hantu'])).stdout).toBe('');
  expect(await waiting).toBe('no answer');
  await upstream.stop();
});
