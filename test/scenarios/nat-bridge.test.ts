import fs from 'node:fs';
import path from 'node:path';
import { Network, NetworkNamespace, type Endpoint, type NetworkSpec } from '../../src';
import {
  BEYOND,
  eventually,
  fetchText,
  ipJson,
  type Json,
  keep,
  lab,
  needTools,
  nftJson,
  ping,
  run,
  scratchHost,
  serve,
  snapshot,
  tool,
  WAN,
} from '../support';
import { daemon, program } from './daemon';
import { scenario } from './scenario';

needTools('ip', 'nft', 'ping', 'curl', 'sysctl', 'getent');

const NOBODY = { uid: 65534, gid: 65534 };

/** The tutorial's bridge, in the host so that `ip` shows all of it. */
function bridge(spec: Partial<NetworkSpec>): Promise<Network> {
  const subnet = '172.18.0.0/24';
  return Network.create({
    ...{ name: 'tutorial', subnet, gateway: '172.18.0.10', bridge: 'br1', lifetime: 'persistent' },
    ...spec,
  });
}

/** The tutorial's two namespaces. */
async function attachBoth(network: Network): Promise<[Endpoint, Endpoint]> {
  const one = await network.attach('namespace1', { address: '172.18.0.11', ifname: 'veth1' });
  return [one, await network.attach('namespace2', { address: '172.18.0.12', ifname: 'veth2' })];
}

async function names(): Promise<string[]> {
  const { stdout } = await tool('ip', ['-j', 'netns', 'list']);
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as Json[]).map(({ name }) => name as string).sort();
}

scenario('0.1', async () => {
  const made = await NetworkNamespace.createMany(['namespace1', 'namespace2']);
  made.forEach(keep);
  expect(await names()).toEqual(['namespace1', 'namespace2']);
  await tool('ip', ['netns', 'exec', 'namespace1', 'true']);
  await Promise.all(made.map((netns) => netns.delete()));
  expect(await names()).toEqual([]);
});

scenario('0.2', async () => {
  const [host, one, two] = [await scratchHost(), await scratchHost(), await scratchHost()];
  await host.rtnl.link.add({ ifname: 'br-veth1', kind: 'veth', peer: { ifname: 'veth1', netns: one } });
  await host.rtnl.link.add({ ifname: 'br-veth2', kind: 'veth', peer: { ifname: 'veth2', netns: two } });
  const outer = await ipJson(host, 'link', 'show', 'type', 'veth');
  expect(outer.map(({ ifname }) => ifname)).toEqual(['br-veth1', 'br-veth2']);
  for (const [index, netns] of [one, two].entries()) {
    const inner = await ipJson(netns, 'link', 'show', 'type', 'veth');
    expect(inner).toMatchObject([{ ifname: `veth${index + 1}`, ifindex: outer[index].link_index }]);
  }
});

scenario('0.3', async () => {
  const { host } = await lab();
  await using network = await bridge({ host });
  for (const { netns, ifname, address } of await attachBoth(network)) {
    const [device] = await ipJson(netns, '-4', 'addr', 'show', 'dev', ifname);
    expect(device.addr_info).toMatchObject([{ local: address, prefixlen: 24, broadcast: '172.18.0.255' }]);
    // The tutorial never brings it up; then a program cannot even reach its own address.
    await ping(netns, '127.0.0.1');
    await ping(netns, address);
  }
});

scenario('0.4', async () => {
  const { host } = await lab();
  await using network = await bridge({ host });
  const endpoints = await attachBoth(network);
  const outer = await ipJson(host, 'link', 'show', 'master', 'br1');
  expect(outer).toHaveLength(2);
  const inner = await Promise.all(
    endpoints.map(({ netns, ifname }) => ipJson(netns, 'link', 'show', ifname)),
  );
  const [br1] = await ipJson(host, 'link', 'show', 'br1');
  expect(br1.linkinfo.info_kind).toBe('bridge');
  for (const { flags } of [br1, ...outer, ...inner.flat()]) expect(flags).toContain('UP');
  await ping(endpoints[0].netns, '172.18.0.12');
  await ping(endpoints[1].netns, '172.18.0.11');
});

scenario('0.5', async () => {
  const { host } = await lab();
  const before = await snapshot(host);
  const network = await bridge({ host });
  const [br1] = await ipJson(host, '-4', 'addr', 'show', 'br1');
  expect(br1.addr_info).toMatchObject([
    { local: '172.18.0.10', prefixlen: 24, broadcast: '172.18.0.255', scope: 'global' },
  ]);
  await network.delete();
  expect(await snapshot(host)).toEqual(before);

  // The address by which somebody may be logged in, and a way to somewhere else.
  await run(host, 'ip', ['addr', 'add', '172.18.0.1/16', 'dev', 'wan0']);
  await run(host, 'ip', ['route', 'add', '172.19.0.0/16', 'via', BEYOND]);
  const used = await snapshot(host);
  await expect(bridge({ host })).rejects.toThrow(/overlaps the address 172\.18\.0\.1\/16 on wan0/);
  const elsewhere = { subnet: '172.19.7.0/24', gateway: '172.19.7.1' };
  await expect(bridge({ host, ...elsewhere })).rejects.toThrow(
    /overlaps the route to 172\.19\.0\.0\/16 on wan0/,
  );
  expect(await snapshot(host)).toEqual(used);
});

scenario('0.6', async () => {
  const { host } = await lab();
  // `ip -all netns exec` would give this one a default route as well.
  const bystander = keep(await NetworkNamespace.create('bystander'));
  const before = await snapshot(bystander);
  await using network = await bridge({ host });
  for (const { netns, ifname } of await attachBoth(network)) {
    const routes = await ipJson(netns, 'route', 'show', 'default');
    expect(routes).toMatchObject([{ dst: 'default', gateway: '172.18.0.10', dev: ifname }]);
  }
  expect(await snapshot(bystander)).toEqual(before);
});

scenario('0.7', async () => {
  const { host, internet } = await lab();
  const dmz = await scratchHost();
  await host.rtnl.link.add({ ifname: 'dmz0', kind: 'veth', peer: { ifname: 'eth0', netns: dmz } });
  await run(host, 'ip', ['addr', 'add', '198.51.100.1/24', 'dev', 'dmz0']);
  await run(host, 'ip', ['link', 'set', 'dmz0', 'up']);
  await run(dmz, 'ip', ['addr', 'add', '198.51.100.2/24', 'dev', 'eth0']);
  await run(dmz, 'ip', ['link', 'set', 'eth0', 'up']);

  await using network = await bridge({ host, nat: { interfaces: ['wan0', 'dmz0'] } });
  const [one, two] = await attachBoth(network);
  const rules = (await nftJson(host)).filter(({ rule }) => rule?.expr.some((e: Json) => 'masquerade' in e));
  const matches = rules.map(({ rule }) => rule.expr.map((e: Json) => e.match).filter(Boolean));
  const source = { left: { payload: { protocol: 'ip', field: 'saddr' } } };
  expect(matches).toContainEqual([
    expect.objectContaining({ ...source, right: { prefix: { addr: '172.18.0.0', len: 24 } } }),
    expect.objectContaining({ op: '!=', left: { meta: { key: 'oifname' } }, right: 'br1' }),
    expect.objectContaining({ op: '!=', left: { meta: { key: 'oifname' } }, right: 'lo' }),
  ]);
  for (const device of ['br1', 'wan0', 'dmz0']) {
    const { stdout } = await run(host, 'sysctl', ['-n', `net.ipv4.conf.${device}.forwarding`]);
    expect(stdout.trim()).toBe('1');
  }

  const servers = [
    await serve(internet, 80, 'wan'),
    await serve(dmz, 80, 'dmz'),
    await serve(one.netns, 80, 'one'),
  ];
  expect(await fetchText(one.netns, BEYOND)).toBe(`wan ${WAN}`);
  expect(await fetchText(one.netns, '198.51.100.2')).toBe('dmz 198.51.100.1');
  expect(await fetchText(two.netns, '172.18.0.11')).toBe('one 172.18.0.12');
  await Promise.all(servers.map((server) => server.stop()));
});

scenario('0.8', async () => {
  const { host, internet } = await lab();
  await using network = await bridge({ host });
  const [one, two] = await attachBoth(network);
  await using _tor = await daemon(host, { address: '172.18.0.10', port: 9050 }, 'tor');
  expect(await fetchText(one.netns, '172.18.0.10:9050')).toBe('tor 0 172.18.0.11');
  expect(await fetchText(two.netns, '172.18.0.10:9050')).toBe('tor 0 172.18.0.12');
  await run(internet, 'ip', ['route', 'add', '172.18.0.0/24', 'via', WAN]);
  await expect(fetchText(internet, '172.18.0.10:9050')).rejects.toThrow();
});

scenario('0.9', async () => {
  const { host } = await lab();
  await using network = await bridge({ host });
  const [one, two] = await attachBoth(network);
  await using _bitcoind = await daemon(one.netns, { address: one.address, port: 8332 }, 'bitcoind', NOBODY);
  await eventually('the daemon is inside', async () => (await one.netns.pids()).length === 1);
  const client = ['-sS', '--max-time', '3', `http://${one.address}:8332/`];
  const { stdout } = await two.netns.exec('curl', client, NOBODY);
  expect(stdout).toBe('bitcoind 65534 172.18.0.12');
});

// As systemd-resolved answers on a host, here with one address for every name.
const RESOLVER = `const packet = require('dns-packet');
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (message, from) => {
    const { id, questions } = packet.decode(message);
    const asked = questions.filter(({ type }) => type === 'A');
    const answers = asked.map(({ name, type }) => ({ name, type, ttl: 60, data: '203.0.113.9' }));
    socket.send(packet.encode({ type: 'response', id, questions, answers }), from.port, from.address);
  });
  socket.bind(53, '127.0.0.53', () => console.log('ready'))`;

scenario('0.10', async () => {
  const { host } = await lab({ named: true });
  const directory = `/etc/netns/${host.name ?? ''}`;
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(`${directory}/resolv.conf`, 'nameserver 127.0.0.53\n');
  await using _stub = await program(host, RESOLVER, [], { cwd: path.join(__dirname, '../..') });
  await using network = await bridge({ host });
  await attachBoth(network);
  const resolve = async (from: string, name: string): Promise<string | undefined> =>
    (await tool('ip', ['netns', 'exec', from, 'getent', 'ahostsv4', name])).stdout.split(/\s/)[0];
  expect(await resolve('namespace1', 'namespace2')).toBe('172.18.0.12');
  expect(await resolve('namespace2', 'namespace1.tutorial')).toBe('172.18.0.11');
  expect(await resolve('namespace1', 'www.example.org')).toBe('203.0.113.9');
  fs.rmSync(directory, { recursive: true });
});
