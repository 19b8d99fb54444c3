/** So many ports of the host lead to endpoints: `publish METHOD N`. */
import { Network } from 'netloom';
import { script } from '../paths';
import { OURS } from '../sample';
import { exchange, insidesOf } from './exchange';
import { report, tool, turn } from './host';

/** How often the same process publishes them again, once they are withdrawn. */
const AGAIN = 5;

async function publish(method = '', count = ''): Promise<void> {
  const [first, ...others] = method === OURS ? await ours(Number(count)) : [peer(method, count)];
  report({ metric: 'publish', unit: 'us', value: first ?? NaN });
  for (const value of others) report({ metric: 'publish, again', unit: 'us', value });
}

async function ours(n: number): Promise<number[]> {
  tool('ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'lo');
  await using network = await Network.create({ name: 'bench', subnet: '10.121.0.0/16', dns: false });
  const endpoints = await network.attachMany(4);
  const rules = Array.from({ length: n }, (_, k) => ({
    ...{ hostAddress: '192.0.2.1', hostPort: 20_001 + k, port: 80 },
    to: endpoints[k % endpoints.length] as (typeof endpoints)[number],
  }));
  const times: number[] = [];
  for (let k = 0; k <= AGAIN; k++) {
    const start = performance.now();
    const publications = await network.publishMany(rules);
    times.push((performance.now() - start) * 1000);
    const found = tool('nft', 'list', 'ruleset').match(/192\.0\.2\.1 \. tcp \. 2\d{4}/g) ?? [];
    if (found.length !== n) throw new Error(`nft sees ${found.length} ports of ${n}`);
    exchange(insidesOf(endpoints), '10.121.0.1');
    await Promise.all(publications.map(async (publication) => publication.delete()));
  }
  return times;
}

/** The script makes a table in this host, checks what is there, and prints "METHOD N milliseconds". */
function peer(method: string, count: string): number {
  return Number(tool(script('nat/nat.sh'), method, count).trim().split(' ')[2]) * 1000;
}

turn(publish);
