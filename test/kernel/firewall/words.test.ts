// The judge is nft: rules that this library compiles and loads must be listed as those that nft compiles from the same words.
import { ValidationError } from '../../../src/errors/errors';
import type { TransactionRequest } from '../../../src/firewall/rule/transaction-requests';
import type { Rule } from '../../../src/firewall/rule/rule';
import { firewall } from '../../../src/firewall/rule/written';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { CORPUS, type CorpusTable } from '../../golden/nft-corpus';
import { type Json, needTools, nftJson, scratchHost, sh } from '../../support';

needTools('nft');

/** Rules of the corpus that need what this kernel lacks. */
const ABSENT = /^rt mtu|^meta [io]brname|^queue|^udp dport 53 synproxy|maxseg size set rt mtu/;

/** A rule, with text of the corpus as the template itself. */
function written(text: string): Rule | undefined {
  try {
    return firewall.rule(Object.assign([text], { raw: [text] }));
  } catch (error) {
    // A rule that the grammar lacks is refused with the place.
    if (!(error instanceof ValidationError) || !/column \d+: /.test(error.message)) throw error;
    return undefined;
  }
}

async function feed(host: NetworkNamespace, table: CorpusTable, rules: readonly string[]): Promise<void> {
  const lines = [
    `table ${table.family} t {`,
    table.before ?? '',
    'chain c {',
    table.hook,
    ...rules,
    '}',
    '}',
  ];
  await sh(host, `nft -f - <<'END'\n${lines.join('\n')}\nEND\n`);
}

async function listed(host: NetworkNamespace): Promise<Json[]> {
  const rules = (await nftJson(host)).filter((entry) => 'rule' in entry && entry.rule.chain === 'c');
  return rules.map(({ rule: { expr, comment } }) => ({ expr, comment }));
}

/** What nft does not list. */
async function translationFlags(host: NetworkNamespace, family: string): Promise<unknown[]> {
  const rules = await host.firewall.rules({ family, table: 't' });
  const translations = rules
    .flatMap(({ expressions = [] }) => expressions)
    .filter(({ name }) => ['masq', 'nat', 'redir'].includes(name));
  return translations.map(({ name, data }) => [name, data?.['flags']]);
}

/** How often each rule turns a number into the byte order of its set or range: nft does not list this. It also turns single bytes. */
async function conversions(host: NetworkNamespace, family: string): Promise<number[]> {
  const rules = (await host.firewall.rules({ family, table: 't' })).filter(({ chain }) => chain === 'c');
  return rules.map(
    ({ expressions = [] }) =>
      expressions.filter(({ name, data }) => name === 'byteorder' && Number(data?.['len']) > 1).length,
  );
}

const COMPARED = CORPUS.map((table, index) => ({ index, ...table })).filter(
  ({ isListedOtherwise }) => !isListedOtherwise,
);

test.each(COMPARED)(
  'table $index: rules of family $family that were compiled here are listed as those of nft',
  async (table) => {
    const { family } = table;
    const [host, other] = [await scratchHost(), await scratchHost()];
    const rules = table.rules
      .filter((text) => !ABSENT.test(text))
      .flatMap((text) => {
        const rule = written(text);
        return rule ? [{ text, rule }] : [];
      });
    expect(rules.length).toBeGreaterThan(table.rules.length * 0.35);
    await feed(
      host,
      table,
      rules.map(({ text }) => text),
    );
    await feed(other, table, []);
    const requests = rules.map(({ rule }): TransactionRequest => {
      return { family: 'nftRule', verb: 'append', body: { family, table: 't', chain: 'c', rule } };
    });
    await other.firewall.transaction(requests);
    const [expected, actual] = [await listed(host), await listed(other)];
    expect(expected).toHaveLength(rules.length);
    expect(actual).toEqual(expected);
    expect(await translationFlags(other, family)).toEqual(await translationFlags(host, family));
    expect(await conversions(other, family)).toEqual(await conversions(host, family));
  },
);

test('most of the corpus is in the grammar', () => {
  const all = CORPUS.flatMap(({ rules }) => rules);
  expect(all.filter((text) => written(text)).length).toBeGreaterThan(360);
});

const at = { family: 'inet', table: 't', chain: 'c' } as const;

test('fields that do not fill whole bytes match packets, in every place', async () => {
  const host = await scratchHost();
  const [v4, v6] = [`ip dscp`, `ip6 dscp`].map((field) => {
    const header = field.split(' ')[0]!;
    const address = header === 'ip' ? '127.0.0.1' : '::1';
    return [
      `${field} cs1`,
      `${field} { cs1, 5 }`,
      `${field} 8-10`,
      `${field} & 8 == 8`,
      `${field} | 1 == 9`,
      `${field} & 8 { 8 }`,
      `${field} @plain`,
      `${field} @ranges`,
      `${field} . ${header} saddr { cs1 . ${address} }`,
      `${field} . ${header} saddr { 8-16 . ${address} }`,
      `${field} . ${header} saddr @${header}pairs`,
      `${header} version . ${field} . ${header} ecn { ${header === 'ip' ? '4' : '6'} . cs1 . not-ect }`,
    ];
  }) as [string[], string[]];
  const sets = `
    set plain { type dscp; elements = { cs1 } }
    set ranges { type dscp; flags interval; elements = { 8-16 } }
    set ippairs { typeof ip dscp . ip saddr; elements = { cs1 . 127.0.0.1 } }
    set ip6pairs { typeof ip6 dscp . ip6 saddr; elements = { cs1 . ::1 } }`;
  const hook = 'type filter hook output priority 0; policy accept;';
  await feed(host, { family: 'inet', before: sets, hook, rules: [] }, []);
  await host.rtnl.link.set({ ifname: 'lo', up: true });
  const texts = [...v4, ...v6];
  await host.firewall.transaction(
    texts.map((text): TransactionRequest => {
      return { family: 'nftRule', verb: 'append', body: { ...at, rule: written(`${text} counter`)! } };
    }),
  );
  const counts = async (): Promise<Json[]> =>
    (await nftJson(host))
      .filter((entry) => 'rule' in entry)
      .map(({ rule }) => rule.expr.find((one: Json) => 'counter' in one).counter.packets);
  for (const tos of [0x20, 0x28, 0])
    await sh(host, `for to in 127.0.0.1 ::1; do ping -qnc1 -W2 -Q ${String(tos)} $to; done`);
  // The request and its answer, of the one class of three.
  const expected = texts.map((text) => [text, / 8-10| & 8| @ranges| 8-16/.test(text) ? 4 : 2]);
  const found = await counts();
  expect(texts.map((text, index) => [text, found[index]])).toEqual(expected);
});

async function chained(): Promise<NetworkNamespace> {
  const host = await scratchHost();
  await host.firewall.transaction([
    { family: 'nftTable', verb: 'add', body: { family: 'inet', name: 't' } },
    { family: 'nftChain', verb: 'add', body: { family: 'inet', table: 't', name: 'c' } },
  ]);
  return host;
}

test('values are values: arrays are sets, and text is never read as words', async () => {
  const host = await chained();
  const [networks, ports] = [
    ['10.0.0.0/8', '192.0.2.1'],
    [443, 80],
  ];
  const { rule } = host.firewall;
  await host.firewall.transaction([
    {
      family: 'nftRule',
      verb: 'append',
      body: { ...at, rule: rule`ip saddr ${networks} tcp dport ${ports} accept` },
    },
    {
      family: 'nftRule',
      verb: 'append',
      body: { ...at, rule: rule`ip daddr . tcp dport ${[['10.0.0.1', 80]]} drop` },
    },
    {
      family: 'nftRule',
      verb: 'append',
      body: { ...at, rule: rule`iifname ${'a*'} log prefix ${'drop accept'} return` },
    },
    {
      family: 'nftRule',
      verb: 'append',
      body: { ...at, rule: rule`tcp dport ${1000}-${2000} counter comment ${'x; drop'}` },
    },
  ]);
  const { stdout } = await sh(host, 'nft list chain inet t c');
  const lines = stdout.split('\n').map((line) => line.trim());
  expect(lines).toContain('ip saddr { 10.0.0.0/8, 192.0.2.1 } tcp dport { 80, 443 } accept');
  expect(lines).toContain('ip daddr . tcp dport { 10.0.0.1 . 80 } drop');
  expect(lines).toContain('iifname "a\\*" log prefix "drop accept" return');
  expect(lines).toContain('tcp dport 1000-2000 counter packets 0 bytes 0 comment "x; drop"');
});

test('a rule is replaced, and one that the kernel refuses is named and changes nothing', async () => {
  const host = await chained();
  await host.firewall.transaction([
    { family: 'nftRule', verb: 'append', body: { ...at, rule: firewall.rule`tcp dport 22 accept` } },
  ]);
  const [made] = await host.firewall.rules({ family: 'inet', table: 't' });
  const { handle } = made!;
  const replaced = firewall.rule`tcp dport ${[22, 23]} drop`;
  await host.firewall.transaction([
    { family: 'nftRule', verb: 'replace', body: { ...at, handle, rule: replaced } },
  ]);
  const before = await nftJson(host);
  expect((await sh(host, 'nft list chain inet t c')).stdout).toContain('tcp dport { 22, 23 } drop');
  const refused = [replaced, firewall.rule`jump ${'nowhere'}`].map((rule): TransactionRequest => {
    return { family: 'nftRule', verb: 'append', body: { ...at, rule } };
  });
  await expect(host.firewall.transaction(refused)).rejects.toMatchObject({
    code: 'ENOENT',
    operation: 'nftRule.append',
    object: 'c',
  });
  expect(await nftJson(host)).toEqual(before);
});

test('a rule knows the sets that the same transaction makes, and refuses what nft does not take', async () => {
  const host = await scratchHost();
  const { rule } = host.firewall;
  const table = { family: 'inet', table: 't' } as const;
  await host.firewall.transaction([
    { family: 'nftTable', verb: 'add', body: { family: 'inet', name: 't' } },
    { family: 'nftChain', verb: 'add', body: { ...table, name: 'c' } },
    {
      family: 'nftSet',
      verb: 'add',
      body: { ...table, name: 'ranges', id: 1, keyType: 19, keyLen: 4, flags: ['interval'] },
    },
    { family: 'nftSet', verb: 'add', body: { ...table, name: 'plain', id: 2, keyType: 19, keyLen: 4 } },
    { family: 'nftRule', verb: 'append', body: { ...at, rule: rule`meta mark @ranges accept` } },
    { family: 'nftRule', verb: 'append', body: { ...at, rule: rule`meta mark @plain accept` } },
  ]);
  expect(await conversions(host, 'inet')).toEqual([1, 0]);
  for (const text of [
    'meta mark set frag id',
    'ct event set mark',
    'ct event set new,helper',
    'ip option rr addr 192.0.2.1',
    'icmpv6 parameter-problem 1',
    'tcp option maxseg kind 2',
  ])
    expect([text, written(text)]).toEqual([text, undefined]);
});
