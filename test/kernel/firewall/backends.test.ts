import { Network } from '../../../src/network/network';
import {
  askUdp,
  BEYOND,
  fetchText,
  lab,
  needTools,
  ping,
  reaches,
  run,
  rulesOf,
  scratchName,
  serve,
  snapshot,
  WAN,
  type Inside,
} from '../../support';

needTools('ip', 'nft', 'ping', 'curl', 'sysctl', 'iptables-nft', 'iptables-legacy');

const firewalls = ['nftables', 'iptables-nft', 'iptables-legacy'] as const;
const lifetimes = ['process', 'persistent'] as const;
const both = firewalls.flatMap((firewall) => lifetimes.map((lifetime) => [firewall, lifetime] as const));

const subnet = '10.66.0.0/24';

async function settings(host: Inside): Promise<string[]> {
  const { stdout } = await run(host, 'sysctl', [
    '-a',
    '--ignore',
    '--pattern',
    '^net\\.(ipv4|ipv6|netfilter|bridge)',
  ]);
  return stdout
    .split('\n')
    .filter((line) => !/nf_conntrack_(count|buckets)|_timer|random|\.nl/.test(line))
    .sort();
}

test.each(both)('%s, %s: NAT, published ports and guards, and no trace', async (firewall, lifetime) => {
  const { host, internet } = await lab();
  // What was there stays: a rule of the host's own in each tool's tables.
  for (const tool of ['iptables-nft', 'iptables-legacy'])
    await run(host, tool, ['-A', 'INPUT', '-p', '99', '-j', 'DROP']);
  const [rules, kept, whole] = [await rulesOf(host), await settings(host), await snapshot(host)];
  expect(kept.length).toBeGreaterThan(100);
  const network = await Network.create({ name: 'web', subnet, host, lifetime, firewall });
  const [web, neighbour] = await network.attachMany([scratchName(), scratchName()]);
  expect((await network.inspect()).firewall).toBe(firewall);

  await ping(web.netns, neighbour.address);
  const beyond = await serve(internet, 80, 'internet');
  expect(await fetchText(web.netns, BEYOND)).toBe(`internet ${WAN}`);
  await beyond.stop();

  const servers = [await serve(web.netns, 5000, 'web'), await serve(neighbour.netns, 53, 'udp', 'udp')];
  const own = await serve(host, 5353, 'host', 'udp');
  expect(await askUdp(internet, WAN, 5353, 40_000)).toBe(`host ${BEYOND}`);
  const published = await network.publishMany([
    { hostAddress: WAN, hostPort: 8080, to: web, port: 5000 },
    { hostAddress: WAN, hostPort: 5353, to: neighbour, port: 53, protocol: 'udp', takeOver: true },
  ]);
  const publications = [...(await network.inspect()).publications];
  publications.sort((a, b) => b.hostPort - a.hostPort);
  expect(publications).toEqual([
    { hostAddress: WAN, hostPort: 8080, protocol: 'tcp', address: web.address, port: 5000 },
    { hostAddress: WAN, hostPort: 5353, protocol: 'udp', address: neighbour.address, port: 53 },
  ]);
  expect(await fetchText(internet, `${WAN}:8080`)).toBe(`web ${BEYOND}`);
  expect(await fetchText(host, `${WAN}:8080`)).toBe(`web ${WAN}`);
  expect(await fetchText(neighbour.netns, `${WAN}:8080`)).toBe('web 10.66.0.1');
  expect(await fetchText(web.netns, `${WAN}:8080`)).toBe('web 10.66.0.1');
  expect(await askUdp(internet, WAN, 5353, 40_000)).toBe(`udp ${BEYOND}`);

  await run(internet, 'ip', ['route', 'add', subnet, 'via', WAN]);
  expect(await reaches(internet, web.address)).toBe(false);

  await published[0].delete();
  await expect(fetchText(internet, `${WAN}:8080`)).rejects.toThrow();
  for (const server of [...servers, own]) await server.stop();
  expect(await rulesOf(host)).not.toEqual(rules);
  await network.detach(neighbour);
  expect((await network.inspect()).publications).toEqual([]);
  await network.delete();
  expect(await rulesOf(host)).toEqual(rules);
  expect(await settings(host)).toEqual(kept);
  const { firewall: _, ...rest } = whole;
  expect(await snapshot(host)).toMatchObject(rest);
});

test.each(firewalls)('%s: networks are isolated, unless both are not', async (firewall) => {
  const { host } = await lab();
  const networks = await Promise.all(
    [true, false, false].map((isolated, index) =>
      Network.create({ name: `n${index}`, subnet: `10.66.${index}.0/24`, host, firewall, isolated }),
    ),
  );
  const [red, blue, green] = await Promise.all(networks.map((network) => network.attach('one')));
  if (!red || !blue || !green) throw new Error('attach made no endpoints');
  const tries = [reaches(red.netns, blue.address), reaches(blue.netns, red.address)];
  expect(await Promise.all(tries)).toEqual([false, false]);
  const server = await serve(green.netns, 5000, 'green');
  expect(await fetchText(blue.netns, `${green.address}:5000`)).toBe(`green ${blue.address}`);
  await server.stop();
  for (const network of networks) await network.delete();
});
