/** One namespace after another: `latency CONTENDER N`. */
import { Network } from 'netloom';
import { built } from '../paths';
import { Dialogue } from '../dialogue';
import { FLOOR } from '../sample';
import { report, turn } from './host';

async function latency(contender = '', count = ''): Promise<void> {
  const times = contender === FLOOR ? await floor(count) : await ours(Number(count));
  for (const value of times) report({ metric: 'attach', unit: 'us', value });
}

async function floor(count: string): Promise<number[]> {
  using program = new Dialogue([built('floor'), count, '101', 'each']);
  const said = await program.until('CREATE');
  program.say('');
  await program.rest();
  return said.filter((line) => line.startsWith('EACH')).map((line) => Number(line.split(' ')[1]));
}

async function ours(n: number): Promise<number[]> {
  await using network = await Network.create({
    ...{ name: 'bench', subnet: '10.101.0.0/16', nat: false, lifetime: 'persistent' },
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
