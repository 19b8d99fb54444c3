// What the hooks of traffic control make of data, and the commands that plans with it stand for.
import { explainShell } from '../../../src/plan/explain-shell';
import type { Step } from '../../../src/plan/spec/step';
import { isIrreversible } from '../../../src/plan/handlers/handlers';
import { htbClass } from '../../../src/rtnl/families/tc/htb';
import { netem } from '../../../src/rtnl/families/tc/netem';
import { tbf } from '../../../src/rtnl/families/tc/tbf';

function shell(op: string, body: object): string {
  return explainShell([{ op, netns: 'h', body } as unknown as Step], { h: 'h' }).trimEnd();
}

test.each([
  [
    { kind: 'tbf', handle: '1:', data: { rate: 125_000, burst: 10_000, limit: 30_000 } },
    'root handle 1: tbf rate 125000bps burst 10000 limit 30000',
  ],
  [{ kind: 'htb', handle: '1:', data: { defcls: 16 } }, 'root handle 1: htb default 10'],
  [
    { kind: 'netem', parent: '1:10', data: { delay: 1500, jitter: 10, loss: 1, correlation: { delay: 25 } } },
    'parent 1:10 netem delay 1500us 10us 25% loss random 1%',
  ],
  [{ kind: 'clsact', ingressBlock: 7 }, 'ingress_block 7 clsact'],
])('a qdisc as tc has it: %j', (body, words) => {
  expect(shell('qdisc.add', { dev: 'v0', ...body })).toBe(`tc -n h qdisc add dev v0 ${words}`);
});

test('classes and filters as tc has them', () => {
  const place = { dev: 'v0', parent: '1:' };
  expect(shell('class.add', { ...place, handle: '1:10', kind: 'htb', data: { rate: 5, ceil: 9 } })).toBe(
    'tc -n h class add dev v0 parent 1: classid 1:10 htb rate 5bps ceil 9bps',
  );
  const data = { match: [{ at: 16, value: 0x0a000001 }], classid: '1:10' };
  expect(shell('filter.delete', { ...place, priority: 3, handle: 0x80000800, kind: 'u32' })).toBe(
    'tc -n h filter delete dev v0 parent 1: prio 3 handle 800::800 u32',
  );
  expect(shell('filter.add', { dev: 'v0', parent: 'ingress', priority: 3, kind: 'u32', data })).toBe(
    'tc -n h filter add dev v0 ingress prio 3 u32 match u32 0x0a000001 0xffffffff at 16 flowid 1:10',
  );
});

test('a rate beyond 32 bits has an attribute of its own, and comes back as one number', () => {
  const { parms, rate64 } = tbf.prepare({ rate: 5e9, burst: 1, limit: 2 });
  expect(parms).toMatchObject({ rate: 2 ** 32 - 1, linklayer: 'ethernet' });
  expect(rate64).toBe(5e9);
  expect(tbf.present({ parms: { rate: 2 ** 32 - 1, buffer: 0 }, rate64: 5_000_000_000n })).toMatchObject({
    rate: 5e9,
  });
});

test('a burst is ticks of 64 ns', () => {
  // 1000 bytes at 1000 bytes a second take a second.
  const { parms } = htbClass.prepare({ rate: 1000, burst: 1000 });
  expect(parms).toMatchObject({ rate: 1000, ceil: 1000, buffer: 15_625_000 });
  expect(
    htbClass.present({ parms: { rate: 1000, ceil: 1000, buffer: 15_625_000, cbuffer: 0 } }),
  ).toMatchObject({ burst: 1000, cburst: 0 });
});

test('chances are parts of 2^32 - 1, delays ticks, and a limit is always sent', () => {
  const wire = netem.prepare({ delay: 1500, loss: 50, reorder: { probability: 100 } });
  expect(wire).toMatchObject({
    ...{ limit: 1000, latency: 23437, loss: 0x80000000, gap: 1 },
    reorder: { probability: 2 ** 32 - 1 },
  });
  expect(netem.present({ latency64: 1_500_000n, jitter64: 0n, loss: 0x80000000 })).toMatchObject({
    ...{ delay: 1500, jitter: 0, loss: 50 },
  });
});

test('only one filter, named whole, can be put back', () => {
  const body = { dev: 'v0', parent: 'ingress', priority: 3 };
  const step = (more: object): Step =>
    ({ op: 'filter.delete', netns: 'h', body: { ...body, ...more } }) as unknown as Step;
  expect(isIrreversible(step({}))).toBe(true);
  expect(isIrreversible(step({ handle: 1 }))).toBe(false);
});
