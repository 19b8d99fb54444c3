import { spawn } from 'node:child_process';
import { gc } from '../../../../src/network/gc/gc';
import { Network } from '../../../../src/network/network';
import type { NetworkSpec } from '../../../../src/network/spec/network-spec';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  ended,
  lab,
  needTools,
  nodeCommand,
  rulesOf,
  scratchName,
  sh,
  waitForText,
  WAN,
} from '../../../support';

needTools('ip', 'nft', 'iptables-nft', 'iptables-legacy');

const SUBNETS = ['10.71.1.0/24', '10.71.2.0/24'] as const;
const TAKEN =
  'network.create site: file already exists (EEXIST): a network of this name is on this host: open it, delete it, remove it by ' +
  'gc({ force }), or choose another name';

type Kind = Pick<NetworkSpec, 'lifetime' | 'firewall' | 'mode'>;

const specOf = (index: number, kind: Kind) =>
  ({ name: 'site', subnet: SUBNETS[index] ?? '', warnings: false, ...kind }) as const;

/** What a host has of networks, by other tools: rules, devices, addresses, routes, and whether the way out forwards. */
async function seen(host: NetworkNamespace): Promise<string[]> {
  const { stdout } = await sh(
    host,
    'ip -br link | cut -d@ -f1 | cut -d" " -f1; ip -o -4 addr | cut -d" " -f2-; ip route; cat /proc/sys/net/ipv4/conf/wan0/forwarding',
  );
  // Numbers of devices, groups and handles differ from one network to the next, and a new link is up a moment later.
  const numbers = / linkdown\b|@if\d+|\bhandle \d+|iifgroup \d{6,}|^\t\telements = .*$/g;
  return [...(await rulesOf(host)), ...stdout.split('\n')]
    .map((line) => line.replace(numbers, '').trimEnd())
    .sort();
}

const [PROCESS, PERSISTENT] = [{ lifetime: 'process' }, { lifetime: 'persistent' }] as const;
const PAIRS: readonly (readonly [Kind, Kind])[] = [
  [PROCESS, PROCESS],
  [
    { ...PROCESS, mode: 'routed' },
    { ...PROCESS, mode: 'routed' },
  ],
  [PERSISTENT, PERSISTENT],
  [PROCESS, PERSISTENT],
  [PERSISTENT, PROCESS],
  ...(['iptables-nft', 'iptables-legacy'] as const).flatMap((firewall) => [
    [
      { ...PROCESS, firewall },
      { ...PROCESS, firewall },
    ] as const,
    [
      { ...PROCESS, firewall },
      { ...PERSISTENT, firewall },
    ] as const,
    [
      { ...PERSISTENT, firewall },
      { ...PROCESS, firewall },
    ] as const,
  ]),
];

describe.each(PAIRS)('of two that ask for a name at the same moment, %j and %j', (...kinds) => {
  test('one gets it, and the other has touched nothing', async () => {
    const { host } = await lab();
    const before = await seen(host);
    const alone: string[][] = [];
    for (const [index, kind] of kinds.entries()) {
      const network = await Network.create({ ...specOf(index, kind), host });
      alone.push(await seen(host));
      await network.delete();
      expect(await seen(host)).toEqual(before);
    }
    for (let round = 0; round < 2; round++) {
      const results = await Promise.allSettled(
        kinds.map((kind, index) => Network.create({ ...specOf(index, kind), host })),
      );
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      const [won, lost] = [results[winner], results[1 - winner]] as const;
      expect(lost).toMatchObject({ status: 'rejected', reason: { code: 'EEXIST', message: TAKEN } });
      expect(await seen(host)).toEqual(alone[winner]);
      const network = (won as PromiseFulfilledResult<Network>).value;
      const to = await network.attach(scratchName());
      await network.publish({ hostAddress: WAN, hostPort: 80, to, port: 80 });
      expect(await gc({ host })).toEqual({ removed: [], kept: [] });
      await network.delete();
      expect(await seen(host)).toEqual(before);
    }
    expect(await gc({ host })).toEqual({ removed: [], kept: [] });
  });
});

test.each([
  [{ firewall: 'nftables' }, { firewall: 'iptables-legacy' }],
  [{ firewall: 'iptables-nft' }, { firewall: 'nftables' }],
] as const)('a name is taken whichever firewall its network has: %j and then %j', async (first, second) => {
  const { host } = await lab();
  const network = await Network.create({ ...specOf(0, first), host });
  const before = await seen(host);
  const other = Network.create({ ...specOf(1, second), host, bridge: 'other' });
  await expect(other).rejects.toThrow(TAKEN);
  expect(await seen(host)).toEqual(before);
  await network.delete();
});

test.each(['nftables', 'iptables-nft', 'iptables-legacy'] as const)(
  'a name is free once its network was deleted, and taken until then: %s',
  async (firewall) => {
    const { host } = await lab();
    const before = await seen(host);
    let network = await Network.create({ ...specOf(0, { firewall }), host });
    for (let round = 1; round < 6; round++) {
      const deletion = network.delete();
      const [early] = await Promise.allSettled([
        Network.create({ ...specOf(round % 2, { firewall }), host }),
      ]);
      await deletion;
      if (early.status === 'rejected') expect(early.reason).toMatchObject({ code: 'EEXIST', message: TAKEN });
      network =
        early.status === 'fulfilled'
          ? early.value
          : await Network.create({ ...specOf(round % 2, { firewall }), host });
      expect((await seen(host)).filter((line) => line.includes('10.71.'))).not.toEqual([]);
    }
    await network.delete();
    expect(await seen(host)).toEqual(before);
  },
);

test.each(['nftables', 'iptables-nft', 'iptables-legacy'] as const)(
  'of processes that ask for a name at the same moment one gets it: %s',
  async (firewall) => {
    const { host } = await lab({ named: true });
    const before = await seen(host);
    const children = SUBNETS.map((_, index) => {
      const spec = JSON.stringify(specOf(index, { firewall }));
      const [program = '', ...args] = nodeCommand('network-name', [host.name ?? '', spec]);
      return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    });
    const ends = children.map((child) => ended(child));
    await Promise.all(children.map((child) => waitForText(child, 'ready')));
    const tell = async (word: string): Promise<string[]> => {
      const answers = children.map((child) => waitForText(child, '.\n'));
      for (const child of children) child.stdin.write(`${word}\n`);
      return Promise.all(answers);
    };
    for (let round = 0; round < 6; round++) {
      const came = await tell('create');
      expect([...came].sort()).toEqual([`${TAKEN}.\n`, 'ok.\n']);
      const other = SUBNETS[1 - came.indexOf('ok.\n')] ?? '';
      expect((await seen(host)).filter((line) => line.includes(other))).toEqual([]);
      expect(await tell('delete')).toEqual(['ok.\n', 'ok.\n']);
      expect(await seen(host)).toEqual(before);
    }
    for (const child of children) child.stdin.end();
    expect((await Promise.all(ends)).map(({ code }) => code)).toEqual([0, 0]);
  },
);
