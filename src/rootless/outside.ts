import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launcherPath } from '../native/load';

/** An unprivileged program that forwards packets between a network namespace and the outside. */
export type Carrier = 'pasta' | 'slirp4netns';

/** A running carrier. */
export interface Connection {
  /** The address inside at which the outside's resolvers are reachable. */
  readonly nameserver: string;
  close(): void;
}

const READY_MS = 10_000;
const PASTA_NAMESERVER = '169.254.1.1';
const SLIRP_NAMESERVER = '10.0.2.3';

/**
 * Connects the network namespace of a process with the outside. The carrier ends with this process, in any case.
 * Rejects with an Error that has the carrier's message.
 */
export function connectOutside(carrier: Carrier, pid: number): Promise<Connection> {
  return carrier === 'pasta' ? connectByPasta(pid) : connectBySlirp(pid);
}

// pasta reports readiness by a PID file. It has no means to notice our end: the kernel sends it a signal.
async function connectByPasta(pid: number): Promise<Connection> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-pasta-'));
  const file = path.join(directory, 'pid');
  // If root starts it, pasta by default becomes nobody, who could not enter the namespace.
  const runAs = process.geteuid?.() === 0 ? ['--runas', '0:0'] : [];
  // By default pasta forwards ports in both directions, and the gateway's address to the machine's loopback services.
  const closed = ['--no-map-gw', ...['-t', '-u', '-T', '-U'].flatMap((ports) => [ports, 'none'])];
  const how = ['--config-net', '--foreground', '--quiet', '--pid', file, '--dns-forward', PASTA_NAMESERVER];
  const command = ['pasta', 'pasta', ...how, ...closed, ...runAs, String(pid)];
  try {
    const child = start(
      launcherPath(),
      [`--until-parent-ends=${String(process.pid)}`, '--', ...command],
      PIPED_ERRORS,
    );
    await untilReady(child, 'pasta', (signal) => written(file, signal));
    return { nameserver: PASTA_NAMESERVER, close: () => child.kill() };
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

// slirp4netns writes to one descriptor when ready, and ends when the other end of a second one is closed.
async function connectBySlirp(pid: number): Promise<Connection> {
  const options = ['--configure', '--mtu=65520', '--disable-host-loopback', '--ready-fd=3', '--exit-fd=4'];
  const stdio = [...PIPED_ERRORS, 'pipe', 'pipe'] as const;
  const child = start('slirp4netns', [...options, String(pid), 'tap0'], stdio);
  const [ready, exit] = [child.stdio[3] as Socket, child.stdio[4] as Socket];
  await untilReady(child, 'slirp4netns', (signal) => once(ready, 'data', { signal }));
  ready.destroy();
  exit.unref();
  return { nameserver: SLIRP_NAMESERVER, close: () => exit.destroy() };
}

const PIPED_ERRORS = ['ignore', 'ignore', 'pipe'] as const;

// Starts it in its own session: Ctrl-C on our terminal is for the command.
function start(
  command: string,
  args: readonly string[],
  stdio: readonly ('ignore' | 'pipe')[],
): ChildProcess {
  return spawn(command, args, { stdio: [...stdio], detached: true });
}

/** Waits until a carrier is ready. Rejects with an Error that has its message if it ends or is not ready in time. */
async function untilReady(
  child: ChildProcess,
  name: Carrier,
  ready: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const stop = new AbortController();
  const { signal } = stop;
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  const ended = once(child, 'close', { signal }).then(() => {
    throw Object.assign(new Error(`${name}: ${lastWords(said)}`), { code: 'ERR_CARRIER' });
  });
  try {
    await Promise.race([ready(signal), ended]);
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
  // The carrier must not keep this process running.
  child.unref();
  child.stderr?.destroy();
}

function lastWords(said: string): string {
  const lines = said.split('\n').filter((line) => line !== '' && !line.includes('syslog'));
  return lines.at(-1) ?? 'the program ended before it was ready';
}

async function written(file: string, signal: AbortSignal): Promise<void> {
  while ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0)
    await sleep(10, undefined, { signal });
}
