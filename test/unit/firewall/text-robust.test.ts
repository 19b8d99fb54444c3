// Whatever the kernel answers, a rule has words: what these rules hold was never made by nft.
import type { Expression } from '../../../src/firewall/nft/expressions';
import { hasBrackets, ruleText } from '../../../src/firewall/text/rules/rule';
import { rulesetLines } from '../../../src/firewall/text/ruleset';
import { binding } from '../../../src/executor/run-program';

const { tables } = binding.schema();
const expressionTables = tables['nftExpression']?.attrs.find(({ key }) => key === 'data')?.variants ?? {};
const FAMILIES = ['ip', 'ip6', 'inet', 'bridge', 'arp', 'netdev', 'nonsense'];

/** Numbers by a fixed seed, so that a failure comes again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomValue(table: string, key: string, below: (limit: number) => number): unknown {
  const row = tables[table]?.attrs.find((one) => one.key === key);
  const names = Object.keys(row?.names?.values ?? {});
  if (key === 'data' || key === 'mask' || key === 'xor' || key === 'from' || key === 'to') {
    const value = Uint8Array.from({ length: below(20) }, () => below(256));
    return [{ value }, {}, undefined, { verdict: { code: 'jump', chain: 'x' } }][below(4)];
  }
  if (row?.names?.bitmask === true) return names.filter(() => below(2) === 0);
  if (names.length > 0) return below(5) === 0 ? below(300) : names[below(names.length)];
  if (row?.kind === 'str') return ['a', 'b"', '', 'c*'][below(4)];
  if (row?.kind === 'be64') return BigInt(below(1 << 30));
  return below(3) === 0 ? below(1 << 30) : below(24);
}

function randomExpression(below: (limit: number) => number): Expression {
  const names = [...Object.keys(expressionTables), 'unheardof', '__proto__', 'constructor'];
  const name = names[below(names.length)] as string;
  const table = Object.hasOwn(expressionTables, name) ? expressionTables[name] : undefined;
  const keys = (table === undefined ? [] : (tables[table]?.attrs ?? [])).map(({ key }) => key);
  const present = keys.filter(() => below(5) > 0);
  return {
    name,
    data: Object.fromEntries(present.map((key) => [key, randomValue(table ?? '', key, below)])),
  };
}

test('the printer knows every table of expressions, and never throws', () => {
  expect(Object.keys(expressionTables).length).toBeGreaterThan(35);
  const below = randomNumbers(7);
  let bracketed = 0;
  for (let round = 0; round < 5_000; round++) {
    const expressions = Array.from({ length: below(8) }, () => randomExpression(below));
    const family = FAMILIES[below(FAMILIES.length)] as string;
    const text = ruleText({ expressions }, { family });
    expect(typeof text).toBe('string');
    if (hasBrackets(text)) bracketed++;
  }
  expect(bracketed).toBeGreaterThan(500);
});

test('an expression that nobody knows stands in brackets, and the rest of the rule in words', () => {
  const accept = { name: 'immediate', data: { dreg: 0, data: { verdict: { code: 'accept' } } } };
  const text = ruleText({ expressions: [{ name: 'unheardof', data: {} }, accept] }, { family: 'ip' });
  expect(text).toBe('[ unheardof ] accept');
  const match = { name: 'match', data: { name: 'addrtype', rev: 1, info: new Uint8Array(8) } };
  expect(ruleText({ expressions: [match, { name: 'counter' }, accept] }, { family: 'ip' })).toBe(
    '[ match addrtype ] counter accept',
  );
});

test('a prefix of the log that nft cannot quote stands in brackets', () => {
  const log = { name: 'log', data: { prefix: 'a "b"' } };
  expect(ruleText({ expressions: [log] }, { family: 'ip' })).toBe('[ log ]');
});

test('sets and objects of unknown types are named', () => {
  const at = { family: 'ip', table: 't' };
  const lines = rulesetLines({
    tables: [{ family: 'ip', name: 't', flags: ['dormant', 'owner'] }],
    chains: [{ ...at, name: 'c', hook: { hooknum: 9, priority: 3 } }],
    rules: [],
    sets: [{ ...at, name: 's', keyType: 63, keyLen: 4, elements: [{ key: { value: Uint8Array.of(1) } }] }],
    objects: [{ ...at, name: 'o', type: 'tunnel' }],
  });
  expect(lines.map((line) => line.trim())).toEqual([
    'table ip t {',
    'flags dormant',
    ...['tunnel o {', '[ tunnel ]', '}'],
    ...['set s {', '[ type ]', '[ 1 elements ]', '}'],
    ...['chain c {', 'type filter hook 9 priority 3;', '}'],
    '}',
  ]);
});
