/**
 * One namespace after another, anonymous ones and named ones, at once or each after a pause: `latency CONTENDER N`. Of all
 * of a kind the exchange is judged before their times count.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Network } from 'netloom';
import { built } from '../paths';
import { Dialogue } from '../dialogue';
import { FLOOR } from '../sample';
import { exchange, insidesOf, toldInsides } from './exchange';
import { report, turn } from './host';

const GATEWAY = '10.101.0.1';

interface Kind {
  readonly name: string;
  readonly anonymous?: true;
  /** The floor's own is as long. */
  readonly pauseMs?: 20;
}

const KINDS: readonly Kind[] = [
  { name: 'anonymous', anonymous: true },
  { name: 'named' },
  { name: 'named, after a pause', pauseMs: 20 },
];

async function latency(contender = '', count = ''): Promise<void> {
  for (const kind of KINDS) {
    const times = contender === FLOOR ? await floor(kind, count) : await ours(kind, Number(count));
    for (const value of times) report({ metric: `attach, ${kind.name}`, unit: 'us', value });
  }
}

async function floor(kind: Kind, count: string): Promise<number[]> {
  using program = new Dialogue([
    built('floor'),
    count,
    '101',
    ...(kind.anonymous ? ['anonymous'] : []),
    ...(kind.pauseMs ? ['pause'] : []),
    'each',
  ]);
  const said = await program.until('CREATE');
  exchange(toldInsides(said), GATEWAY);
  program.say('');
  await program.rest();
  return said.filter((line) => line.startsWith('EACH')).map((line) => Number(line.split(' ')[1]));
}

// Named namespaces belong to a network that persists, which writes its journal before and after each.
async function ours(kind: Kind, n: number): Promise<number[]> {
  await using network = await Network.create({
    ...{ name: 'bench', subnet: '10.101.0.0/16', nat: false },
    lifetime: kind.anonymous ? 'process' : 'persistent',
  });
  const times: number[] = [];
  for (let k = 1; k <= n; k++) {
    if (kind.pauseMs) await sleep(kind.pauseMs);
    const start = performance.now();
    await network.attach(`pb-nl${k}`);
    times.push((performance.now() - start) * 1000);
  }
  exchange(insidesOf(network.endpoints), GATEWAY);
  return times;
}

turn(latency);
