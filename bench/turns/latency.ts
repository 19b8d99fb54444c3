/** One namespace after another, anonymous ones and named ones: `latency CONTENDER N`. */
import { Network } from 'netloom';
import { built } from '../paths';
import { Dialogue } from '../dialogue';
import { FLOOR } from '../sample';
import { report, turn } from './host';

const KINDS = ['anonymous', 'named'] as const;
type Kind = (typeof KINDS)[number];

async function latency(contender = '', count = ''): Promise<void> {
  for (const kind of KINDS) {
    const times = contender === FLOOR ? await floor(kind, count) : await ours(kind, Number(count));
    for (const value of times) report({ metric: `attach, ${kind}`, unit: 'us', value });
  }
}

async function floor(kind: Kind, count: string): Promise<number[]> {
  using program = new Dialogue([
    built('floor'),
    count,
    '101',
    ...(kind === 'anonymous' ? [kind] : []),
    'each',
  ]);
  const said = await program.until('CREATE');
  program.say('');
  await program.rest();
  return said.filter((line) => line.startsWith('EACH')).map((line) => Number(line.split(' ')[1]));
}

// Named namespaces belong to a network that persists, which writes its journal before and after each.
async function ours(kind: Kind, n: number): Promise<number[]> {
  await using network = await Network.create({
    ...{ name: 'bench', subnet: '10.101.0.0/16', nat: false },
    lifetime: kind === 'named' ? 'persistent' : 'process',
  });
  const times: number[] = [];
  for (let k = 1; k <= n; k++) {
    const start = performance.now();
    await network.attach(`pb-nl${k}`);
    times.push((performance.now() - start) * 1000);
  }
  return times;
}

turn(latency);
