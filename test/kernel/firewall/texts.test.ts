// The judge is nft: it reads the words that this library prints, and must end with the ruleset that it was printed from.
import { rulesetLines } from '../../../src/firewall/text/ruleset';
import { hasBrackets } from '../../../src/firewall/text/rules/rule';
import { CORPUS, type CorpusTable } from '../../golden/nft-corpus';
import { SETS } from '../../golden/nft-sets';
import { type Json, needTools, nftJson, scratchHost, sh } from '../../support';

needTools('nft');

const RULES = CORPUS.reduce((count, { rules }) => count + rules.length, 0);

/** What a kernel or an nft without some feature says of the rule that needs it. */
const ABSENT = /Operation not supported|No such file or directory|Protocol not supported/;

/** Loads a table, without the rules that this kernel has no features for: nft itself names them. */
async function load(
  host: Parameters<typeof sh>[0],
  table: CorpusTable,
): Promise<{ loaded: string[]; refused: Map<string, string> }> {
  const refused = new Map<string, string>();
  const head = [`table ${table.family} t {`, ...(table.before ?? '').split('\n'), 'chain c {', table.hook];
  for (let attempt = 0; attempt < 20; attempt++) {
    const loaded = table.rules.filter((rule) => !refused.has(rule));
    const text = [...head, ...loaded, '}', '}'].join('\n');
    const error = await feed(host, text);
    if (error === undefined) return { loaded, refused };
    // The kernel says the same of those behind the first.
    const [, line, problem = ''] = /stdin:(\d+):\S+ Error: (.*)/.exec(error) ?? [];
    const rule = loaded[Number(line) - head.length - 1];
    if (rule === undefined || !ABSENT.test(problem)) throw new Error(error);
    refused.set(rule, problem);
  }
  throw new Error('nft refuses one rule after another');
}

async function feed(host: Parameters<typeof sh>[0], text: string): Promise<string | undefined> {
  try {
    await sh(host, `nft -f - <<'END'\n${text}\nEND\n`);
    return undefined;
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

/** Without what two rulesets never have in common. */
function comparable(value: Json): Json {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value as object).filter(([key]) => key !== 'handle' && key !== 'expires');
  return Object.fromEntries(kept.map(([key, inner]) => [key, comparable(inner)]));
}

test('the corpus is large, and of every family', () => {
  expect(RULES).toBeGreaterThan(400);
  expect(new Set(CORPUS.map(({ family }) => family)).size).toBe(6);
});

test.each(CORPUS.map((table, index) => ({ index, ...table })))(
  'table $index: nft reads the printed rules of family $family back',
  async (table) => {
    const [host, other] = [await scratchHost(), await scratchHost()];
    const { loaded, refused } = await load(host, table);
    // Without queues, the TCP MSS of routes, SYN proxies and bridges' own keys nearly all is left.
    expect(refused.size).toBeLessThanOrEqual(Math.ceil(table.rules.length * 0.12));
    const found = await host.inspect();
    const inChain = found.firewall.rules.filter(({ chain }) => chain === 'c');
    expect(inChain).toHaveLength(loaded.length);
    expect(inChain.filter(({ text }) => hasBrackets(text))).toEqual([]);
    const devices = new Map(found.links.map(({ index, ifname }) => [index, ifname]));
    expect(await feed(other, rulesetLines(found.firewall, { devices }).join('\n'))).toBeUndefined();
    const [expected, actual] = [await nftJson(host), await nftJson(other)];
    expect(expected.filter((entry) => 'rule' in entry && entry.rule.chain === 'c')).toHaveLength(
      loaded.length,
    );
    expect(comparable(actual)).toEqual(comparable(expected));
  },
);

test('nft reads the printed sets and maps of every type back, plain and of intervals', async () => {
  const [host, other] = [await scratchHost(), await scratchHost()];
  const text = ['table inet t {', ...SETS.map((set) => set.text), '}'].join('\n');
  expect(await feed(host, text)).toBeUndefined();
  const { firewall, links } = await host.inspect();
  expect(firewall.sets).toHaveLength(SETS.length);
  const devices = new Map(links.map(({ index, ifname }) => [index, ifname]));
  expect(await feed(other, rulesetLines(firewall, { devices }).join('\n'))).toBeUndefined();
  expect(comparable(await nftJson(other))).toEqual(comparable(await nftJson(host)));
});
