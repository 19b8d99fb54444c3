// What a shape asks of the kernel: netem and the token bucket below it, and a detour for what comes in.
import { explainShell } from '../../../src/plan/explain-shell';
import { directionsOf, type LineShape } from '../../../src/shape/options';
import { shapeSteps } from '../../../src/shape/steps';

const nothing = { egress: false, ingress: false };
const device = { index: 3, mtu: 1500 };

function commands(shape: LineShape, found = nothing): string[] {
  const requests = shapeSteps(device, found, directionsOf(shape, 'shape'));
  const steps = requests.map((request) => ({ ...request, netns: 'h' }));
  return explainShell(steps, { h: 'h' }).trimEnd().split('\n').filter(Boolean);
}

test('delay and loss before the rate, in what the device sends', () => {
  expect(commands({ egress: { rate: 8_000_000, delay: 40, jitter: 5, loss: 1 } })).toEqual([
    'tc -n h qdisc add dev if3 root handle a1: netem delay 40000us 5000us loss random 1%',
    'tc -n h qdisc add dev if3 parent a1:1 handle a2: tbf rate 1000000bps burst 10000 limit 210000',
  ]);
});

test('what comes in queues on an ifb that is ready before the first packet comes by it', () => {
  expect(commands({ ingress: { rate: 80_000 } })).toEqual([
    'ip -n h link add dev shape3 up type ifb',
    'tc -n h qdisc add dev shape3 root handle a2: tbf rate 10000bps burst 3036 limit 18216',
    'tc -n h qdisc add dev if3 clsact',
    'tc -n h filter add dev if3 ingress prio 1 u32 match u32 0x00000000 0x00000000 at 0 action mirred egress redirect dev shape3',
  ]);
});

test('a shape that stands is replaced, or taken away', () => {
  const both = { egress: true, ingress: true };
  expect(commands({ rate: 80_000 }, both)).toHaveLength(4);
  expect(commands({}, both)).toEqual([
    'tc -n h qdisc delete dev if3 root',
    'tc -n h qdisc delete dev if3 clsact',
    'ip -n h link delete dev shape3',
  ]);
  expect(commands({}, nothing)).toEqual([]);
  expect(commands({ loss: 0 }, nothing)).toEqual([]);
});
