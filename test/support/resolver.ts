import { spawn } from 'node:child_process';
import { nodeCommand } from './child';
import { run, type Inside } from './command';
import { type Server, serverOf } from './lab';

/** A resolver of other people inside a namespace. To be stopped before its namespace is deleted. */
export async function serveNames(ns: Inside, name: string, address: string): Promise<Server> {
  const place = `--net=/proc/${process.pid}/fd/${ns.fd}`;
  const child = spawn('nsenter', [place, ...nodeCommand('resolver', [name, address])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return serverOf(child);
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
