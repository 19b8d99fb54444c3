import fs from 'node:fs';
import { promisify } from 'node:util';
import { type Endpoint, Network, type NetworkNamespace } from '../../../../src';
import { BEYOND, dig, digAll, lab, needTools, run, scratchName, serveNames, tool } from '../../../support';

needTools('ip', 'dig', 'getent', 'nsenter');

const NAMES = ['one', 'two', 'three'] as const;

/** As a program finds it, by the C library and the files that `spawn` shows it. */
async function getent(netns: NetworkNamespace, name: string): Promise<string | undefined> {
  const found = netns.exec('getent', ['ahostsv4', name]);
  return found.then(({ stdout }) => stdout.split(/\s/)[0]).catch(() => undefined);
}

async function lookup(netns: NetworkNamespace, name: string): Promise<string> {
  const ask = promisify((done: (error: Error | null, address: string) => void) => {
    netns.lookup(name, { family: 4 }, (error, address) => done(error, String(address)));
  });
  return ask();
}

const gateway = (index: number): string => `@10.68.${index}.1`;

describe.each(['process', 'persistent'] as const)('on several %s networks', (lifetime) => {
  test('a namespace finds the names of all by any of their resolvers, and others only their own', async () => {
    const scene = await lab();
    const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
    const networks: Network[] = [];
    const peers: Endpoint[] = [];
    for (const [index, name] of NAMES.entries()) {
      const spec = { name, subnet: `10.68.${index}.0/24`, host: scene.host, lifetime };
      const network = await Network.create({ ...spec, dns: { upstreams: [BEYOND] } });
      networks.push(network);
      peers.push(await network.attach(scratchName()));
    }
    const client = await networks[0]!.attach(scratchName());
    for (const [index, network] of networks.entries()) {
      if (index > 0)
        await network.attach(client.netns, {
          ifname: `eth${index}`,
          table: 100 + index,
          defaultRoute: false,
        });
    }

    for (const [index, peer] of peers.entries()) {
      const names = [peer.name, `${peer.name}.${NAMES[index]!}`];
      for (const name of names) {
        expect(await getent(client.netns, name)).toBe(peer.address);
        expect(await lookup(client.netns, name)).toBe(peer.address);
        if (lifetime === 'persistent') {
          const { stdout } = await tool('ip', ['netns', 'exec', client.name, 'getent', 'ahostsv4', name]);
          expect(stdout.split(/\s/)[0]).toBe(peer.address);
        }
        for (const resolver of NAMES.keys())
          expect(await dig(client.netns, gateway(resolver), name)).toEqual([peer.address]);
        expect(await dig(client.netns, gateway(0), '+tcp', name)).toEqual([peer.address]);
        // A neighbour on one network learns no names of the others.
        const other = (index + 1) % NAMES.length;
        expect(await digAll(peers[other]!.netns, gateway(other), name)).toContain('status: NXDOMAIN');
      }
      expect(await dig(client.netns, gateway(0), '-x', peer.address)).toEqual([`${names[1]!}.`]);
    }
    expect(await dig(client.netns, gateway(0), 'example.test')).toEqual(['203.0.113.5']);

    // The host asks for itself.
    expect(await digAll(scene.host, gateway(0), peers[1]!.name)).toContain('status: NXDOMAIN');
    // A namespace that has left a network loses its names only.
    const [, second] = networks;
    const there = second!.endpoints.find(({ netns }) => netns.cookie === client.netns.cookie);
    await second!.detach(there!);
    expect((await run(client.netns, 'ip', ['-br', 'link'])).stdout).not.toMatch(/^eth1\b/m);
    expect(await digAll(client.netns, gateway(0), peers[1]!.name)).toContain('status: NXDOMAIN');
    expect(await getent(client.netns, peers[1]!.name)).toBeUndefined();
    expect(await getent(client.netns, peers[2]!.name)).toBe(peers[2]!.address);

    await upstream.stop();
    for (const network of [...networks].reverse()) await network.delete();
  });
});

test('if the record of one network cannot be read, the names of the others are still found', async () => {
  const scene = await lab();
  const upstream = await serveNames(scene.internet, 'upstream', BEYOND);
  const spec = { host: scene.host, lifetime: 'persistent' as const, dns: { upstreams: [BEYOND] } };
  const first = await Network.create({ ...spec, name: 'one', subnet: '10.68.0.0/24' });
  const second = await Network.create({ ...spec, name: 'two', subnet: '10.68.1.0/24' });
  const [client, near] = await first.attachMany([scratchName(), scratchName()]);
  const far = await second.attach(scratchName());
  await second.attach(client.netns, { ifname: 'eth1', defaultRoute: false });
  const record = `/run/netloom/networks/${scene.host.cookie}.two.json`;
  const text = fs.readFileSync(record, 'utf8');
  fs.writeFileSync(record, 'broken');
  expect(await dig(client.netns, gateway(0), near.name)).toEqual([near.address]);
  expect(await dig(client.netns, gateway(0), 'example.test')).toEqual(['203.0.113.5']);
  fs.writeFileSync(record, text);
  expect(await dig(client.netns, gateway(0), far.name)).toEqual([far.address]);
  await upstream.stop();
  await second.delete();
  await first.delete();
});
