import { Network, type NetworkNamespace } from '../../src';
import {
  fetchText,
  ipJson,
  machineSnapshot,
  needTools,
  ping,
  reaches,
  run,
  scratchHost,
  sh,
  snapshot,
  tool,
} from '../support';
import { daemon } from './daemon';
import { scenario } from './scenario';

needTools('ip', 'bridge', 'nft', 'ping', 'curl', 'sysctl');

/** What each host should be: plain data. */
const nodes = {
  node1: {
    lan: '192.168.1.5',
    network: { name: 'node1', subnet: '172.16.0.0/24', gateway: '172.16.0.1', bridge: 'br0' },
    namespaces: { 'node1-ns1': '172.16.0.2', 'node1-ns2': '172.16.0.3' },
  },
  node2: {
    lan: '192.168.1.6',
    network: { name: 'node2', subnet: '172.16.1.0/24', gateway: '172.16.1.1', bridge: 'br0' },
    namespaces: { 'node2-ns1': '172.16.1.2', 'node2-ns2': '172.16.1.3' },
  },
} as const;
type Node = (typeof nodes)[keyof typeof nodes];

/** Two scratch hosts on one LAN, made by iproute2. */
async function hosts(): Promise<[NetworkNamespace, NetworkNamespace]> {
  const [one, two] = [await scratchHost(), await scratchHost()];
  const there = `/proc/${process.pid}/fd/${two.fd}`;
  await run(one, 'ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', there]);
  for (const [host, { lan }] of [
    [one, nodes.node1],
    [two, nodes.node2],
  ] as const) {
    await sh(host, `ip addr add ${lan}/24 dev eth0; ip link set eth0 addrgenmode none up`);
  }
  return [one, two];
}

/** Makes a host what its description says. */
async function apply(host: NetworkNamespace, node: Node): Promise<Network> {
  const nat = { interfaces: ['eth0'] };
  const network = await Network.create({ ...node.network, nat, host, lifetime: 'persistent' });
  for (const [name, address] of Object.entries(node.namespaces)) await network.attach(name, { address });
  return network;
}

scenario('4.1', async () => {
  const [one, two] = await hosts();
  await using first = await apply(one, nodes.node1);
  await using second = await apply(two, nodes.node2);
  for (const [network, node] of [
    [first, nodes.node1],
    [second, nodes.node2],
  ] as const) {
    const { endpoints, ...found } = await network.inspect();
    const { bridge: device, ...rest } = node.network;
    expect(found).toMatchObject({ ...rest, device });
    expect(Object.fromEntries(endpoints.map(({ name, address }) => [name, address]))).toEqual(
      node.namespaces,
    );
    const [bridge] = await ipJson(network.host, '-4', 'addr', 'show', 'br0');
    expect(bridge.addr_info).toMatchObject([{ local: node.network.gateway, prefixlen: 24 }]);
    for (const [name, address] of Object.entries(node.namespaces)) {
      const { stdout } = await tool('ip', ['-n', name, '-br', '-4', 'addr', 'show', 'eth0']);
      expect(stdout).toContain(`${address}/24`);
    }
  }
});

scenario('4.2', async () => {
  for (const [index, host] of (await hosts()).entries()) {
    await using network = await apply(host, index === 0 ? nodes.node1 : nodes.node2);
    const [bridge] = await ipJson(host, 'link', 'show', 'br0');
    const ports = await ipJson(host, 'link', 'show', 'master', 'br0');
    expect(ports).toHaveLength(2);
    for (const { flags } of [bridge, ...ports]) expect(flags).toContain('LOWER_UP');
    for (const { netns } of network.endpoints) {
      const inside = await ipJson(netns, 'link', 'show', 'up');
      expect(inside.map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
    }
  }
});

scenario('4.3', async () => {
  for (const [index, host] of (await hosts()).entries()) {
    // The tutorial's lines for the second node name the first node's variables.
    const node = index === 0 ? nodes.node1 : nodes.node2;
    await using network = await apply(host, node);
    for (const { netns } of network.endpoints) {
      const routes = await ipJson(netns, 'route', 'show', 'default');
      expect(routes).toMatchObject([{ gateway: node.network.gateway, dev: 'eth0' }]);
      await ping(netns, node.network.gateway);
      await ping(netns, index === 0 ? nodes.node2.lan : nodes.node1.lan);
    }
  }
});

/** Tells each host the way to the other's network: by the other host, not by the other's bridge. */
async function peer(first: Network, second: Network): Promise<void> {
  await first.peer({ subnet: second.subnet, via: nodes.node2.lan });
  await second.peer({ subnet: first.subnet, via: nodes.node1.lan });
}

scenario('4.4', async () => {
  const [one, two] = await hosts();
  await using first = await apply(one, nodes.node1);
  await using second = await apply(two, nodes.node2);
  await peer(first, second);
  expect(await ipJson(one, 'route', 'show', '172.16.1.0/24')).toMatchObject([
    { dst: '172.16.1.0/24', gateway: '192.168.1.6', dev: 'eth0' },
  ]);
  expect(await ipJson(two, 'route', 'show', '172.16.0.0/24')).toMatchObject([
    { dst: '172.16.0.0/24', gateway: '192.168.1.5', dev: 'eth0' },
  ]);
});

scenario('4.5', async () => {
  const [one, two] = await hosts();
  await using first = await apply(one, nodes.node1);
  await using second = await apply(two, nodes.node2);
  await peer(first, second);
  for (const host of [one, two]) {
    const { stdout } = await run(host, 'sysctl', [
      '-n',
      ...['br0', 'eth0'].map((dev) => `net.ipv4.conf.${dev}.forwarding`),
    ]);
    expect(stdout).toBe('1\n1\n');
  }
  const [client, server] = [first.endpoints[0]!, second.endpoints[0]!];
  await using _across = await daemon(server.netns, { port: 80 }, 'across');
  await using _elsewhere = await daemon(two, { address: nodes.node2.lan, port: 80 }, 'elsewhere');
  expect(await fetchText(client.netns, server.address)).toBe(`across 0 ${client.address}`);
  expect(await fetchText(client.netns, nodes.node2.lan)).toBe(`elsewhere 0 ${nodes.node1.lan}`);
});

scenario('4.6', async () => {
  const [one, two] = await hosts();
  await using first = await apply(one, nodes.node1);
  await using second = await apply(two, nodes.node2);
  const across = [first.endpoints[0]!.netns, second.endpoints[0]!.address] as const;
  expect(await reaches(...across)).toBe(false);
  await peer(first, second);
  const all = [...first.endpoints, ...second.endpoints];
  expect(all).toHaveLength(4);
  for (const { netns } of all) for (const { address } of all) await ping(netns, address);
});

scenario('4.7', async () => {
  const [one, two] = await hosts();
  const before = [await snapshot(one), await snapshot(two), machineSnapshot()];
  const sysctls = async (): Promise<string[]> =>
    (
      await Promise.all(
        [one, two].map((host) => sh(host, 'sysctl -a 2>/dev/null | grep ^net | grep -v conntrack_count')),
      )
    ).map(({ stdout }) => stdout);
  const settings = await sysctls();
  const networks = [await apply(one, nodes.node1), await apply(two, nodes.node2)] as const;
  await peer(...networks);
  expect(await snapshot(one)).not.toEqual(before[0]);
  await Promise.all(networks.map((network) => network.delete()));
  expect([await snapshot(one), await snapshot(two), machineSnapshot()]).toEqual(before);
  expect(await sysctls()).toEqual(settings);
});

scenario('4.8', async () => {
  const host = await scratchHost();
  const inner = { host, nat: false } as const;
  await using left = await Network.create({ ...inner, name: 'left', subnet: '172.16.0.0/24' });
  await using right = await Network.create({ ...inner, name: 'right', subnet: '172.16.1.0/24' });
  const [one, two] = [await left.attach('ns1'), await right.attach('ns2')];
  expect(await reaches(one.netns, two.address)).toBe(false);

  const router = await scratchHost({ sysctls: { 'net.ipv4.ip_forward': 1 } });
  const [there, back] = [
    await left.attach(router, { address: '172.16.0.254', defaultRoute: false }),
    await right.attach(router, { address: '172.16.1.254', ifname: 'eth1', defaultRoute: false }),
  ];
  await one.netns.rtnl.route.add({ to: right.subnet, via: there.address, dev: one.ifname });
  await two.netns.rtnl.route.add({ to: left.subnet, via: back.address, dev: two.ifname });
  expect(await ipJson(router, '-4', 'route')).toMatchObject([
    { dst: '172.16.0.0/24', dev: 'eth0' },
    { dst: '172.16.1.0/24', dev: 'eth1' },
  ]);
  // One hop less to live than on one network, and never by way of the host.
  const { stdout } = await run(one.netns, 'ping', ['-c', '1', '-W', '2', two.address]);
  expect(stdout).toContain('ttl=63');
  await ping(two.netns, one.address);
  await left.detach(there);
  expect(await reaches(one.netns, two.address)).toBe(false);
});

/** A host's part of one network that spans both. */
async function overlay(host: NetworkNamespace, node: Node, remote: string): Promise<Network> {
  const vxlan = { id: 42, local: node.lan, remotes: [remote] };
  const spec = {
    ...node.network,
    subnet: '172.16.0.0/16',
    nat: false,
    lifetime: 'persistent',
    vxlan,
  } as const;
  const network = await Network.create({ ...spec, host });
  for (const [name, address] of Object.entries(node.namespaces)) await network.attach(name, { address });
  return network;
}

scenario('4.9', async () => {
  const [one, two] = await hosts();
  await using first = await overlay(one, nodes.node1, nodes.node2.lan);
  await using second = await overlay(two, nodes.node2, nodes.node1.lan);
  const [tunnel] = await ipJson(one, 'link', 'show', 'type', 'vxlan');
  expect(tunnel).toMatchObject({
    master: 'br0',
    linkinfo: { info_data: { id: 42, local: nodes.node1.lan } },
  });
  const { stdout } = await run(one, 'bridge', ['-j', 'fdb', 'show', 'dev', tunnel.ifname]);
  expect(JSON.parse(stdout)).toContainEqual(
    expect.objectContaining({ mac: '00:00:00:00:00:00', dst: nodes.node2.lan }),
  );
  const all = [...first.endpoints, ...second.endpoints];
  for (const { netns } of all) for (const { address } of all) await ping(netns, address);
  const [client, server] = [first.endpoints[0]!, second.endpoints[0]!];
  await using _across = await daemon(server.netns, { port: 80 }, 'across');
  expect(await fetchText(client.netns, server.address)).toBe(`across 0 ${client.address}`);
  // One link for both: nobody routes on the way, and full packets fit.
  const path = ['-c', '1', '-W', '2', '-M', 'do', '-s', '1422', server.address];
  expect((await run(client.netns, 'ping', path)).stdout).toContain('ttl=64');
});
