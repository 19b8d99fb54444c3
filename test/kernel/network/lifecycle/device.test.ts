import { NetlinkError } from '../../../../src/errors/errors';
import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  BEYOND,
  BEYOND6,
  eventually,
  lab,
  lab6,
  needTools,
  reaches,
  run,
  scratchName,
  sh,
  WAN,
} from '../../../support';

needTools('ip', 'ping');

const SPEC = { name: 'site', subnet: '10.72.0.0/24', warnings: false } as const;
const KINDS = (['persistent', 'process'] as const).flatMap((lifetime) =>
  (['bridge', 'routed'] as const).map((mode) => ({ lifetime, mode })),
);

/** A device of somebody else's by the name of the network's, with what the library has put on it. */
async function foreign(host: NetworkNamespace): Promise<string> {
  const about = ['addr show', 'route show table all', 'neigh show', '-6 neigh show'];
  const { stdout } = await sh(
    host,
    about.map((words) => `ip ${words} dev nl-site`).join('; ') + '; ip -d link show nl-site',
  );
  return stdout.replace(/ forwarding \w+/g, '');
}

const FATES: readonly [string, string, RegExp][] = [
  [
    'removed',
    'ip link del nl-site',
    /^its (bridge|device) nl-site was removed by another program: delete the network/,
  ],
  [
    'removed, and another has its name',
    'ip link del nl-site; ip link add nl-site type veth peer name other',
    /^its (bridge|device) nl-site was removed by another program: delete the network/,
  ],
  [
    'renamed',
    'ip link set nl-site down; ip link set nl-site name moved; ip link set moved up',
    /^its (bridge|device) nl-site was renamed to moved by another program.*: ip link set moved name nl-site$/,
  ],
  [
    'renamed, and another has its name',
    'ip link set nl-site down; ip link set nl-site name moved; ip link set moved up; ip link add nl-site type veth peer name other',
    /^its (bridge|device) nl-site was renamed to moved by another program/,
  ],
];

describe.each(KINDS)('%j', (kind) => {
  test.each(FATES)('the device was %s: one answer everywhere', async (what, script, words) => {
    const { host } = await lab();
    const network = await Network.create({ ...SPEC, ...kind, host });
    const to = await network.attach(scratchName());
    await sh(host, script);
    const isReplaced = what.includes('another');
    const before = isReplaced ? await foreign(host) : '';
    const names = (await run(host, 'ip', ['netns', 'list'])).stdout;
    const rule = { hostAddress: WAN, hostPort: 80, to, port: 80 };
    // No request to the kernel tells that the device has another name while one of somebody else's has its own.
    const attaching =
      what === 'renamed, and another has its name'
        ? {}
        : {
            attach: () => network.attach(scratchName()),
            attachMany: () => network.attachMany([scratchName(), scratchName()]),
          };
    const calls = {
      ...attaching,
      publish: () => network.publish(rule),
    };
    for (const [name, call] of Object.entries(calls)) {
      const [result] = await Promise.allSettled<unknown>([call()]);
      expect([name, result]).toEqual([
        name,
        { status: 'rejected', reason: expect.any(NetlinkError) as unknown },
      ]);
      const { code, message } = (result as PromiseRejectedResult).reason as NetlinkError;
      const said = `network.${name} site: no such device (ENODEV): `;
      expect([code, message.slice(0, said.length)]).toEqual(['ENODEV', said]);
      expect(message.slice(said.length)).toMatch(words);
    }
    expect((await network.inspect()).warnings).toEqual([expect.stringMatching(words)]);
    expect((await network.inspect()).endpoints.map(({ name }) => name)).toEqual([to.name]);
    if (kind.lifetime === 'persistent')
      expect(await Network.list({ host })).toMatchObject([{ standing: false }]);
    expect((await run(host, 'ip', ['netns', 'list'])).stdout).toBe(names);
    if (isReplaced) expect(await foreign(host)).toBe(before);
    await network.delete();
    if (isReplaced) {
      await sh(host, 'ip link show nl-site; test 0 = $(cat /proc/sys/net/ipv4/conf/nl-site/forwarding)');
      await run(host, 'ip', ['link', 'del', 'nl-site']);
    }
    expect((await run(host, 'ip', ['-br', 'link'])).stdout).toMatch(/^lo .*\nwan0@\S+ .*\n$/);
    expect(await gc({ host })).toEqual({ removed: [], kept: [] });
  });
});

test.each(['bridge', 'routed'] as const)(
  'a bridge that has its name again works again, also for who opened it without: %s',
  async (mode) => {
    const { host, internet } = await lab();
    const network = await Network.create({ ...SPEC, lifetime: 'persistent', mode, host });
    await sh(host, 'ip link set nl-site down; ip link set nl-site name moved; ip link set moved up');
    const opened = await Network.open('site', { host, warnings: false });
    const words = /^its bridge nl-site was renamed to moved by another program/;
    expect((await opened.inspect()).warnings).toEqual([expect.stringMatching(words)]);
    await expect(opened.attach(scratchName())).rejects.toMatchObject({ code: 'ENODEV' });
    await sh(host, 'ip link set moved down; ip link set moved name nl-site; ip link set nl-site up');
    const later =
      /^its bridge nl-site was created again after this object was opened: open the network again$/;
    expect((await opened.inspect()).warnings).toEqual([expect.stringMatching(later)]);
    await opened.close();
    const again = await Network.open('site', { host, warnings: false });
    for (const one of [network, again]) {
      const endpoint = await one.attach(scratchName());
      expect((await one.inspect()).warnings).toEqual([]);
      expect(await reaches(endpoint.netns, '192.0.2.2')).toBe(true);
    }
    expect(internet.fd).toBeGreaterThan(0);
    await again.close();
    await network.delete();
  },
);

test.each(['bridge', 'routed'] as const)(
  'a foreign device with the name of a bridge that is gone is nobody’s when the network is opened: %s',
  async (mode) => {
    const { host } = await lab();
    const network = await Network.create({ ...SPEC, lifetime: 'persistent', mode, host });
    await sh(host, 'ip link del nl-site; ip link add nl-site type bridge');
    const before = await foreign(host);
    const opened = await Network.open('site', { host, warnings: false });
    await expect(opened.attach(scratchName())).rejects.toThrow(
      'its bridge nl-site was removed by another program',
    );
    await opened.close();
    expect(await foreign(host)).toBe(before);
    await network.delete();
    expect(await foreign(host)).toBe(before);
  },
);

/** What the host has on the network's device. */
async function onDevice(host: NetworkNamespace): Promise<string[]> {
  const about = ['addr show', 'route show table all', '-6 route show table all', 'neigh show 169.254.1.1'];
  const { stdout } = await sh(host, about.map((words) => `ip ${words} dev nl-site`).join('; '));
  // The kernel's own multicast routes have no bearing on the network.
  return stdout
    .split('\n')
    .filter((line) => !/^(anycast|multicast)/.test(line))
    .sort();
}

const LOSSES: readonly [string, string][] = [
  ['its addresses were removed', 'ip addr flush dev nl-site'],
  ['it was down', 'ip link set nl-site down; ip link set nl-site up'],
  ['its routes were removed', 'ip route flush dev nl-site; ip -6 route del fd00:72::/64 dev nl-site'],
];

describe.each(KINDS)('%j', (kind) => {
  test.each(LOSSES)('the device is as before, by the next look at it, after %s', async (_, script) => {
    const { host, internet } = await lab6();
    await sh(internet, 'ip route add 10.72.0.0/24 via 192.0.2.1');
    const network = await Network.create({ ...SPEC, subnet6: 'fd00:72::/64', ...kind, host });
    const endpoint = await network.attach(scratchName());
    const before = await onDevice(host);
    await sh(host, script);
    expect((await network.inspect()).warnings).toEqual([]);
    expect(await onDevice(host)).toEqual(before);
    expect(await reaches(endpoint.netns, BEYOND)).toBe(true);
    expect(await reaches(endpoint.netns, BEYOND6)).toBe(true);
    await network.delete();
  });

  test.each(LOSSES.slice(0, 2))(
    'the device is as before soon, without a call, after %s',
    async (_, script) => {
      const { host } = await lab6();
      const network = await Network.create({ ...SPEC, subnet6: 'fd00:72::/64', ...kind, host });
      const before = await onDevice(host);
      await sh(host, script);
      await eventually('the device as before', async () => (await onDevice(host)).join() === before.join());
      await network.delete();
    },
  );

  test('a device that is down is told, and stays so', async () => {
    const { host } = await lab();
    const network = await Network.create({ ...SPEC, ...kind, host });
    await sh(host, 'ip link set nl-site down');
    const down = 'its device nl-site is down: ip link set nl-site up';
    expect((await network.inspect()).warnings).toEqual([down]);
    await sh(host, 'test -z "$(ip -br link show nl-site up)"; ip link set nl-site up');
    expect((await network.inspect()).warnings).toEqual([]);
    await network.delete();
  });
});

test.each(['bridge', 'routed'] as const)(
  'a persistent network with the mode %s whose device has another MAC address by now stands, and is deleted',
  async (mode) => {
    const { host } = await lab({ named: true });
    const network = await Network.create({ ...SPEC, host, lifetime: 'persistent', mode });
    await network.attach(scratchName());
    await sh(host, 'ip link set nl-site address 02:11:22:33:44:55');
    expect(await Network.list({ host })).toMatchObject([{ name: 'site', standing: true }]);
    await network.delete();
    expect((await sh(host, 'ip -br link')).stdout).not.toContain('nl-site');
    await (await Network.create({ ...SPEC, host, lifetime: 'persistent', mode })).delete();
  },
);
