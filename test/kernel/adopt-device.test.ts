import type { NetworkNamespace } from '../../src';
import { adoptDevice, releaseDevice } from '../../src';
import {
  ipJson,
  lab,
  needTools,
  ping,
  reaches,
  run,
  scratchHost,
  sh,
  snapshot,
  BEYOND,
  type Inside,
} from '../support';

needTools('ip', 'ping');

const never = new Promise<boolean>(() => undefined);

/** A host whose only way out has addresses and routes of all sorts. */
async function machine(): Promise<{ host: NetworkNamespace; internet: NetworkNamespace }> {
  const { host, internet } = await lab();
  await sh(
    host,
    `ip addr add 192.0.2.9/24 dev wan0; ip addr add 192.0.2.10/32 dev wan0 label wan0:1
     ip addr add 2001:db8::1/64 dev wan0 nodad; ip -6 route add default via 2001:db8::2 metric 7
     ip route add 198.51.100.0/24 dev wan0 mtu 1400; ip route add 203.0.113.0/24 via 192.0.2.2 src 192.0.2.9 metric 5
     ip route add 10.9.0.0/16 via 198.51.100.7 table 99; ip rule add from 192.0.2.9 table 99 priority 99`,
  );
  await sh(internet, 'ip addr add 2001:db8::2/64 dev lan0 nodad');
  return { host, internet };
}

/** What a device is to its host, without its name. */
async function role(host: Inside, dev: string): Promise<unknown> {
  const [{ addr_info }] = await ipJson(host, 'addr', 'show', 'dev', dev);
  const addresses = addr_info
    .filter(({ scope }: { scope: string }) => scope !== 'link')
    .map(({ label, ...rest }: { label?: string }) => ({ ...rest, label: label?.replace(dev, 'DEV') }));
  const shown = [
    await run(host, 'ip', ['route', 'show', 'table', 'all']),
    await run(host, 'ip', ['-6', 'route']),
  ];
  const routes = shown
    .flatMap(({ stdout }) => stdout.split('\n'))
    .filter((line) => line.includes(`dev ${dev} `) && !/fe80::|ff00::/.test(line))
    .map((line) => line.trim().replace(`dev ${dev}`, 'DEV'));
  return { addresses, routes: routes.sort() };
}

test('a device joins a bridge with a namespace on its LAN; the host keeps its addresses, routes and peers', async () => {
  const { host, internet } = await machine();
  const before = await snapshot(host);
  const was = await role(host, 'wan0');
  const [{ address: mac }] = await ipJson(host, 'link', 'show', 'dev', 'wan0');
  let asked = 0;
  await adoptDevice('wan0', {
    bridge: 'br0',
    host,
    confirm: async () => {
      asked += 1;
      return reaches(host, BEYOND);
    },
  });
  expect(asked).toBe(1);
  expect(await role(host, 'br0')).toEqual(was);
  const [port] = await ipJson(host, 'link', 'show', 'dev', 'wan0');
  expect(port).toMatchObject({ master: 'br0', operstate: 'UP' });
  expect((await ipJson(host, 'link', 'show', 'dev', 'br0'))[0].address).toBe(mac);
  await ping(host, BEYOND);
  await ping(internet, '192.0.2.10');

  // A namespace with an address of the LAN, and no NAT in between.
  const guest = await scratchHost();
  await host.rtnl.link.add({
    ifname: 'guest0',
    kind: 'veth',
    master: 'br0',
    up: true,
    peer: { ifname: 'eth0', netns: guest },
  });
  await guest.rtnl.addr.add({ dev: 'eth0', address: '192.0.2.3/24' });
  await guest.rtnl.link.set({ ifname: 'eth0', up: true });
  await ping(internet, '192.0.2.3');
  await ping(guest, '192.0.2.1');

  await expect(adoptDevice('wan0', { bridge: 'br1', host, confirm: () => true })).rejects.toMatchObject({
    code: 'EBUSY',
    operation: 'adoptDevice',
    object: 'wan0',
  });
  await releaseDevice('wan0', { host });
  expect(await role(host, 'wan0')).toEqual(was);
  await ping(host, BEYOND);
  await expect(releaseDevice('wan0', { host })).rejects.toMatchObject({ code: 'ENODEV' });
  await run(host, 'ip', ['link', 'delete', 'guest0']);
  await run(host, 'ip', ['link', 'delete', 'br0']);
  expect(await snapshot(host)).toEqual(before);
});

test.each<[string, () => Promise<boolean> | boolean, string]>([
  ['refused', () => false, 'ECANCELED'],
  ['forgotten', () => never, 'ETIMEDOUT'],
])('an adoption that is %s leaves the host as it was', async (_, confirm, code) => {
  const { host } = await machine();
  const before = await snapshot(host);
  const adopted = adoptDevice('wan0', { bridge: 'br0', host, confirm, timeoutMs: 500 });
  await expect(adopted).rejects.toMatchObject({ code });
  expect(await snapshot(host)).toEqual(before);
  await ping(host, BEYOND);
});

test('an existing bridge keeps its own addresses; what cannot move is refused before anything is done', async () => {
  const { host } = await machine();
  await sh(
    host,
    'ip link add br0 type bridge forward_delay 0; ip addr add 10.1.0.1/24 dev br0; ip link add not-a-bridge type ifb; ip link set not-a-bridge addrgenmode none up',
  );
  const adopt = (ifname: string, bridge: string): Promise<void> =>
    adoptDevice(ifname, { bridge, host, confirm: () => true });
  const before = await snapshot(host);
  await expect(adopt('missing0', 'br0')).rejects.toMatchObject({ code: 'ENODEV' });
  await expect(adopt('wan0', 'not-a-bridge')).rejects.toMatchObject({ step: expect.any(Number) });
  await expect(adopt('wan0', 'br/0')).rejects.toMatchObject({ code: 'ERR_VALIDATION', path: 'bridge' });
  await expect(adoptDevice('wan0', { bridge: 'br0', host } as never)).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    path: 'confirm',
  });
  expect(await snapshot(host)).toEqual(before);

  await run(host, 'ip', [
    'route',
    'add',
    '10.53.0.0/16',
    'nexthop',
    'via',
    '192.0.2.2',
    'nexthop',
    'via',
    '192.0.2.3',
  ]);
  await expect(adopt('wan0', 'br0')).rejects.toMatchObject({ code: 'EOPNOTSUPP', object: 'wan0' });
  await run(host, 'ip', ['route', 'delete', '10.53.0.0/16']);
  await adopt('wan0', 'br0');
  await ping(host, BEYOND);
  expect(JSON.stringify(await role(host, 'br0'))).toContain('10.1.0.1');
});
