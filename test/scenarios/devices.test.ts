import { Network, NetworkNamespace, Plan, type Step } from '../../src';
import {
  BEYOND,
  eventually,
  ipJson,
  type Json,
  keep,
  lab,
  namedHost,
  needTools,
  openVSwitch,
  ping,
  run,
  scratchHost,
  scratchName,
  tool,
  WAN,
} from '../support';
import { daemon } from './daemon';
import { scenario } from './scenario';

needTools('ip', 'ping', 'curl', 'ethtool', 'ovsdb-server', 'ovs-vswitchd', 'ovs-vsctl', 'ovs-ofctl');

scenario('3.1', async () => {
  const made = await NetworkNamespace.createMany(['ns1', 'ns2', 'ns3']);
  made.forEach(keep);
  const judged = JSON.parse((await tool('ip', ['-j', 'netns', 'list'])).stdout) as Json[];
  expect(judged.map(({ name }) => name as string).sort()).toEqual(['ns1', 'ns2', 'ns3']);
  expect((await NetworkNamespace.list()).map(({ name }) => name)).toEqual(['ns1', 'ns2', 'ns3']);
});

scenario('3.2', async () => {
  const { host } = await lab();
  const names = async (netns: NetworkNamespace): Promise<string[]> =>
    (await ipJson(netns, 'link')).map(({ ifname }) => ifname as string);
  // One end of a pair stands for a physical device; who is at the other end notices nothing of its travels.
  const netns = await NetworkNamespace.create();
  await netns.take('wan0', { from: host });
  expect(await names(host)).toEqual(['lo']);
  expect(await names(netns)).toEqual(['lo', 'wan0']);
  await netns.rtnl.addr.add({ dev: 'wan0', address: `${WAN}/24` });
  await netns.rtnl.link.set({ ifname: 'wan0', up: true });
  await ping(netns, BEYOND);

  await netns.delete();
  expect(await names(host)).toEqual(['lo', 'wan0']);
  await host.rtnl.addr.add({ dev: 'wan0', address: `${WAN}/24` });
  await ping(host, BEYOND);
});

scenario('3.3', async () => {
  const [lan, netns] = [await scratchHost(), await scratchHost()];
  await run(lan, 'ip', [
    'link',
    'add',
    'lan0',
    'type',
    'veth',
    'peer',
    'eth0',
    'netns',
    `/proc/${process.pid}/fd/${netns.fd}`,
  ]);
  await run(lan, 'ip', ['addr', 'add', '10.1.1.1/24', 'dev', 'lan0']);
  await run(lan, 'ip', ['link', 'set', 'lan0', 'up']);

  const { rtnl } = netns;
  expect((await rtnl.link.list()).map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
  await rtnl.link.set({ ifname: 'eth0', up: true });
  await rtnl.addr.add({ dev: 'eth0', address: '10.1.1.3/24', broadcast: 'auto' });
  await rtnl.route.add({ to: 'default', via: '10.1.1.1', dev: 'eth0' });
  await ping(netns, '10.1.1.1');

  const [device] = await ipJson(netns, '-4', 'addr', 'show', 'eth0');
  expect(device.flags).toContain('UP');
  expect(device.addr_info).toMatchObject([{ local: '10.1.1.3', prefixlen: 24, broadcast: '10.1.1.255' }]);
  const { addresses, routes, neighbours } = await netns.inspect();
  expect(addresses).toContainEqual(
    expect.objectContaining({ dev: device.ifindex, address: '10.1.1.3/24', broadcast: '10.1.1.255' }),
  );
  expect(await ipJson(netns, 'route', 'show', 'default')).toMatchObject([
    { gateway: '10.1.1.1', dev: 'eth0' },
  ]);
  expect(routes).toContainEqual(
    expect.objectContaining({ via: '10.1.1.1', dev: device.ifindex, table: 'main' }),
  );
  const [neighbour] = await ipJson(netns, '-4', 'neigh');
  expect(neighbour).toMatchObject({ dst: '10.1.1.1', dev: 'eth0' });
  expect(neighbours).toContainEqual(expect.objectContaining({ to: '10.1.1.1', lladdr: neighbour.lladdr }));
});

scenario('3.4', async () => {
  const [host, ns1] = [await scratchHost(), await scratchHost()];
  await host.rtnl.link.add({ ifname: 'veth0', kind: 'veth', peer: { ifname: 'veth1' } });
  await host.rtnl.link.add({ ifname: 'veth2', kind: 'veth', peer: { ifname: 'veth2_peer', netns: ns1 } });
  const judged = await ipJson(host, 'link', 'show', 'type', 'veth');
  expect(judged).toHaveLength(3);
  const listed = await host.rtnl.link.list({ kind: 'veth' });
  expect(listed.map(({ ifname }) => ifname).sort()).toEqual(judged.map(({ ifname }) => ifname).sort());
  // Both ends of the first pair live here; the other end of the second is one of the namespace's.
  const [veth0, veth1, veth2] = ['veth0', 'veth1', 'veth2'].map((name) =>
    listed.find((l) => l.ifname === name)!,
  );
  expect([veth0!.link, veth1!.link]).toEqual([veth1!.index, veth0!.index]);
  expect((await ipJson(ns1, 'link', 'show', 'veth2_peer'))[0].ifindex).toBe(veth2!.link);

  await host.rtnl.link.set({ ifname: 'veth2', up: true });
  await ns1.rtnl.link.set({ ifname: 'veth2_peer', up: true });
  await eventually('a pair with both ends up has a carrier', async () =>
    (await ipJson(host, 'link', 'show', 'veth2'))[0].flags.includes('LOWER_UP'),
  );
});

/** A provider on an interface of the host, which leads to a server at 203.0.113.1. */
async function provider(host: NetworkNamespace, ifname: string, subnet: string): Promise<AsyncDisposable> {
  const netns = await scratchHost();
  await host.rtnl.link.add({ ifname, kind: 'veth', up: true, peer: { ifname: 'eth0', netns } });
  await host.rtnl.addr.add({ dev: ifname, address: `${subnet}.1/24` });
  await run(netns, 'ip', ['link', 'set', 'eth0', 'up']);
  await run(netns, 'ip', ['addr', 'add', `${subnet}.2/24`, 'dev', 'eth0']);
  await run(netns, 'ip', ['addr', 'add', '203.0.113.1/32', 'dev', 'lo']);
  return daemon(netns, { address: '203.0.113.1', port: 80 }, ifname);
}

scenario('3.5', async () => {
  // eth0 is the host's only way to its LAN, where 10.1.1.1 is a neighbour; a guest joins as 10.1.1.3.
  const [host, neighbour, guest] = [await scratchHost(), await scratchHost(), await scratchHost()];
  await host.rtnl.link.add({
    ifname: 'eth0',
    kind: 'veth',
    up: true,
    peer: { ifname: 'lan0', netns: neighbour },
  });
  await host.rtnl.addr.add({ dev: 'eth0', address: '10.1.1.2/24' });
  await host.rtnl.route.add({ to: 'default', via: '10.1.1.1', dev: 'eth0' });
  await neighbour.rtnl.addr.add({ dev: 'lan0', address: '10.1.1.1/24' });
  await neighbour.rtnl.link.set({ ifname: 'lan0', up: true });
  const configured = async (): Promise<Json> => ({
    addresses: (await ipJson(host, '-4', 'addr')).map(({ ifname, addr_info }) => [
      ifname,
      (addr_info as Json[]).map(({ local }) => local as string),
    ]),
    routes: (await ipJson(host, 'route')).map(({ dst, gateway, dev }) => ({ dst, gateway, dev })),
  });
  const before = await configured();

  // The subnet is the LAN's, and eth0's own addresses and routes move to the bridge.
  await using network = await Network.create({
    ...{ name: 'lan', subnet: '10.1.1.0/24', gateway: '10.1.1.1', range: '10.1.1.128/25', host },
    ...{ parent: 'eth0', bridge: 'br0', lifetime: 'persistent' },
  });
  const unheard = network.adopt('eth0', { confirm: () => false });
  await expect(unheard).rejects.toMatchObject({ code: 'ECANCELED' });
  expect(await configured()).toEqual(before);
  await ping(host, '10.1.1.1');

  const confirm = async (): Promise<boolean> => ping(host, '10.1.1.1').then(() => true);
  await network.adopt('eth0', { confirm });
  expect(await configured()).toEqual(JSON.parse(JSON.stringify(before).replaceAll('"eth0"', '"br0"')));
  const endpoint = await network.attach(guest, { address: '10.1.1.3' });
  expect(endpoint.address).toBe('10.1.1.3');
  const ports = await ipJson(host, 'link', 'show', 'master', 'br0');
  expect(ports).toHaveLength(2);
  await ping(guest, '10.1.1.1');
  await ping(guest, '10.1.1.2');
  await ping(neighbour, '10.1.1.3');
});

scenario('3.6', async () => {
  // The tutorial's eth0 is a port of br0, which takes over its address; the guest behind the switch is on the same LAN.
  const [host, neighbour] = [await namedHost(), await scratchHost()];
  await host.rtnl.link.add({
    ifname: 'eth0',
    kind: 'veth',
    up: true,
    peer: { ifname: 'lan0', netns: neighbour },
  });
  await neighbour.rtnl.addr.add({ dev: 'lan0', address: '10.1.1.1/24' });
  await neighbour.rtnl.link.set({ ifname: 'lan0', up: true });
  // Hardware puts checksums on the wire, unlike one end of a pair.
  await run(neighbour, 'ethtool', ['-K', 'lan0', 'tx', 'off']);
  await using ovs = await openVSwitch(host);
  await using network = await Network.create({
    ...{ name: 'lan', bridge: 'br0', subnet: '10.1.1.0/24', gateway: '10.1.1.2', nat: false, host },
    ...{ switch: 'openvswitch', lifetime: 'persistent' },
    openvswitch: { socket: ovs.socket, datapathType: 'netdev' },
  });
  const guest = await network.attach(scratchName(), { address: '10.1.1.3' });
  const { port } = (await network.inspect()).endpoints[0]!;
  expect(await ovs.vsctl('list-ports', 'br0')).toBe(port);

  // The physical device joins by a plan, as by the tutorial's `ovs-vsctl add-port br0 eth0`. The switch reads what it
  // receives, to which the host is to be deaf.
  const steps: Step[] = [
    { op: 'link.set', netns: 'host', body: { ifname: 'eth0', noarp: true } },
    { op: 'ovs.ports', netns: 'host', socket: ovs.socket, bridge: 'br0', ports: [{ ifname: 'eth0' }] },
  ];
  await new Plan({ namespaces: { host }, steps }).apply();
  expect((await ovs.vsctl('list-ports', 'br0')).split('\n').sort()).toEqual(['eth0', port].sort());
  expect(await ovs.ofctl('show', 'br0')).toMatch(/\(eth0\): addr:/);
  for (const address of ['10.1.1.1', '10.1.1.2']) await ping(guest.netns, address);
  await ping(host, '10.1.1.1');
  await ping(neighbour, '10.1.1.3');
  await using _server = await daemon(guest.netns, { address: '10.1.1.3', port: 80 }, 'guest');
  const { stdout } = await run(neighbour, 'curl', ['-sS', '--max-time', '3', 'http://10.1.1.3/']);
  expect(stdout).toBe('guest 0 10.1.1.1');
});

scenario('3.7', async () => {
  const host = await scratchHost();
  await using _a = await provider(host, 'a', '192.0.2');
  await using _b = await provider(host, 'b', '198.51.100');
  const plan = new Plan({
    namespaces: { host },
    steps: [
      { op: 'route.add', netns: 'host', body: { to: 'default', via: '192.0.2.2', dev: 'a', table: 101 } },
      { op: 'route.add', netns: 'host', body: { to: 'default', via: '198.51.100.2', dev: 'b', table: 102 } },
      { op: 'rule.add', netns: 'host', body: { from: '192.0.2.1', table: 101, priority: 1001 } },
      { op: 'rule.add', netns: 'host', body: { from: '198.51.100.0/24', table: 102, priority: 1002 } },
    ],
  });
  await plan.apply();
  expect(
    (await ipJson(host, '-4', 'rule')).filter(({ priority }) => [1001, 1002].includes(priority)),
  ).toMatchObject([
    { src: '192.0.2.1', table: '101' },
    { src: '198.51.100.0', srclen: 24, table: '102' },
  ]);
  expect(await ipJson(host, 'route', 'show', 'table', '102')).toMatchObject([
    { gateway: '198.51.100.2', dev: 'b' },
  ]);
  const fetchBy = async (source: string): Promise<string> =>
    (await run(host, 'curl', ['-sS', '--max-time', '3', '--interface', source, 'http://203.0.113.1/']))
      .stdout;
  expect(await fetchBy('192.0.2.1')).toBe('a 0 192.0.2.1');
  expect(await fetchBy('198.51.100.1')).toBe('b 0 198.51.100.1');

  await host.rtnl.rule.delete({ priority: 1002 });
  await expect(fetchBy('198.51.100.1')).rejects.toThrow();
  expect(await fetchBy('192.0.2.1')).toBe('a 0 192.0.2.1');
});
