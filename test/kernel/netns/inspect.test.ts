import { NetworkNamespace } from '../../../src/netns/namespace';
import { ipJson, killed, needTools, scratchHost, scratchName, sh } from '../../support';

needTools('ip', 'nft', 'sleep');

test('inspect tells what independent tools configured', async () => {
  const ns = await scratchHost();
  await sh(
    ns,
    `ip link add br0 type bridge
     ip link set br0 up
     ip addr add 10.7.0.1/24 dev br0
     ip route add 10.8.0.0/16 via 10.7.0.2
     ip route add 10.9.0.0/16 via 10.7.0.3 table 77
     ip rule add from 10.7.0.0/24 lookup 77 priority 1000
     ip neigh add 10.7.0.2 lladdr 02:00:00:00:00:01 dev br0 nud permanent
     ip nexthop add id 5 via 10.7.0.4 dev br0
     nft add table ip guard
     nft add chain ip guard out '{ type filter hook output priority 0; policy accept; }'
     nft add rule ip guard out ip daddr 10.99.0.1 drop
     echo 1 > /proc/sys/net/ipv4/conf/br0/forwarding`,
  );
  const found = await ns.inspect();
  expect(found.links.map(({ ifname }) => ifname).sort()).toEqual(
    (await ipJson(ns, 'link')).map((link) => link.ifname).sort(),
  );
  expect(found.links).toContainEqual(expect.objectContaining({ ifname: 'br0', kind: 'bridge', up: true }));
  expect(found.addresses).toContainEqual(expect.objectContaining({ address: '10.7.0.1/24' }));
  const routes = await ipJson(ns, '-4', 'route', 'show', 'table', 'all');
  const routes6 = await ipJson(ns, '-6', 'route', 'show', 'table', 'all');
  expect(routes.length).toBeGreaterThan(4);
  expect(found.routes).toHaveLength(routes.length + routes6.length);
  expect(found.routes).toContainEqual(
    expect.objectContaining({ to: '10.9.0.0/16', via: '10.7.0.3', table: 77 }),
  );
  expect(found.rules).toContainEqual(
    expect.objectContaining({ priority: 1000, from: '10.7.0.0/24', table: 77 }),
  );
  expect(found.neighbours).toContainEqual(
    expect.objectContaining({ to: '10.7.0.2', lladdr: '02:00:00:00:00:01' }),
  );
  expect(found.nexthops).toContainEqual(expect.objectContaining({ id: 5 }));
  expect(found.firewall.tables).toContainEqual(expect.objectContaining({ family: 'ip', name: 'guard' }));
  expect(found.firewall.chains).toHaveLength(1);
  expect(found.firewall.rules).toHaveLength(1);
  expect(found.sysctls).toMatchObject({
    'net/ipv4/ip_forward': '0',
    'net/ipv4/conf/br0/forwarding': '1',
    'net/ipv6/conf/all/disable_ipv6': '0',
  });

  const text = JSON.stringify(found);
  const again = JSON.parse(text) as Record<string, unknown[]>;
  expect(again['links']).toHaveLength(found.links.length);
  expect(again['routes']).toHaveLength(found.routes.length);
});

test('pids are exactly the processes inside', async () => {
  const [ns, other] = [await scratchHost(), await scratchHost()];
  expect(await ns.pids()).toEqual([]);
  const children = [ns, ns, other].map((place) => place.spawn('sleep', ['30'], { stdio: 'ignore' }));
  const pids = children.map(({ pid }) => pid!);
  expect((await ns.pids()).sort((a, b) => a - b)).toEqual(pids.slice(0, 2).sort((a, b) => a - b));
  expect(await other.pids()).toEqual([pids[2]]);
  await Promise.all(children.map((child) => killed(child)));
  expect(await ns.pids()).toEqual([]);
});

test('list is sorted, and empty where there are no names', async () => {
  expect(await NetworkNamespace.list()).toEqual([]);
  const names = ['b', 'a', 'c'].map((letter) => `${scratchName()}-${letter}`);
  const all = await NetworkNamespace.createMany(names);
  expect((await NetworkNamespace.list()).map(({ name }) => name)).toEqual([...names].sort());
  await Promise.all(all.map((ns) => ns.delete()));
  expect(await NetworkNamespace.list()).toEqual([]);
});
