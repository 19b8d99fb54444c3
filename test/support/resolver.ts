import { spawn, type ChildProcess } from 'node:child_process';
import { killed, nodeCommand, waitForText } from './child';
import { run, type Inside } from './command';
import type { Server } from './lab';

// One that outlived a failed test would keep its namespace alive.
const servers = new Set<ChildProcess>();
afterEach(async () => {
  await Promise.all([...servers].map(stop));
});

async function stop(child: ChildProcess): Promise<void> {
  if (servers.delete(child)) await killed(child);
}

/** A resolver of other people inside a namespace. To be stopped before its namespace is deleted. */
export async function serveNames(ns: Inside, name: string, address: string): Promise<Server> {
  const place = `--net=/proc/${process.pid}/fd/${ns.fd}`;
  const child = spawn('nsenter', [place, ...nodeCommand('resolver', [name, address])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.add(child);
  await waitForText(child, 'ready');
  return { stop: () => stop(child) };
}

/** What dig finds, line by line. Fails if nobody answers. */
export async function dig(ns: Inside, ...args: string[]): Promise<string[]> {
  const { stdout } = await run(ns, 'dig', ['+short', '+tries=1', '+time=5', ...args]);
  return stdout.trim() === '' ? [] : stdout.trim().split('\n').sort();
}

/** The whole answer as dig shows it. */
export async function digAll(ns: Inside, ...args: string[]): Promise<string> {
  return (await run(ns, 'dig', ['+tries=1', '+time=5', ...args])).stdout;
}
