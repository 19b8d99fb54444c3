import { Network, type NetworkNamespace, type NetworkSpec } from '../../../../src';
import { BEYOND, eventually, type Inside, ipJson, lab, needTools, ping, run, sh } from '../../../support';

needTools('ip', 'ping');

const LAN = {
  ...{ name: 'lan', subnet: '192.0.2.0/24', gateway: BEYOND, range: '192.0.2.128/25' },
  ...{ parent: 'wan0', bridge: 'br0', lifetime: 'persistent' },
} satisfies NetworkSpec;

const confirm = (): boolean => true;

async function machine(): Promise<NetworkNamespace> {
  return (await lab({ named: true })).host;
}

/** What a device is to its host, without its name and the seconds that pass. */
async function role(host: Inside, dev: string): Promise<Record<string, unknown[]>> {
  const [{ addr_info }] = await ipJson(host, 'addr', 'show', 'dev', dev);
  const addresses = addr_info
    .filter(({ scope }: { scope: string }) => scope !== 'link')
    .map(({ local, address = '', protocol = '', valid_life_time: life }: Record<string, unknown>) =>
      [local, address, protocol, life === 0xffffffff ? 'for ever' : 'for a while'].join(' '),
    );
  const lists = {
    routes: ['route', 'show', 'table', 'all'],
    routes6: ['-6', 'route', 'show', 'table', 'all'],
  };
  const neighbours = {
    neighbours: ['neigh', 'show', 'nud', 'permanent'],
    proxies: ['neigh', 'show', 'proxy'],
  };
  const shown: Record<string, unknown[]> = { addresses };
  for (const [list, words] of Object.entries({ ...lists, ...neighbours })) {
    const { stdout } = await run(host, 'ip', words);
    shown[list] = stdout
      .split('\n')
      .filter((line) => line.includes(` dev ${dev} `) && !/fe80::|ff00::/.test(line))
      .map((line) =>
        line
          .replace(/expires \d+sec/, 'expires')
          .replace(`dev ${dev}`, 'DEV')
          .trim(),
      )
      .sort();
  }
  return shown;
}

/** The kernel makes local routes of IPv6 addresses by and by. */
async function expectRole(host: Inside, dev: string, wanted: Record<string, unknown[]>): Promise<void> {
  const text = JSON.stringify(wanted);
  await eventually('it is as before', async () => JSON.stringify(await role(host, dev)) === text).catch(
    () => undefined,
  );
  expect(await role(host, dev)).toEqual(wanted);
}

const FURNITURE: Readonly<Record<string, string>> = {
  'a realm': 'ip route add 10.36.0.0/16 via 192.0.2.2 dev wan0 realm 5',
  'routes that expire': 'ip -6 route add fd32::/32 dev wan0 metric 5 expires 500',
  'routes of the protocol kernel': `ip route add 10.39.0.0/16 via 192.0.2.2 dev wan0 proto kernel
    ip addr add 10.23.0.1/24 dev wan0 noprefixroute
    ip route add 10.23.0.0/24 dev wan0 proto kernel scope link src 10.23.0.1 metric 100`,
  'routes in the table local': `ip route add broadcast 192.0.2.77 dev wan0
    ip route add local 10.20.7.0/24 dev wan0`,
  'addresses that expire': `ip addr add 10.25.0.1/24 dev wan0 valid_lft 600 preferred_lft 300
    ip -6 addr add fd25::1/64 dev wan0 nodad valid_lft 600 preferred_lft 300
    ip -6 addr add fd25::2/64 dev wan0 nodad; ip -6 addr add fd26::1/64 dev wan0 nodad`,
  'permanent neighbours': `ip neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 nud permanent dev wan0
    ip neigh add fd26::77 lladdr 02:00:00:00:00:78 nud permanent dev wan0 router`,
  'proxy entries': 'ip neigh add proxy 192.0.2.77 dev wan0; ip neigh add proxy fd26::78 dev wan0',
};

test.each([...Object.entries(FURNITURE), ['all of these', Object.values(FURNITURE).join('\n')]])(
  'to the bridge and back move %s',
  async (_, furniture) => {
    const host = await machine();
    const plain = await role(host, 'wan0');
    await sh(host, `set -e\n${furniture}`);
    await eventually('the addresses have their routes', async () => {
      return (await run(host, 'ip', ['-6', 'addr', 'show', 'tentative'])).stdout === '';
    });
    const before = await role(host, 'wan0');
    expect(before).not.toEqual(plain);
    const network = await Network.create({ ...LAN, host });
    const none = await role(host, 'br0');
    await expect(network.adopt('wan0', { confirm: () => false })).rejects.toMatchObject({
      code: 'ECANCELED',
    });
    await expectRole(host, 'wan0', before);
    await expectRole(host, 'br0', none);

    await network.adopt('wan0', { confirm });
    await expectRole(host, 'br0', before);
    await expectRole(host, 'wan0', none);
    await ping(host, BEYOND);
    await expect(network.release('wan0', { confirm: () => false })).rejects.toMatchObject({
      code: 'ECANCELED',
    });
    await expectRole(host, 'br0', before);
    await network.release('wan0');
    await expectRole(host, 'wan0', before);
    await expectRole(host, 'br0', none);
    await network.adopt('wan0', { confirm });
    await network.delete();
    await expectRole(host, 'wan0', before);
    await ping(host, BEYOND);
  },
);

const IMMOVABLE = [
  ['an encapsulation', 'ip route add 10.35.0.0/16 encap ip id 5 dst 192.0.2.2 dev DEV', '10.35.0.0/16'],
  [
    'a next hop object',
    'ip nexthop add id 5 via 192.0.2.2 dev DEV; ip route add 10.40.0.0/16 nhid 5',
    '10.40.0.0/16',
  ],
] as const;

test.each(IMMOVABLE)('a route with %s is named, and nothing changes', async (_, route, to) => {
  const host = await machine();
  const network = await Network.create({ ...LAN, host });
  await network.adopt('wan0', { confirm });
  await sh(host, `set -e; ${route.replace('DEV', 'br0')}`);
  const refusal = {
    code: 'EOPNOTSUPP',
    object: 'wan0',
    message: expect.stringContaining(`the route to ${to} has `),
  };
  const adopted = await role(host, 'br0');
  await expect(network.release('wan0')).rejects.toMatchObject({ ...refusal, object: 'br0' });
  await expect(network.delete()).rejects.toMatchObject({ ...refusal, object: 'br0' });
  await expectRole(host, 'br0', adopted);
  await ping(host, BEYOND);
  await sh(host, `ip route del ${to}; ip nexthop flush`);
  await network.release('wan0');
  await sh(host, `set -e; ${route.replace('DEV', 'wan0')}`);
  const before = await role(host, 'wan0');
  await expect(network.adopt('wan0', { confirm })).rejects.toMatchObject(refusal);
  await expectRole(host, 'wan0', before);
  expect((await network.inspect()).adopted).toEqual([]);
  await network.delete();
  await expectRole(host, 'wan0', before);
});

test.each(['release', 'delete'] as const)(
  'a device with another name and MAC address gets back what it had: by %s',
  async (how) => {
    const host = await machine();
    const before = await role(host, 'wan0');
    const network = await Network.create({ ...LAN, host });
    await network.adopt('wan0', { confirm });
    await sh(
      host,
      'ip link set wan0 down; ip link set wan0 name other0 address 02:00:00:00:00:99; ip link set other0 up',
    );
    expect((await network.plan()).explain()).toContain('link set dev other0 master br0');
    if (how === 'release') {
      await expect(network.release('wan0', { confirm: () => false })).rejects.toMatchObject({
        code: 'ECANCELED',
      });
      await network.release('wan0');
      expect((await network.inspect()).adopted).toEqual([]);
      await expect(network.release('wan0')).rejects.toMatchObject({ code: 'ENODEV' });
    }
    await network.delete();
    await expectRole(host, 'other0', before);
    await ping(host, BEYOND);
  },
);
