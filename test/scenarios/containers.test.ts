import { gc, Network, NetworkNamespace, Plan, type Endpoint } from '../../src';
import {
  BEYOND,
  ended,
  fetchText,
  ipJson,
  type Json,
  keep,
  lab,
  machineSnapshot,
  needTools,
  nftJson,
  ping,
  reaches,
  run,
  scratchHost,
  sh,
  snapshot,
  tool,
  WAN,
} from '../support';
import { daemon } from './daemon';
import { scenario } from './scenario';

needTools('ip', 'nft', 'iptables-nft', 'ping', 'curl', 'script', 'sysctl');

/** Joins a host and a namespace by a pair: all of it or nothing. */
async function join(
  namespaces: { host: NetworkNamespace; inside: NetworkNamespace },
  pair: { number: number; host: string; inside: string },
): Promise<void> {
  const [outer, inner] = [`veth${pair.number}`, `ceth${pair.number}`];
  const peer = { ifname: inner, netns: 'inside' };
  const plan = new Plan({
    namespaces,
    steps: [
      { op: 'link.add', netns: 'host', body: { ifname: outer, kind: 'veth', up: true, peer } },
      { op: 'addr.add', netns: 'host', body: { dev: outer, address: pair.host, broadcast: 'auto' } },
      { op: 'addr.add', netns: 'inside', body: { dev: inner, address: pair.inside, broadcast: 'auto' } },
      { op: 'link.set', netns: 'inside', body: { ifname: inner, up: true } },
    ],
  });
  await plan.apply();
}

/** The tutorial's first two namespaces on a bridge that has no address. */
async function switched(host: NetworkNamespace): Promise<NetworkNamespace[]> {
  const { rtnl } = host;
  await rtnl.link.add({ ifname: 'br0', kind: 'bridge', up: true });
  const namespaces = [await scratchHost(), await scratchHost()];
  for (const [number, netns] of namespaces.entries()) {
    const peer = { ifname: `ceth${number}`, netns };
    await rtnl.link.add({ ifname: `veth${number}`, kind: 'veth', master: 'br0', up: true, peer });
    await netns.rtnl.addr.add({ dev: peer.ifname, address: `172.18.0.${number + 1}0/16` });
    await netns.rtnl.link.set({ ifname: peer.ifname, up: true });
  }
  return namespaces;
}

/** The tutorial's bridge as a network with its two namespaces. */
async function network(host: NetworkNamespace): Promise<[Network, Endpoint, Endpoint]> {
  const spec = { name: 'br0', subnet: '172.18.0.0/16', bridge: 'br0', lifetime: 'persistent' } as const;
  const made = await Network.create({ ...spec, host });
  const first = await made.attach('netns0', { address: '172.18.0.10', ifname: 'ceth0' });
  return [made, first, await made.attach('netns1', { address: '172.18.0.20', ifname: 'ceth1' })];
}

scenario('2.1', async () => {
  const { host } = await lab();
  const [made, endpoint] = await network(host);
  await using _network = made;
  for (const netns of [host, endpoint.netns]) {
    const found = await netns.inspect();
    const links = await ipJson(netns, 'link');
    expect(found.links.map(({ ifname }) => ifname)).toEqual(links.map(({ ifname }) => ifname));
    const routes = [
      ...(await ipJson(netns, '-4', 'route', 'show', 'table', 'all')),
      ...(await ipJson(netns, '-6', 'route', 'show', 'table', 'all')),
    ];
    expect(routes.length).toBeGreaterThan(3);
    expect(found.routes).toHaveLength(routes.length);
    const entries = await nftJson(netns);
    expect(found.firewall.chains).toHaveLength(entries.filter(({ chain }) => chain).length);
    expect(found.firewall.rules).toHaveLength(entries.filter(({ rule }) => rule).length);
  }
  expect((await host.inspect()).firewall.rules.length).toBeGreaterThan(5);
});

scenario('2.2', async () => {
  const [host, netns0] = [await scratchHost(), await scratchHost()];
  const marker = async (netns: NetworkNamespace): Promise<string[]> =>
    (await netns.inspect()).firewall.chains.map(({ name }) => name);
  await run(host, 'iptables-nft', ['-N', 'ROOT_NS']);
  expect(await marker(host)).toContain('ROOT_NS');
  expect(await marker(netns0)).toEqual([]);

  const table = { family: 'ip', name: 'marker' } as const;
  await netns0.firewall.transaction([
    { family: 'nftTable', verb: 'add', body: table },
    { family: 'nftChain', verb: 'add', body: { family: 'ip', table: table.name, name: 'NETNS0' } },
  ]);
  const { stdout } = await run(netns0, 'nft', ['list', 'ruleset']);
  expect(stdout).toMatch(/table ip marker \{\s+chain NETNS0 \{\s+\}\s+\}/);
  expect((await run(host, 'nft', ['list', 'ruleset'])).stdout).not.toContain('NETNS0');
});

scenario('2.3', async () => {
  const name = 'netns0';
  const netns0 = keep(await NetworkNamespace.create(name));
  const opened = keep(await NetworkNamespace.open({ path: `/var/run/netns/${name}` }));
  expect(opened.cookie).toBe(netns0.cookie);
  await netns0.rtnl.link.add({ ifname: 'only-here', kind: 'veth', peer: { ifname: 'other' } });
  // script gives the shell a terminal; we type.
  const terminal = ['-qec', 'sh -i', '/dev/null'];
  for (const shell of [
    netns0.spawn('script', terminal),
    opened.spawn('script', terminal),
    opened.spawn('nsenter', [`--net=/var/run/netns/${name}`, 'script', ...terminal]),
  ]) {
    const answer = ended(shell);
    shell.stdin!.end('tty; cat /sys/class/net/missing /proc/net/dev\nexit 7\n');
    const { code, stdout } = await answer;
    expect({ code, stdout }).toEqual({
      code: 7,
      stdout: expect.stringMatching(/\/dev\/pts\/\d+[^]*only-here:/),
    });
  }
  await opened.close();
});

scenario('2.4', async () => {
  const [host, inside] = [await scratchHost(), await scratchHost()];
  await join({ host, inside }, { number: 0, host: '172.18.0.11/16', inside: '172.18.0.10/16' });
  const [outer] = await ipJson(host, '-4', 'addr', 'show', 'veth0');
  const [inner] = await ipJson(inside, '-4', 'addr', 'show', 'ceth0');
  expect(outer.addr_info).toMatchObject([{ local: '172.18.0.11', prefixlen: 16 }]);
  expect(inner.addr_info).toMatchObject([{ local: '172.18.0.10', prefixlen: 16 }]);
  await ping(host, '172.18.0.10');
  await ping(inside, '172.18.0.11');
});

scenario('2.5', async () => {
  const [host, first, second] = [await scratchHost(), await scratchHost(), await scratchHost()];
  await join({ host, inside: first }, { number: 0, host: '172.18.0.11/16', inside: '172.18.0.10/16' });
  await join({ host, inside: second }, { number: 1, host: '172.18.0.21/16', inside: '172.18.0.20/16' });
  // The tutorial's trap: the host has two ways to one prefix and takes the first for both namespaces.
  const connected = await ipJson(host, 'route', 'show', '172.18.0.0/16');
  expect(connected.map(({ dev }) => dev)).toEqual(['veth0', 'veth1']);
  await ping(host, '172.18.0.10');
  expect(await reaches(host, '172.18.0.20')).toBe(false);

  const { routes, links } = await host.inspect();
  const devices = routes.filter(({ to }) => to === '172.18.0.0/16').map(({ dev }) => dev);
  const named = links.filter(({ index }) => devices.includes(index)).map(({ ifname }) => ifname);
  expect(named).toEqual(['veth0', 'veth1']);
  const before = await snapshot(host);
  const third = Network.create({ name: 'br0', subnet: '172.18.0.0/16', host });
  await expect(third).rejects.toThrow(
    'overlaps the address 172.18.0.11/16 on veth0, and the address 172.18.0.21/16 on veth1',
  );
  expect(await snapshot(host)).toEqual(before);
});

scenario('2.6', async () => {
  const { host } = await lab();
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const [made, first, second] = await network(host);
  await made.publish({ hostAddress: WAN, hostPort: 5000, to: second, port: 5000 });
  await tool('ip', ['netns', 'delete', 'netns0']);
  await first.netns.delete();
  await run(host, 'ip', ['link', 'delete', 'br0']);
  await run(host, 'nft', ['flush', 'ruleset']);
  await made.delete();
  await made.delete();
  await gc({ host });
  expect(await snapshot(host)).toEqual(before);
  expect(machineSnapshot()).toEqual(machine);
});

scenario('2.7', async () => {
  const host = await scratchHost();
  const [first, second] = (await switched(host)) as [NetworkNamespace, NetworkNamespace];
  await ping(first, '172.18.0.20');
  await ping(second, '172.18.0.10');
  const [device] = await ipJson(second, 'link', 'show', 'ceth1');
  const [judged] = await ipJson(first, '-4', 'neigh');
  expect(judged).toMatchObject({ dst: '172.18.0.20', dev: 'ceth0', lladdr: device.address });
  const known = await first.rtnl.neigh.list({ family: 'inet', dev: 'ceth0' });
  expect(known).toMatchObject([{ to: '172.18.0.20', lladdr: device.address }]);
  expect(await reaches(host, '172.18.0.10')).toBe(false);
});

scenario('2.8', async () => {
  const host = await scratchHost();
  await switched(host);
  await host.rtnl.addr.add({ dev: 'br0', address: '172.18.0.1/16', broadcast: 'auto' });
  expect(await ipJson(host, 'route')).toMatchObject([
    { dst: '172.18.0.0/16', dev: 'br0', protocol: 'kernel', scope: 'link', prefsrc: '172.18.0.1' },
  ]);
  await ping(host, '172.18.0.10');
  await ping(host, '172.18.0.20');
});

scenario('2.9', async () => {
  const { host, internet } = await lab();
  const [made, first, second] = await network(host);
  await using _network = made;
  const { stdout } = await run(host, 'nft', ['list', 'ruleset']);
  expect(stdout).toMatch(/ip saddr 172\.18\.0\.0\/16 oifname != "br0" oifname != "lo" masquerade/);
  await using _server = await daemon(internet, { port: 80 }, 'internet');
  for (const { netns } of [first, second]) {
    // Without these two, which the tutorial leaves out, nothing gets any further than the host.
    expect(await ipJson(netns, 'route', 'show', 'default')).toMatchObject([{ gateway: '172.18.0.1' }]);
    await sh(host, 'test $(sysctl -n net.ipv4.conf.br0.forwarding net.ipv4.conf.wan0.forwarding | uniq) = 1');
    await ping(netns, BEYOND);
    expect(await fetchText(netns, BEYOND)).toBe(`internet 0 ${WAN}`);
  }
});

scenario('2.10', async () => {
  const { host, internet } = await lab();
  const [made, first, second] = await network(host);
  await using _network = made;
  await using _flask = await daemon(first.netns, { port: 5000 }, 'flask');
  await expect(fetchText(internet, `${WAN}:5000`)).rejects.toThrow(/connect/);
  await made.publish({ hostAddress: WAN, hostPort: 5000, to: first, port: 5000 });
  expect(await fetchText(internet, `${WAN}:5000`)).toBe(`flask 0 ${BEYOND}`);
  expect(await fetchText(host, `${WAN}:5000`)).toBe(`flask 0 ${WAN}`);
  // The hairpin: by way of the host, whose address the server sees.
  expect(await fetchText(second.netns, `${WAN}:5000`)).toBe('flask 0 172.18.0.1');
  expect(await fetchText(first.netns, `${WAN}:5000`)).toBe('flask 0 172.18.0.1');
  const hooks = (await nftJson(host))
    .filter(({ chain }) => chain?.type === 'nat')
    .map(({ chain }) => chain.hook);
  expect(hooks).toEqual(expect.arrayContaining(['prerouting', 'output'] satisfies Json[]));
});

scenario('2.11', async () => {
  const { host } = await lab();
  const setting = async (): Promise<string> =>
    (
      await sh(host, 'cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || echo absent')
    ).stdout.trim();
  const before = await setting();
  const [made, first] = await network(host);
  await using _network = made;
  await using _flask = await daemon(first.netns, { port: 5000 }, 'flask');
  await made.publish({ hostAddress: WAN, hostPort: 5000, to: first, port: 5000 });
  const reported = async (): Promise<boolean> =>
    (await made.inspect()).warnings.some((text) => text.includes('br_netfilter'));
  expect(await reported()).toBe(false);
  // Hairpin traffic needs no such thing, and comes through whether it is there or not.
  expect(await fetchText(first.netns, `${WAN}:5000`)).toBe('flask 0 172.18.0.1');
  // A rule that means others drops it.
  const drops = 'chain pass { type filter hook forward priority 5; iifname br0 oifname br0 drop; };';
  await sh(host, `nft 'table ip own { ${drops} }'`);
  expect(await reported()).toBe(before === '1');
  expect(await setting()).toBe(before);
});
