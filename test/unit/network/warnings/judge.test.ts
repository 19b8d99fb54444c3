import type { Expression } from '../../../../src/firewall/nft/expressions';
import { judgeRule } from '../../../../src/network/warnings/judge/nft';
import type { JudgedSet } from '../../../../src/network/warnings/judge/sets';
import type { Packet } from '../../../../src/network/warnings/judge/packet';
import { runChain, type Outcome } from '../../../../src/network/warnings/judge/verdict';

// What a kernel without these expressions cannot be asked; all else is in test/kernel/network/warnings/judged.

function packet(): Packet {
  const [iif, oif] = [{ name: 'nl-web', index: 7 }, { name: 'wan0' }];
  return {
    ...({ family: 'ip', protocol: 'tcp', state: 'new', saddr: '10.66.0.9', mark: 0, ctMark: 0 } as const),
    ...{ iif, oif },
  };
}

function judge(
  expressions: readonly Expression[],
  sets: Readonly<Record<string, JudgedSet>> = {},
): Outcome[] {
  const rule = { family: 'inet', table: 'own', chain: 'pass', handle: 1n, expressions };
  return judgeRule(rule, packet(), (name) => sets[name]);
}

test('a queue may drop, unless it is passed over where nobody listens', () => {
  const queue = (flags: readonly string[]): Outcome[] => judge([{ name: 'queue', data: { num: 0, flags } }]);
  expect(queue([])).toEqual([{ certainty: 'mostly', verdict: { code: 'drop' } }]);
  expect(queue(['bypass'])).toEqual([{ certainty: 'mostly', verdict: { code: 'accept' } }]);
});

test('of a bridge that a rule asks for the name is known only to a packet that crosses one', () => {
  const load = { name: 'meta', data: { key: 'ibrname', dreg: 1 } };
  const value = Buffer.from('nl-web\0');
  const rule = [load, { name: 'cmp', data: { sreg: 1, op: 'eq', data: { value } } }];
  expect(judge(rule)).toEqual([{ certainty: 'rarely', verdict: { code: 'continue' } }]);
});

test('verdicts for exceptions count only as doubt', () => {
  const verdict = (code: string, value: number): JudgedSet['elements'][number] => ({
    key: { value: Uint8Array.of(0, value) },
    data: { verdict: { code } },
  });
  const rule = [
    { name: 'payload', data: { base: 'transport', offset: 2, len: 2, dreg: 1 } },
    { name: 'lookup', data: { set: 'ports', sreg: 1, dreg: 0 } },
  ];
  const fate = (elements: JudgedSet['elements']): ReturnType<typeof runChain> =>
    runChain(() => judge(rule, { ports: { elements } }), 'pass', 'drop', packet());
  expect(fate([verdict('drop', 22)])).toEqual({ end: 'drop', isUnsure: false });
  expect(fate([verdict('accept', 22)])).toEqual({ end: 'drop', isUnsure: true });
  expect(fate([verdict('drop', 22), { data: { verdict: { code: 'accept' } }, flags: ['catchall'] }])).toEqual(
    {
      ...{ end: 'accept', isUnsure: false },
    },
  );
});

test('intervals begin with a key and end before the next', () => {
  const value = (first: number): Uint8Array => Uint8Array.of(10, first, 0, 0);
  const set = {
    flags: ['interval'],
    elements: [
      { key: { value: value(70) }, flags: ['intervalEnd'] },
      { key: { value: value(66) } },
      { key: { value: value(66) }, flags: ['intervalEnd'] },
      { key: { value: value(60) } },
    ],
  };
  const rule = (offset: number): Expression[] => [
    { name: 'payload', data: { base: 'network', offset, len: 4, dreg: 1 } },
    { name: 'lookup', data: { set: 'nets', sreg: 1, flags: [] } },
  ];
  const [saddr, daddr] = [12, 16];
  expect(judge(rule(saddr), { nets: set })).toEqual([{ certainty: 'surely', verdict: { code: 'continue' } }]);
  expect(judge(rule(daddr), { nets: set })).toEqual([{ certainty: 'rarely', verdict: { code: 'continue' } }]);
  const none = { flags: ['interval'], elements: set.elements.slice(2) };
  expect(judge(rule(saddr), { nets: none })).toEqual([]);
});

test('a SYN proxy serves a connection only if it gets its first two packets, and no others', () => {
  const flags: Expression[] = [
    { name: 'payload', data: { base: 'transport', offset: 13, len: 1, dreg: 1 } },
    {
      name: 'bitwise',
      data: {
        sreg: 1,
        dreg: 1,
        len: 1,
        mask: { value: Uint8Array.of(2) },
        xor: { value: new Uint8Array(1) },
      },
    },
    { name: 'cmp', data: { sreg: 1, op: 'neq', data: { value: new Uint8Array(1) } } },
  ];
  const isNew: Expression[] = [
    { name: 'ct', data: { key: 'state', dreg: 1 } },
    { name: 'cmp', data: { sreg: 1, op: 'eq', data: { value: Uint8Array.of(8, 0, 0, 0) } } },
  ];
  const fate = (matches: readonly Expression[]): unknown =>
    judge([...matches, { name: 'synproxy', data: {} }]).map(({ verdict }) => verdict.code);
  expect(fate(flags)).toEqual(['drop']);
  expect(fate([])).toEqual(['drop']);
  expect(fate(isNew)).toEqual(['accept']);
});
