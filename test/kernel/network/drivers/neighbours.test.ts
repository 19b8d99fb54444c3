import { Network } from '../../../../src/network/network';
import {
  ipJson,
  lab,
  needTools,
  ping,
  run,
  scratchName,
  sh,
  snapshot,
  type Inside,
  type Json,
} from '../../../support';

needTools('ip', 'ping');

const spec = { name: 'web', subnet: '10.66.0.0/24', subnet6: 'fd00:66::/64' } as const;

const neighbours = async (ns: Inside, dev: string): Promise<Json[]> =>
  (await ipJson(ns, 'neigh', 'show', 'nud', 'permanent', 'dev', dev))
    .map(({ dst, lladdr, state }) => ({ dst, lladdr, state }))
    .sort((a, b) => String(a.dst).localeCompare(String(b.dst)));

test.each(['process', 'persistent'] as const)(
  'on a %s network the host and its endpoints know each other without asking',
  async (lifetime) => {
    const { host } = await lab();
    const before = await snapshot(host);
    const network = await Network.create({ ...spec, host, lifetime });
    // The host has asked in vain, and remembers.
    await expect(run(host, 'ping', ['-c', '1', '-W', '1', '10.66.0.2'])).rejects.toThrow();
    const [red, blue] = await network.attachMany([scratchName(), scratchName()]);
    const entry = (dst: string, lladdr: string): object => ({ dst, lladdr, state: ['PERMANENT'] });
    const all = [red, blue].flatMap(({ address, address6 = '', mac }) => [
      entry(address, mac),
      entry(address6, mac),
    ]);
    expect(await neighbours(host, 'nl-web')).toHaveLength(4);
    expect(await neighbours(host, 'nl-web')).toEqual(expect.arrayContaining(all));
    const [device] = await ipJson(host, 'link', 'show', 'dev', 'nl-web');
    expect(await neighbours(red.netns, 'eth0')).toEqual([
      entry('10.66.0.1', device.address),
      entry('fd00:66::1', device.address),
    ]);
    // Neither answers any question about its address, and the packets get there all the same.
    await sh(host, 'echo 8 > /proc/sys/net/ipv4/conf/nl-web/arp_ignore');
    await sh(red.netns, 'echo 8 > /proc/sys/net/ipv4/conf/eth0/arp_ignore');
    await ping(host, red.address);
    await ping(red.netns, '10.66.0.1');
    await ping(red.netns, 'fd00:66::1');
    expect(await network.inspect()).toMatchObject({ neighbours: 'static' });

    await network.detach(red);
    expect(await neighbours(host, 'nl-web')).toEqual([
      entry(blue.address, blue.mac),
      entry(blue.address6 ?? '', blue.mac),
    ]);
    await network.delete();
    expect(await snapshot(host)).toEqual(before);
  },
);

test('an attachment that fails takes the entries back', async () => {
  const { host } = await lab();
  const network = await Network.create({ ...spec, host });
  const red = await network.attach('red');
  const before = await snapshot(host);
  // A second default route is refused after much else was done.
  await expect(network.attach(red.netns, { ifname: 'eth1' })).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await snapshot(host)).toEqual(before);
  await network.delete();
});
