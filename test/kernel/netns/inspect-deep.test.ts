import { NetworkNamespace } from '../../../src';
import { Network } from '../../../src/network/network';
import {
  ipJson,
  keep,
  killed,
  lab,
  namedHost,
  needTools,
  nftJson,
  run,
  scratchHost,
  scratchName,
  sh,
  WAN,
} from '../../support';

needTools('ip', 'nft', 'sleep', 'iptables-legacy', 'iptables-legacy-save', 'ip6tables-legacy');

test('links are followed to their other ends, wherever these are', async () => {
  const [ns, named, anonymous, held] = [
    await scratchHost(),
    await namedHost(),
    await scratchHost(),
    await scratchHost(),
  ];
  const place = (other: NetworkNamespace): string => `/proc/${String(process.pid)}/fd/${String(other.fd)}`;
  await sh(
    ns,
    `ip link add here0 type veth peer name here1
     ip link add there0 type veth peer name far netns ${place(named)}
     ip link add nowhere0 type veth peer name lost netns ${place(anonymous)}
     ip link add held0 type veth peer name inside netns ${place(held)}
     ip link add mv0 link here0 type macvlan`,
  );
  const sleeper = held.spawn('sleep', ['60'], { stdio: 'ignore' });
  const judged = await ipJson(ns, 'link');
  const { links } = await ns.inspect();
  const linked = Object.fromEntries(links.map((link) => [link.ifname, link.linked]));
  const indexOf = (ifname: string): number => judged.find((link) => link.ifname === ifname).ifindex as number;
  expect(linked['lo']).toBeUndefined();
  expect(linked['here0']).toEqual({ index: indexOf('here1'), ifname: 'here1' });
  expect(linked['here1']).toEqual({ index: indexOf('here0'), ifname: 'here0' });
  expect(linked['mv0']).toEqual({ index: indexOf('here0'), ifname: 'here0' });

  for (const [ifname, end, where] of [
    ['there0', 'far', { name: named.name }],
    ['nowhere0', 'lost', {}],
    ['held0', 'inside', { pid: sleeper.pid }],
  ] as const) {
    const { link_index: index, link_netnsid: nsid } = judged.find((link) => link.ifname === ifname);
    expect(linked[ifname]).toEqual({ index, ifname: end, netns: { nsid, ...where } });
  }
  await killed(sleeper);
  // From the other side as well.
  const [far] = (await named.inspect()).links.filter(({ ifname }) => ifname === 'far');
  expect(far?.linked).toMatchObject({ ifname: 'there0', index: indexOf('there0') });
});

test('rules read as nft would write them', async () => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const web = await network.attach('web');
  await network.publish({ hostAddress: WAN, hostPort: 80, to: web, port: 8080 });
  await sh(
    host,
    `nft add table inet mine
     nft add chain inet mine in '{ type filter hook input priority 0; }'
     nft add rule inet mine in tcp dport 22 limit rate 3/second accept`,
  );
  const { firewall } = await host.inspect();
  const texts = firewall.rules.map(({ table, chain, text }) => `${table} ${chain}: ${text}`);
  expect(texts).toHaveLength((await nftJson(host)).filter((entry) => 'rule' in entry).length);
  expect(texts).toContain(
    'netloom-web postrouting: ip saddr 10.66.0.0/24 oifname != "nl-web" oifname != "lo" masquerade',
  );
  expect(texts).toContain('netloom-web forward: ct state established,related accept');
  expect(texts).toContain(
    'netloom-web prerouting: fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @published',
  );
  expect(texts.find((text) => text.startsWith('mine in'))).toBe(
    'mine in: tcp dport 22 limit rate 3/second accept',
  );
  const published = firewall.sets.find(({ name }) => name === 'published');
  expect(published?.texts).toEqual([
    expect.stringMatching(/^192\.0\.2\.1 \. tcp \. 80 .*: 10\.66\.0\.2 \. 8080$/),
  ]);
  // A judge that reads our words back makes the same rule of them.
  const judge = await scratchHost();
  await sh(judge, `nft add table ip t; nft add chain ip t c '{ type nat hook postrouting priority 100; }'`);
  const [masquerading = ''] = texts.filter((text) => text.includes('!= "lo" masquerade'));
  await run(judge, 'nft', ['add', 'rule', 'ip', 't', 'c', ...masquerading.split(': ')[1]!.split(' ')]);
  expect((await nftJson(judge)).filter((entry) => 'rule' in entry)).toHaveLength(1);
});

test('the older tables are told by their own tool, and are not made by looking', async () => {
  const ns = await scratchHost();
  expect((await ns.inspect()).firewall.legacy).toBeUndefined();
  expect((await ns.inspect()).firewall.legacy).toBeUndefined();
  await run(ns, 'iptables-legacy', ['-A', 'FORWARD', '-s', '10.9.8.0/24', '-j', 'DROP']);
  const { legacy } = (await ns.inspect()).firewall;
  expect(legacy?.tables).toEqual({ ip: ['filter'], ip6: [] });
  expect(legacy?.saved?.ip).toContain('-A FORWARD -s 10.9.8.0/24 -j DROP');
  expect(legacy?.saved?.ip6).toBe('');
});

test('the whole is JSON of the shape that the documents tell', async () => {
  const { host } = await lab();
  const ns = keep(await NetworkNamespace.create(scratchName()));
  await using network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  await network.attach(ns);
  for (const place of [host, ns]) {
    const json = JSON.parse(JSON.stringify(await place.inspect())) as Record<string, Record<string, unknown>>;
    expect(Object.keys(json)).toEqual([
      ...['links', 'addresses', 'routes', 'rules', 'neighbours', 'nexthops', 'firewall', 'sysctls'],
    ]);
    expect(Object.keys(json['firewall']!)).toEqual(
      expect.arrayContaining(['tables', 'chains', 'rules', 'sets']),
    );
  }
});
