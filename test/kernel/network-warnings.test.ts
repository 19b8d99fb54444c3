import { Network } from '../../src/network/network';
import { BEYOND, lab, needTools, ping, reaches, scratchName, sh } from '../support';

needTools('ip', 'nft', 'ping', 'iptables-nft', 'iptables-legacy');

test.each([
  [
    "nft 'table inet own { chain pass { type filter hook forward priority 5; policy drop; }; }'",
    'table inet own',
  ],
  ["nft 'table inet own { chain pass { type filter hook forward priority 5; reject; }; }'", 'table inet own'],
  [
    "nft 'table ip own { chain last { drop; }; chain pass { type filter hook forward priority 5; jump last; }; }'",
    'chain pass of table ip own',
  ],
  ['iptables-nft -P FORWARD DROP', 'table ip filter'],
  ['iptables-legacy -A FORWARD -j REJECT', 'FORWARD of iptables-legacy'],
  ['iptables-legacy -P FORWARD DROP', 'FORWARD of iptables-legacy'],
])('%s is explained, not changed, and what the explanation says helps', async (command, name) => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const endpoint = await network.attach('red');
  expect((await network.inspect()).warnings).toEqual([]);
  await sh(host, command);
  expect(await reaches(endpoint.netns, BEYOND)).toBe(false);
  const { warnings } = await network.inspect();
  expect(warnings).toEqual([expect.stringContaining(name)]);
  await sh(host, warnings[0]?.split('pass: ')[1] ?? 'false');
  await ping(endpoint.netns, BEYOND);
  await network.delete();
});

test('br_netfilter is explained where the host has it, and left as it is', async () => {
  const { host } = await lab();
  const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  const value = (await sh(host, `cat ${setting} 2>/dev/null || echo absent`)).stdout.trim();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host, lifetime: 'persistent' });
  await network.attach(scratchName());
  const { warnings } = await network.inspect();
  expect(warnings.filter((text) => text.includes('br_netfilter'))).toHaveLength(value === '1' ? 1 : 0);
  if (value === '1') {
    await sh(host, `echo 0 > ${setting}`);
    expect((await network.inspect()).warnings).toEqual([]);
    await sh(host, `echo 1 > ${setting}`);
  }
  await network.delete();
  expect((await sh(host, `cat ${setting} 2>/dev/null || echo absent`)).stdout.trim()).toBe(value);
});

const PASSING = [
  'table ip own { flags dormant; chain pass { type filter hook forward priority 5; policy drop; }; }',
  'table ip own { chain pass { type filter hook forward priority 5; policy drop; iifname "nl-*" accept; oifname "nl-web" ct state established,related accept; }; }',
  'table ip own { chain pass { type filter hook forward priority 5; policy drop; ct state vmap { established : accept, related : accept }; iifname { "nl-web", "other" } accept; }; }',
  'table ip own { chain pass { type filter hook forward priority 5; ip saddr 192.0.2.77 drop; }; }',
  'table ip6 own { chain pass { type filter hook forward priority 5; policy drop; }; }',
];

test.each(PASSING)('nothing is warned of where packets pass: %s', async (ruleset) => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet: '10.66.0.0/24', host });
  const endpoint = await network.attach('red');
  await sh(host, `nft '${ruleset}'`);
  await ping(endpoint.netns, BEYOND);
  expect((await network.inspect()).warnings).toEqual([]);
  await network.delete();
});
