import fs from 'node:fs';
import { gc, Network, type NetworkSpec } from '../../../../src';
import { writeIntent } from '../../../../src/network/journal/intents';
import { BEYOND, ipJson, lab, type Lab, needTools, run, scratchName, snapshot, WAN } from '../../../support';

needTools('ip', 'nft', 'iptables-nft-save', 'iptables-legacy-save');

const JOURNAL = '/run/netloom';
const LAN = { name: 'lan', subnet: '192.0.2.0/24', gateway: BEYOND, range: '192.0.2.128/26', parent: 'wan0' };

type Spec = Partial<NetworkSpec> & Pick<NetworkSpec, 'name' | 'subnet'>;

async function make({ host }: Lab, spec: Spec): Promise<Network> {
  return Network.create({ ...spec, host, lifetime: 'persistent', warnings: false });
}

/** A network with an endpoint, a published port and a peer, that nobody has. */
async function makeAll(scene: Lab, spec: Spec, hostPort = 8000): Promise<void> {
  const network = await make(scene, spec);
  const endpoint = await network.attach(scratchName());
  await network.publish({ hostAddress: WAN, hostPort, to: endpoint, port: 80 });
  await network.peer({ subnet: '198.51.100.0/24', via: BEYOND });
  await network.close();
}

/** As if a process had died when it began to delete the network. */
function condemn({ host }: Lab, network: string): void {
  const written = writeIntent({ host: String(host.cookie), network, action: 'delete' });
  const owner = { ...written.owner, startTime: '1' };
  fs.writeFileSync(`${JOURNAL}/intents/${written.id}.json`, JSON.stringify({ ...written, owner }));
}

async function rename({ host }: Lab, from: string, to: string): Promise<void> {
  await run(host, 'ip', ['link', 'set', 'dev', from, 'down']);
  await run(host, 'ip', ['link', 'set', 'dev', from, 'name', to]);
  await run(host, 'ip', ['link', 'set', 'dev', to, 'up']);
}

async function portsOf({ host }: Lab, bridge: string): Promise<string[]> {
  return (await ipJson(host, 'link', 'show', 'master', bridge)).map(({ ifname }) => String(ifname));
}

type Look = (host: Lab['host']) => Promise<unknown>;

/** Without what the kernel changes by itself after a device comes up. */
const ports: Look = async (host) =>
  (await ipJson(host, 'link')).map(({ ifname, master }) => [ifname, master]);

/** Compares the report of a dry run, which changes nothing, with that of the run after it. */
async function expectSame({ host }: Lab, force?: string, look: Look = snapshot): Promise<readonly string[]> {
  const options = { host, ...(force !== undefined && { force }) };
  const standing = await look(host);
  const preview = await gc({ ...options, dryRun: true });
  expect(await look(host)).toEqual(standing);
  const { removed, kept } = await gc(options);
  expect([...preview.removed].sort()).toEqual([...removed].sort());
  expect([...preview.kept].sort()).toEqual(kept.map((line) => line.replace(/; moved to .*/, '')).sort());
  return removed;
}

const FIREWALLS = ['nftables', 'iptables-nft', 'iptables-legacy'] as const;

test.each(FIREWALLS)('what abandoned networks share is announced: %s', async (firewall) => {
  const scene = await lab({ named: true });
  const before = await snapshot(scene.host);
  for (const [index, name] of ['one', 'two', 'three'].entries()) {
    await makeAll(scene, { name, subnet: `10.7${index}.0.0/24`, firewall }, 8000 + index);
    condemn(scene, name);
  }
  const removed = await expectSame(scene);
  expect(removed).toEqual(
    expect.arrayContaining(['sysctl net/ipv4/conf/wan0/forwarding', `route 198.51.100.0/24 via ${BEYOND}`]),
  );
  expect(await snapshot(scene.host)).toEqual(before);
  expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
});

test('what an abandoned network shares with one that stays is not announced, and stays', async () => {
  const scene = await lab({ named: true });
  const before = await snapshot(scene.host);
  await makeAll(scene, { name: 'stays', subnet: '10.70.0.0/24' });
  const standing = await snapshot(scene.host);
  await makeAll(scene, { name: 'goes', subnet: '10.71.0.0/24' }, 8001);
  condemn(scene, 'goes');
  const removed = await expectSame(scene);
  expect(removed.filter((line) => /^(sysctl|route|table netloom_opened)/.test(line))).toEqual([]);
  expect(await snapshot(scene.host)).toEqual(standing);
  await expectSame(scene, 'stays');
  expect(await snapshot(scene.host)).toEqual(before);
});

test.each(FIREWALLS)('gc({ force }) announces the rules of %s once', async (firewall) => {
  const scene = await lab({ named: true });
  const before = await snapshot(scene.host);
  await makeAll(scene, { name: 'one', subnet: '10.70.0.0/24', firewall });
  const lines = (await expectSame(scene, 'one')).filter((line) => /^table netloom-|rules of/.test(line));
  expect(lines).toEqual([firewall === 'nftables' ? 'table netloom-one' : `${firewall} rules of one`]);
  expect(await snapshot(scene.host)).toEqual(before);
});

const CHANGES: Record<string, (scene: Lab) => Promise<unknown>> = {
  'its bridge has another name': (scene) => rename(scene, 'nl-one', 'other'),
  'its port has another name': async (scene) => {
    const [port = ''] = await portsOf(scene, 'nl-one');
    await rename(scene, port, 'other');
  },
  'its port has another MAC address': async (scene) => {
    const [port = ''] = await portsOf(scene, 'nl-one');
    await run(scene.host, 'ip', ['link', 'set', 'dev', port, 'address', '02:00:00:00:00:77']);
  },
  'its port has another group': async (scene) => {
    const [port = ''] = await portsOf(scene, 'nl-one');
    await run(scene.host, 'ip', ['link', 'set', 'dev', port, 'group', '7', 'alias', 'mine']);
  },
  'one of its tables is gone': ({ host }) => run(host, 'nft', ['delete', 'table', 'ip', 'netloom-one']),
};

describe.each(Object.entries(CHANGES))('a network is announced if %s', (_, change) => {
  test.each(['gc()', 'gc({ force })'])('%s', async (way) => {
    const scene = await lab({ named: true });
    const before = await snapshot(scene.host);
    await makeAll(scene, { name: 'one', subnet: '10.70.0.0/24' });
    await change(scene);
    if (way === 'gc()') condemn(scene, 'one');
    await expectSame(scene, way === 'gc()' ? undefined : 'one');
    expect(await snapshot(scene.host)).toEqual(before);
    expect(await gc({ host: scene.host })).toEqual({ removed: [], kept: [] });
  });
});

test.each([
  ['the bridge', 'nl-lan', 'gc()'],
  ['the bridge', 'nl-lan', 'gc({ force })'],
  ['the device', 'wan0', 'gc()'],
  ['the device', 'wan0', 'gc({ force })'],
])(
  'an adopted device is returned if %s (%s) has another name, and this is announced: %s',
  async (_, from, way) => {
    const scene = await lab({ named: true });
    const before = await ipJson(scene.host, 'addr', 'show', 'dev', 'wan0');
    const network = await make(scene, LAN);
    await network.adopt('wan0', { confirm: () => true });
    await network.attach(scratchName());
    await network.close();
    await rename(scene, from, 'other');
    if (way === 'gc()') condemn(scene, 'lan');
    const removed = await expectSame(scene, way === 'gc()' ? undefined : 'lan', ports);
    const bridge = from === 'nl-lan' ? 'other' : 'nl-lan';
    expect(removed).toEqual(expect.arrayContaining(['adoption wan0', `link ${bridge}`]));
    const [after] = await ipJson(scene.host, 'addr', 'show', 'dev', from === 'wan0' ? 'other' : 'wan0');
    const addresses = (link: Record<string, unknown> | undefined) =>
      (link?.['addr_info'] as { local: string; scope: string }[])
        .filter(({ scope }) => scope === 'global')
        .map(({ local }) => local);
    expect(addresses(after)).toEqual(addresses(before[0]));
    expect(after).not.toHaveProperty('master');
  },
);

test.each(['gc()', 'gc({ force })'])(
  'a network with an unreadable record is announced as what it is: %s',
  async (way) => {
    const scene = await lab({ named: true });
    const before = await snapshot(scene.host);
    await makeAll(scene, { name: 'one', subnet: '10.70.0.0/24' });
    fs.writeFileSync(`${JOURNAL}/networks/${String(scene.host.cookie)}.one.json`, '');
    await expectSame(scene, way === 'gc()' ? undefined : 'one');
    await expectSame(scene, 'one');
    expect(await gc({ host: scene.host, force: 'one' })).toEqual({ removed: [], kept: [] });
    await run(scene.host, 'ip', ['route', 'flush', 'root', '198.51.100.0/24']).catch(() => undefined);
    expect(await snapshot(scene.host)).toEqual(before);
  },
);
