import { Network } from '../../../../src/network/network';
import { lab, needTools, ping, run } from '../../../support';

needTools('ip', 'ping');

const MAC = '02:00:00:00:00:01';

/** The MAC address that a namespace knows its gateway by. */
async function gatewayMac(netns: Parameters<typeof run>[0], gateway: string): Promise<string> {
  const { stdout } = await run(netns, 'ip', ['neigh', 'show', gateway]);
  return /lladdr (\S+)/.exec(stdout)?.[1] ?? '';
}

const inUse = { code: 'ERR_VALIDATION', path: 'mac', message: expect.stringContaining('is in use') };

test.each([
  ['process', 'bridge'],
  ['persistent', 'bridge'],
  ['process', 'routed'],
] as const)('a MAC address is in use once on a network: %s, %s', async (lifetime, mode) => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', lifetime, mode, host });
  const red = await network.attach('macs-red', { mac: MAC });
  const used = [MAC, await gatewayMac(red.netns, '10.66.0.1')].filter((mac) => mac !== '');
  expect(used).toHaveLength(mode === 'routed' ? 1 : 2);
  for (const mac of used) await expect(network.attach('macs-blue', { mac })).rejects.toMatchObject(inUse);
  expect(network.endpoints).toHaveLength(1);
  await ping(red.netns, '10.66.0.1');
  await network.detach(red);
  const again = await network.attach('macs-blue', { mac: MAC.toUpperCase() });
  expect(again.mac).toBe(MAC);
  await ping(again.netns, '10.66.0.1');
});

test('an endpoint whose MAC address somebody chose for another has one of its own', async () => {
  const { host } = await lab();
  await using network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const first = await network.attach('macs-red');
  const { address, mac } = first;
  await network.detach(first);
  const thief = await network.attach('macs-thief', { address: '10.66.0.77', mac });
  const [red] = await network.attachMany(1);
  expect(red?.address).toBe(address);
  expect(red?.mac).not.toBe(mac);
  for (const endpoint of [thief, ...network.endpoints]) await ping(endpoint.netns, '10.66.0.1');
});
