import { spawn } from 'node:child_process';
import { Network } from '../../../../src/network/network';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import type { PublishRule } from '../../../../src/network/publish/publication';
import {
  ended,
  lab,
  needTools,
  nodeCommand,
  scratchName,
  sh,
  validationError,
  waitForText,
  WAN,
} from '../../../support';

needTools('ip', 'nft', 'iptables-nft', 'iptables-legacy');

type Rule = Omit<PublishRule, 'to'>;

const [ONE, TWO] = [
  { name: 'one', subnet: '10.61.0.0/24' },
  { name: 'two', subnet: '10.62.0.0/24' },
] as const;
const RULE: Rule = { hostAddress: WAN, hostPort: 8080, port: 80 };

/** How many ports lead to an address, by whichever firewall. */
async function leadingTo(host: NetworkNamespace, address: string): Promise<number> {
  const { stdout } = await sh(host, 'nft list ruleset; iptables-legacy-save');
  return stdout.split(address).length - 1;
}

const CLASHES: readonly [string, Rule, Rule][] = [
  ['the same port', RULE, RULE],
  ['every address against one', { ...RULE, hostAddress: '0.0.0.0' }, RULE],
  ['one address against every one', RULE, { ...RULE, hostAddress: '0.0.0.0' }],
  [
    'ranges that overlap',
    { ...RULE, hostPort: '8075-8080', port: '75-80' },
    { ...RULE, hostPort: '8080-8082', port: '80-82' },
  ],
  [
    'a port of a long range',
    { ...RULE, hostPort: '8000-8099', port: '1000-1099' },
    { ...RULE, hostPort: '8050-8149', port: '1000-1099' },
  ],
];

const KINDS = [
  [{ lifetime: 'process' }, { lifetime: 'process' }],
  [{ lifetime: 'process' }, { lifetime: 'persistent' }],
  [{ lifetime: 'persistent' }, { lifetime: 'process' }],
  [{ lifetime: 'persistent' }, { lifetime: 'persistent' }],
  [
    { lifetime: 'process', firewall: 'iptables-legacy' },
    { lifetime: 'process', firewall: 'nftables' },
  ],
  [
    { lifetime: 'persistent', firewall: 'nftables' },
    { lifetime: 'process', firewall: 'iptables-nft' },
  ],
] as const;

describe.each(KINDS)('%j and %j', (first, second) => {
  test('publish no port of the host twice', async () => {
    const { host } = await lab();
    const one = await Network.create({ ...ONE, ...first, host });
    const two = await Network.create({ ...TWO, ...second, host });
    const there = await one.attach(scratchName());
    const to = await two.attach(scratchName());
    const before = await leadingTo(host, to.address);
    for (const [what, taken, wanted] of CLASHES) {
      const publication = await one.publish({ ...taken, to: there });
      for (const takeOver of [false, true]) {
        const refused = await validationError(two.publish({ ...wanted, to, takeOver }));
        expect([what, refused.message]).toEqual([
          what,
          expect.stringMatching(
            /is published already.* of the network 'one': withdraw that publication first/,
          ),
        ]);
        expect(refused).toMatchObject({ operation: 'network.publish', path: 'hostPort' });
      }
      expect(two.publications).toEqual([]);
      expect(await leadingTo(host, to.address)).toBe(before);
      const chosen = await two.publish({ ...RULE, hostPort: 0, to });
      await chosen.delete();
      // The other protocol is free, and the port is once the other network has given it up.
      await (await two.publish({ ...wanted, protocol: 'udp', to })).delete();
      await publication.delete();
      await (await two.publish({ ...wanted, to })).delete();
    }
    await Promise.all([one.delete(), two.delete()]);
  });
});

test.each(['process', 'persistent'] as const)(
  'a port is refused that a network of another process has published: %s',
  async (lifetime) => {
    const { host } = await lab({ named: true });
    const [program = '', ...args] = nodeCommand('network-publish', [
      ...[host.name ?? '', JSON.stringify({ ...ONE, lifetime: 'process' })],
      JSON.stringify({ ...RULE, hostAddress: '0.0.0.0' }),
    ]);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const end = ended(child);
    await waitForText(child, 'published');
    const two = await Network.create({ ...TWO, lifetime, host });
    const to = await two.attach(scratchName());
    expect((await validationError(two.publish({ ...RULE, to }))).message).toContain("of the network 'one'");
    await (await two.publish({ ...RULE, hostPort: 8081, to })).delete();
    child.stdin.end();
    expect((await end).code).toBe(0);
    await two.publish({ ...RULE, to });
    await two.delete();
  },
);

test('of networks that ask at the same moment one gets the port', async () => {
  const { host } = await lab();
  const networks = await Promise.all(
    [0, 1, 2, 3].map((index) =>
      Network.create({
        ...{ name: `n${index}`, subnet: `10.6${index}.0.0/24`, host },
        lifetime: index % 2 === 0 ? 'process' : 'persistent',
      }),
    ),
  );
  const targets = await Promise.all(networks.map((network) => network.attach(scratchName())));
  for (let round = 0; round < 10; round++) {
    await Promise.allSettled(
      networks.map((network, index) => network.publish({ ...RULE, to: targets[index]! })),
    );
    const published = networks.flatMap((network) => network.publications);
    expect(published).toHaveLength(1);
    const leading = await Promise.all(
      targets.map(({ address }) => sh(host, `nft list ruleset | grep -c ': ${address} . 80' || true`)),
    );
    expect(leading.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBe(1);
    await Promise.all(published.map((publication) => publication.delete()));
  }
  await Promise.all(networks.map((network) => network.delete()));
});

test.each([
  ['process', 'process'],
  ['process', 'persistent'],
  ['persistent', 'process'],
] as const)('of processes that ask at the same moment one gets the port: %s and %s', async (...lifetimes) => {
  const { host } = await lab({ named: true });
  const children = [ONE, TWO].map((spec, index) => {
    const described = JSON.stringify({ ...spec, lifetime: lifetimes[index] });
    const words = [host.name ?? '', described, JSON.stringify(RULE)];
    const [program = '', ...args] = nodeCommand('network-race', words);
    return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  });
  const ends = children.map((child) => ended(child));
  await Promise.all(children.map((child) => waitForText(child, 'ready')));
  const tell = async (word: string): Promise<string[]> => {
    const answers = children.map((child) => waitForText(child, `${word}.`));
    for (const child of children) child.stdin.write(`${word}\n`);
    return Promise.all(answers);
  };
  for (let round = 0; round < 15; round++) {
    const came = await tell(`publish ${round}`);
    expect(came.filter((text) => text.includes('has '))).toHaveLength(1);
    const { stdout } = await sh(host, `nft list ruleset | grep -c 'tcp . ${RULE.hostPort} .* : ' || true`);
    expect(Number(stdout)).toBe(1);
    await tell(`withdraw ${round}`);
  }
  for (const child of children) child.stdin.end();
  expect((await Promise.all(ends)).map(({ code }) => code)).toEqual([0, 0]);
});
