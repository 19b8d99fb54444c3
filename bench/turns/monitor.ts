/** Changes in a host as fast as `ip -batch` makes them, and who hears all of them: `monitor CONTENDER N`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkNamespace } from 'netloom';
import { OURS } from '../sample';
import { report, tool, turn } from './host';

/** The one that changes last. */
const LAST = '10.122.255.255';
const LIMIT_MS = 60_000;
/** As large as that of our monitors. */
const RECEIVE_BUFFER = '4194304';

async function monitor(contender = '', count = ''): Promise<void> {
  const n = Number(count);
  tool('ip', 'link', 'add', 'pb0', 'up', 'type', 'veth', 'peer', 'name', 'pb1');
  const heard = contender === OURS ? countOurselves() : countByIp();
  await sleep(500); // until it listens for sure
  const start = performance.now();
  const [events] = await Promise.all([heard, change(n)]);
  const took = performance.now() - start;
  if (events !== n) throw new Error(`heard ${events} events of ${n}`);
  report({ metric: 'events', unit: 'per second', value: (n / took) * 1000 });
}

/** Neighbours that change their MAC addresses: small messages, of which the kernel makes many. */
async function change(n: number): Promise<void> {
  const child = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'inherit', 'inherit'] });
  const lines = Array.from({ length: n - 1 }, (_, k) => replaceNeighbour(`10.122.0.${k % 200}`, k));
  child.stdin.end([...lines, replaceNeighbour(LAST, n)].join('\n'));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`ip -batch ended with ${String(code)}`);
}

function replaceNeighbour(address: string, k: number): string {
  const [high, low] = [k >> 8, k].map((part) => (part & 255).toString(16));
  return `neigh replace ${address} lladdr 02:00:00:00:${high}:${low} dev pb0 nud permanent`;
}

/** How many events came until the last. */
async function countOurselves(): Promise<number> {
  await using here = await NetworkNamespace.current();
  let heard = 0;
  for await (const event of here.rtnl.monitor(['neigh'], { signal: AbortSignal.timeout(LIMIT_MS) })) {
    if (event.family === 'resync') throw new Error('events were lost');
    if (event.family !== 'neigh') continue;
    heard++;
    if (event.object.to === LAST) return heard;
  }
  return heard;
}

async function countByIp(): Promise<number> {
  const child = spawn('ip', ['-o', '-rcvbuf', RECEIVE_BUFFER, 'monitor', 'neigh'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LIMIT_MS,
  });
  let heard = 0;
  for await (const line of readline.createInterface({ input: child.stdout })) {
    heard++;
    if (line.startsWith(LAST)) break;
  }
  child.kill();
  return heard;
}

turn(monitor);
