import { Network } from '../../../src/network/network';
import { Firewall } from '../../../src/firewall/client/firewall';
import { deleteTable } from '../../../src/firewall/network/table/create-table';
import { tableName } from '../../../src/firewall/network/table/network-table';
import { lab, needTools, nftJson, run, scratchHost, sh, WAN, type Json } from '../../support';

needTools('ip', 'nft');

const subnet = '10.70.0.0/20';

// What the same table looks like when nft makes it from its own words, without the owner.
const AS_NFT_SAYS = `
table ip netloom-web {
  comment "netloom:web"
  set askers { type ipv4_addr; size 65536; flags dynamic,timeout; timeout 10s; }
  map published { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  map published-any { type inet_proto . inet_service : ipv4_addr . inet_service; }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 10.70.0.0/20 oifname != "nl-web" oifname != "lo" masquerade
    ip saddr 10.70.0.0/20 oifname "nl-web" ct status dnat masquerade
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @published
    fib daddr type local ip daddr != 127.0.0.0/8 dnat ip to meta l4proto . th dport map @published-any
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @published
    fib daddr type local ip daddr != 127.0.0.0/8 dnat ip to meta l4proto . th dport map @published-any
  }
  chain redirects {
    type filter hook output priority filter; policy accept;
    oifname "nl-web" icmp type redirect drop
  }
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    ip saddr 10.70.0.0/20 iifname != "nl-web" iifname != "lo" drop
    iifname "nl-web" ip saddr != 169.254.1.0/30 fib saddr . iif oif 0 drop
    ip daddr 10.70.0.0/20 iifname != "nl-web" iifname != "lo" drop
    iifname "nl-web" ip daddr 10.70.0.1 udp dport 53 update @askers { ip saddr limit rate over 1000/second burst 200 packets } drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    iifname "nl-web" accept
    ct status dnat accept
    oifname "nl-web" drop
  }
}`;

/** The table that all networks of a host share, where it does not forward by itself. */
const OPENED = /netloom_opened_[0-9a-f]{12}/;
const OPENED_AS_NFT_SAYS = `
table ip netloom_opened_0123456789ab {
  comment "netloom: /run/netloom"
  set opened { type iface_index; elements = { "wan0" }; }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    iif @opened oifgroup != 28268 oifgroup != 28269 drop
  }
}`;

const isIn = (entry: Json, table: RegExp): boolean => {
  const found = Object.values<Json>(entry)[0];
  return table.test(String(found.table ?? found.name));
};
const rulesOf = (entries: Json[]): Json[] =>
  entries
    .filter((entry) => 'rule' in entry || 'chain' in entry || 'map' in entry)
    .filter((entry) => !isIn(entry, OPENED))
    .map((entry) =>
      JSON.parse(JSON.stringify(entry, (key, value: unknown) => (key === 'handle' ? undefined : value))),
    );

test.each(['process', 'persistent'] as const)(
  'the table of a %s network reads as nft would write it',
  async (lifetime) => {
    const { host } = await lab();
    const judge = await scratchHost();
    await sh(judge, `nft -f - <<'END'\n${AS_NFT_SAYS}\nEND`);
    const expected = rulesOf(await nftJson(judge));
    const network = await Network.create({ name: 'web', subnet, host, lifetime });
    const found = rulesOf(await nftJson(host)).filter(
      (entry) => Object.values<Json>(entry)[0].family === 'ip',
    );
    expect(found.length).toBeGreaterThan(15);
    expect(found).toEqual(expected);
    const { stdout } = await run(host, 'nft', ['list', 'tables']);
    // That of a network which lives with its process is where its bridge is.
    const ofBridge = lifetime === 'persistent' ? ['table bridge netloom-web'] : [];
    const expectedTables = ['table ip netloom-web', 'table ip netloom_opened_…', ...ofBridge];
    expect(stdout.replace(OPENED, 'netloom_opened_…').trim().split('\n').sort()).toEqual(
      expectedTables.sort(),
    );
    await network.delete();
    expect(await nftJson(host)).toEqual([]);
  },
);

test('the table of a subnet6 reads as nft would write it: the same, in the words of the other family', async () => {
  const { host } = await lab();
  await run(host, 'ip', ['route', 'add', 'default', 'dev', 'wan0', 'via', '2001:db8::2', 'onlink']);
  const judge = await scratchHost();
  // The resolver has an IPv4 address alone.
  // Routers answer by IPv6 from link-local addresses, which are on the device's own route.
  const shared = AS_NFT_SAYS.replace(/^.*askers.*\n/gm, '').replace('ip saddr != 169.254.1.0/30 ', '');
  const six = shared
    .replaceAll('10.70.0.0/20', 'fd00:70:0:8000::/49')
    .replace('table ip ', 'table ip6 ')
    .replace('icmp type redirect', 'icmpv6 type nd-redirect')
    .replaceAll('127.0.0.0/8', '::1')
    .replace(/(?<!inet )\bip (?=saddr|daddr|to)/g, 'ip6 ')
    .replaceAll('ipv4_addr', 'ipv6_addr');
  await sh(judge, `nft -f - <<'END'\n${six}\nEND`);
  const expected = rulesOf(await nftJson(judge));
  const network = await Network.create({ name: 'web', subnet, subnet6: 'fd00:70:0:8000::/49', host });
  const found = rulesOf(await nftJson(host)).filter(
    (entry) => Object.values<Json>(entry)[0].family === 'ip6',
  );
  expect(found.length).toBeGreaterThan(15);
  expect(found).toEqual(expected);
  await network.delete();
  expect(await nftJson(host)).toEqual([]);
});

test('the table that keeps strangers out reads as nft would write it, and is nobody’s', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const found = (await nftJson(host)).filter((entry) => isIn(entry, OPENED));
  const { index } = await host.rtnl.link.get({ ifname: 'wan0' });
  const judge = await scratchHost();
  await sh(judge, `ip link add wan0 index ${String(index)} type bridge`);
  await sh(judge, `nft -f - <<'END'\n${OPENED_AS_NFT_SAYS}\nEND`);
  const plain = (entries: Json[]): Json => {
    const text = JSON.stringify(entries, (key, value: unknown) => (key === 'handle' ? undefined : value));
    return JSON.parse(text.replaceAll(new RegExp(OPENED, 'g'), 'netloom_opened_…'));
  };
  expect(plain(found)).toEqual(plain(await nftJson(judge)));
  await network.delete();
  expect(await nftJson(host)).toEqual([]);
});

test('a table that lives with its process is nobody else’s to change, and survives a flush', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host });
  const own = async (): Promise<Json[]> => (await nftJson(host)).filter((entry) => !isIn(entry, OPENED));
  const before = await own();
  expect(before.length).toBeGreaterThan(15);
  await run(host, 'nft', ['flush', 'ruleset']);
  expect(await own()).toEqual(before);
  await expect(run(host, 'nft', ['delete', 'table', 'ip', 'netloom-web'])).rejects.toThrow(/not permitted/i);
  await expect(new Firewall(host).transaction(deleteTable('web'))).rejects.toMatchObject({
    code: 'EPERM',
    operation: 'nftTable.delete',
    object: tableName('web'),
  });
  await network.delete();
});

test('published ports stand in the map as nft shows it, and are withdrawn one by one', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const [red, blue] = await network.attachMany(['nft-red', 'nft-blue']);
  const elements = async (): Promise<Json> => {
    const map = (await nftJson(host)).find((entry) => 'map' in entry)?.map;
    return map.elem ?? [];
  };
  const [first, second] = await network.publishMany([
    { hostAddress: WAN, hostPort: 8080, to: red, port: 80 },
    { hostAddress: WAN, hostPort: 8080, to: blue, port: 53, protocol: 'udp' },
  ]);
  const element = (protocol: string, address: string, port: number): Json => [
    { elem: { val: { concat: [WAN, protocol, 8080] }, comment: 'netloom:web' } },
    { concat: [address, port] },
  ];
  expect(await elements()).toHaveLength(2);
  expect(await elements()).toEqual(
    expect.arrayContaining([element('tcp', red.address, 80), element('udp', blue.address, 53)]),
  );

  const taken = { hostAddress: WAN, hostPort: 8080, to: blue, port: 81 };
  await expect(network.publish(taken)).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    value: `${WAN}:8080/tcp`,
  });
  await expect(
    network.publishMany([
      { ...taken, hostPort: 1 },
      { ...taken, hostPort: 1 },
    ]),
  ).rejects.toThrow(/is published twice in this call/);
  await expect(network.publish({ ...taken, hostAddress: '0.0.0.0' })).rejects.toThrow(
    `is published already by ${WAN}:8080/tcp`,
  );
  await expect(network.publish({ ...taken, hostAddress: '127.0.0.1' })).rejects.toMatchObject({
    path: 'hostAddress',
  });
  expect(await elements()).toHaveLength(2);

  await first.delete();
  expect(await elements()).toEqual([element('udp', blue.address, 53)]);
  await network.detach(blue);
  expect(await elements()).toEqual([]);
  await second.delete();
  await network.delete();
});

test('what nft made is listed: tables, chains, rules, sets and their elements', async () => {
  const host = await scratchHost();
  await sh(
    host,
    `nft -f - <<'END'
table inet judge {
  set ports { type inet_service; elements = { 22, 443 }; }
  chain input { type filter hook input priority -5; policy drop; tcp dport @ports counter accept; }
}
table ip6 empty { }
END`,
  );
  const { tables, chains, rules, sets } = await host.firewall.list();
  expect(tables.map(({ family, name }) => `${family} ${name}`).sort()).toEqual(['inet judge', 'ip6 empty']);
  expect(chains).toMatchObject([
    {
      family: 'inet',
      table: 'judge',
      name: 'input',
      type: 'filter',
      policy: 'drop',
      hook: { hooknum: 1, priority: -5 },
    },
  ]);
  expect(rules).toHaveLength(1);
  expect(rules[0]?.expressions?.map(({ name }) => name)).toEqual([
    'meta',
    'cmp',
    'payload',
    'lookup',
    'counter',
    'immediate',
  ]);
  expect(sets).toMatchObject([{ name: 'ports', keyLen: 2 }]);
  const ports = sets[0]?.elements.map(({ key }) => Buffer.from(key?.value ?? []).readUInt16BE());
  expect(ports?.sort((a, b) => a - b)).toEqual([22, 443]);
});

test('a transaction is all or nothing, and its error names the request', async () => {
  const host = await scratchHost();
  const table = { family: 'nftTable', verb: 'add', body: { family: 'ip', name: 'half' } } as const;
  const chain = {
    family: 'nftChain',
    verb: 'add',
    body: { family: 'ip', table: 'missing', name: 'c' },
  } as const;
  await expect(host.firewall.transaction([table, chain])).rejects.toMatchObject({
    code: 'ENOENT',
    operation: 'nftChain.add',
    object: 'c',
  });
  expect(await nftJson(host)).toEqual([]);
  await expect(
    // @ts-expect-error -- the body of a table has no such key.
    host.firewall.transaction([{ family: 'nftTable', verb: 'add', body: { family: 'ip', nmae: 'x' } }]),
  ).rejects.toMatchObject({ code: 'ERR_VALIDATION', path: 'nmae' });
});

test('null for the options of a call means the same as without them', async () => {
  const host = await scratchHost();
  await sh(host, 'nft add table inet t');
  const left = null as unknown as undefined;
  expect(await host.firewall.tables(left)).toEqual(await host.firewall.tables());
  await host.firewall.transaction(
    [{ family: 'nftTable', verb: 'delete', body: { family: 'inet', name: 't' } }],
    left,
  );
  expect((await sh(host, 'nft list tables')).stdout).toBe('');
});
