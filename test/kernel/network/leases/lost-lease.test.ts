import fs from 'node:fs';
import { gc, Network, type NetworkNamespace } from '../../../../src';
import {
  container,
  CONTAINER,
  eventually,
  fetchText,
  lab,
  leadStrangers,
  needTools,
  reaches,
  run,
  serve,
  snapshot,
  WAN,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'curl', 'iptables-legacy-save', 'iptables-nft-save');

const JOURNAL = '/run/netloom';
const FIREWALLS = ['iptables-nft', 'iptables-legacy'] as const;

function make(host: NetworkNamespace, firewall: (typeof FIREWALLS)[number]): Promise<Network> {
  return Network.create({ name: 'one', subnet: '10.70.0.0/24', host, firewall, warnings: false });
}

/** The network's rules that drop transit traffic, by the tool itself. */
async function drops(host: NetworkNamespace, firewall: string): Promise<string[]> {
  const { stdout } = await run(host, `${firewall}-save`, ['-t', 'filter']);
  return stdout.split('\n').filter((line) => / -i wan0 .*--dst-group .* -j DROP$/.test(line));
}

test.each(FIREWALLS)(
  'a device with a lost lease stays blocked, and is closed in the end: %s',
  async (firewall) => {
    const { host, internet } = await lab();
    await container(host);
    await leadStrangers({ host, internet });
    const before = await snapshot(host);
    const network = await make(host, firewall);
    const standing = await drops(host, firewall);
    expect(standing.length).toBe(1);
    const lease = `${JOURNAL}/forwarding/${String(host.cookie)}.ip:wan0.json`;
    fs.rmSync(lease);
    // Any change of devices has the network look after forwarding.
    await run(host, 'ip', ['link', 'add', 'later', 'type', 'bridge']);
    await eventually('the lease is there again', () => Promise.resolve(fs.existsSync(lease)));
    expect(await drops(host, firewall)).toEqual(standing);
    expect(await reaches(internet, CONTAINER)).toBe(false);
    expect(await gc({ host })).toEqual({ removed: [], kept: [] });
    await run(host, 'ip', ['link', 'delete', 'later']);
    await network.delete();
    expect(await snapshot(host)).toEqual(before);
  },
);

test.each(FIREWALLS)(
  'gc({ force }) keeps the %s rules of a living process without files',
  async (firewall) => {
    const { host, internet } = await lab();
    const before = await snapshot(host);
    const network = await make(host, firewall);
    const endpoint = await network.attach('red');
    const server = await serve(endpoint.netns, 80, 'red', 'http');
    await network.publish({ hostAddress: WAN, hostPort: 8080, to: endpoint, port: 80 });
    for (const place of ['forwarding', 'rules']) fs.rmSync(`${JOURNAL}/${place}`, { recursive: true });
    const kept = [`${firewall} rules of one: belong to a running process`];
    expect(await gc({ host, force: 'one', dryRun: true })).toEqual({ removed: [], kept });
    expect(await gc({ host, force: 'one' })).toEqual({ removed: [], kept });
    expect(await fetchText(internet, `${WAN}:8080`)).toContain('red');
    await server.stop();
    await network.delete();
    expect(await snapshot(host)).toEqual(before);
  },
);
