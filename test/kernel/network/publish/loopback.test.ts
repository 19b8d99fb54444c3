import http from 'node:http';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import { Network } from '../../../../src/network/network';
import {
  askUdp,
  fetchText,
  lab,
  needTools,
  scratchName,
  serve,
  sh,
  snapshot,
  WAN,
  type Inside,
} from '../../../support';

needTools('ip', 'nft', 'curl', 'sysctl', 'iptables-nft', 'iptables-legacy');

const subnet = '10.66.0.0/24';
const setting = 'cat /proc/sys/net/ipv4/conf/nl-web/route_localnet';

test.each([
  ['nftables', 'process'],
  ['nftables', 'persistent'],
  ['iptables-nft', 'process'],
  ['iptables-legacy', 'persistent'],
] as const)('%s, %s: a port of 127.0.0.1 is for the host alone', async (firewall, lifetime) => {
  const { host, internet } = await lab();
  await sh(host, 'ip link set lo up');
  const before = await snapshot(host);
  const network = await Network.create({
    name: 'web',
    subnet,
    host,
    lifetime,
    firewall,
    nat: { loopback: true },
  });
  const [web, other] = await network.attachMany([scratchName(), scratchName()]);
  expect((await sh(host, setting)).stdout.trim()).toBe('1');
  expect((await sh(host, 'cat /proc/sys/net/ipv4/conf/all/route_localnet')).stdout.trim()).toBe('0');
  const servers = [
    await serve(web.netns, 5000, 'web'),
    await serve(web.netns, 53, 'udp', 'udp'),
    await serve(host, 7000, 'private'),
  ];
  await network.publishMany([
    { hostAddress: '127.0.0.1', hostPort: 8080, to: web, port: 5000 },
    { hostAddress: '127.0.0.1', hostPort: 5353, to: web, port: 53, protocol: 'udp' },
  ]);
  expect(await fetchText(host, '127.0.0.1:8080')).toBe('web 10.66.0.1');
  expect(await askUdp(host, '127.0.0.1', 5353)).toBe('udp 10.66.0.1');
  // What the host has on its loopback address is reached as before, and by nobody else.
  expect(await fetchText(host, '127.0.0.1:7000')).toBe('private 127.0.0.1');
  // Nor does a call to its gateway address leave it, hence it is not masqueraded.
  expect(await fetchText(host, '10.66.0.1:7000')).toBe('private 10.66.0.1');
  const attempt = (from: Inside, target: string): Promise<string> =>
    fetchText(from, target).catch(() => 'refused');
  const tries = [attempt(host, `${WAN}:8080`)];
  for (const [stranger, device, gateway] of [
    [internet, 'lan0', WAN],
    [other.netns, 'eth0', '10.66.0.1'],
  ] as const) {
    await sh(stranger, `sysctl -qw net.ipv4.conf.${device}.route_localnet=1`);
    // Addressed to the host's 127.0.0.1 by its MAC address: a table of its own, asked before the local one.
    await sh(
      stranger,
      `ip rule add pref 1 to 127.0.0.0/8 lookup 99; ip rule del pref 0; ip rule add pref 2 lookup local; ` +
        `ip route add 127.0.0.0/8 via ${gateway} dev ${device} table 99`,
    );
    tries.push(...[7000, 8080].map((port) => attempt(stranger, `127.0.0.1:${port}`)));
  }
  expect(await Promise.all(tries)).toEqual(Array(5).fill('refused'));
  for (const server of servers) await server.stop();
  await network.delete();
  const { firewall: _, ...rest } = before;
  expect(await snapshot(host)).toMatchObject(rest);
});

test('a network publishes on loopback addresses only if it was made for it', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host });
  const endpoint = await network.attach('red');
  expect((await sh(host, setting)).stdout.trim()).toBe('0');
  const rule = { hostAddress: '127.0.0.1', hostPort: 80, to: endpoint, port: 80 };
  await expect(network.publish(rule)).rejects.toMatchObject({ code: 'ERR_VALIDATION', path: 'hostAddress' });
  await network.delete();
});

async function listen(host: NetworkNamespace, address: string, port: number): Promise<http.Server> {
  const server = http.createServer((_request, response) => response.end('private'));
  await host.listen(server, { port, host: address });
  return server;
}

test.each([
  ['nftables', true],
  ['nftables', false],
  ['iptables-nft', true],
  ['iptables-legacy', false],
] as const)(
  '%s: a port of all addresses beside servers on loopback addresses alone, with loopback: %s',
  async (firewall, loopback) => {
    const { host } = await lab();
    await sh(host, 'ip link set lo up');
    const subnet6 = 'fd66::/64';
    const network = await Network.create({ name: 'web', subnet, subnet6, host, firewall, nat: { loopback } });
    const web = await network.attach(scratchName());
    const listeners = [
      await listen(host, '::1', 7000),
      await listen(host, '::1', 7001),
      await listen(host, '127.0.0.1', 7000),
    ];
    const servers = [await serve(web.netns, 5000, 'web'), await serve(web.netns, 5006, 'web6', 'http6')];
    const [any, any6] = ['0.0.0.0', '::'].map((hostAddress) => ({ hostAddress, hostPort: 7000, to: web }));
    // No rule leads ::1 elsewhere.
    await network.publishMany([
      { ...any6!, port: 5006 },
      { ...any6!, port: 5006, hostPort: 7001 },
    ]);
    for (const port of ['7000', '7001']) {
      expect(await fetchText(host, `[::1]:${port}`)).toBe('private');
      expect(await fetchText(host, `[fd66::1]:${port}`)).toContain('web6');
    }
    if (loopback)
      await expect(network.publish({ ...any!, port: 5000 })).rejects.toMatchObject({
        code: 'EADDRINUSE',
        message: expect.stringContaining('127.0.0.1:7000/tcp') as string,
      });
    await network.publish({ ...any!, port: 5000, takeOver: loopback });
    expect(await fetchText(host, '127.0.0.1:7000')).toBe(loopback ? 'web 10.66.0.1' : 'private');
    expect(await fetchText(host, '10.66.0.1:7000')).toBe('web 10.66.0.1');
    for (const listener of listeners) listener.close().closeAllConnections();
    for (const server of servers) await server.stop();
    await network.delete();
  },
);
