/** Ready-made endpoints are handed out one by one: `pool OURS N`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Endpoint, NamespacePool, Network } from 'netloom';
import { exchange, insidesOf } from './exchange';
import { report, turn } from './host';

const LIMIT_MS = 60_000;

async function pool(_contender = '', count = ''): Promise<void> {
  const size = Number(count);
  await using network = await Network.create({ name: 'bench', subnet: '10.101.0.0/16', nat: false });
  await using namespaces = new NamespacePool({ size, network });
  const end = performance.now() + LIMIT_MS;
  while (namespaces.ready < size) {
    if (performance.now() > end) throw new Error(`${namespaces.ready} of ${size} are ready`);
    await sleep(10);
  }
  const leases: Endpoint[] = [];
  const times: number[] = [];
  for (let k = 0; k < size; k++) {
    const start = performance.now();
    leases.push(await namespaces.acquire());
    times.push((performance.now() - start) * 1000);
  }
  if (new Set(leases.map(({ address }) => address)).size !== size) throw new Error('one was given out twice');
  exchange(insidesOf(leases), '10.101.0.1');
  for (const value of times) report({ metric: 'acquire', unit: 'us', value });
  await Promise.all(leases.map((lease) => namespaces.release(lease)));
}

turn(pool);
