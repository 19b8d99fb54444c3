/** What it costs the process that attaches N endpoints: `load OURS N`. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Network } from 'netloom';
import { exchange, insidesOf } from './exchange';
import { report, turn } from './host';

// Behind the library, whose compiled code is for the flags that users start with.
v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

async function load(_contender = '', count = ''): Promise<void> {
  const n = Number(count);
  await using network = await Network.create({
    ...{ name: 'bench', subnet: '10.101.0.0/16', nat: false, lifetime: 'persistent' },
  });
  const names = Array.from({ length: n }, (_, k) => `pb-nl${k + 1}`);
  // What the first call loads and compiles, and what V8 takes once for what is young, is no cost of an endpoint.
  await network.detach(await network.attachMany(names));
  const before = await resident();
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const endpoints = await network.attachMany(names);
  delays.disable();
  const after = await resident();
  if (endpoints.length !== n) throw new Error(`${endpoints.length} endpoints of ${n}`);
  exchange(insidesOf(endpoints), '10.101.0.1');
  report({ metric: 'event loop delay, p50', unit: 'us', value: delays.percentile(50) / 1000 });
  report({ metric: 'event loop delay, p99', unit: 'us', value: delays.percentile(99) / 1000 });
  report({ metric: 'event loop delay, longest', unit: 'us', value: delays.max / 1000 });
  report({ metric: 'resident memory per endpoint', unit: 'bytes', value: (after - before) / n });
}

/** Without what only waits to be collected. */
async function resident(): Promise<number> {
  for (let k = 0; k < 3; k++) {
    collect();
    await sleep(20);
  }
  return process.memoryUsage.rss();
}

turn(load);
