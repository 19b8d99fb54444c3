import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import type { Finding } from '../sample';

/** A turn has this machine of its own: see scripts/scratch-host.sh. */
export function prepareHost(): void {
  if (process.env['NETLOOM_SCRATCH_HOST'] !== '1') throw new Error('a turn runs in a scratch host only');
  // As `ip netns add` would do: a shared mount, which is fresh here.
  fs.mkdirSync('/run/netns', { mode: 0o755 });
  tool('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run/netns');
  tool('mount', '--make-shared', '/run/netns');
}

/** The output of a command, which has to succeed. */
export function tool(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export function feed(input: string, command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', input });
}

export function links(): string[] {
  return fs.readdirSync('/sys/class/net').filter((name) => name !== 'bonding_masters');
}

/** The names under /run/netns. */
export function names(): string[] {
  return fs.readdirSync('/run/netns');
}

export function report(finding: Finding): void {
  console.log(JSON.stringify(finding));
}

/** Runs a turn's main function with its arguments. */
export function turn(main: (...args: string[]) => Promise<void>): void {
  prepareHost();
  main(...process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
