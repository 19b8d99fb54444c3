import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launcherPath } from '../native/load';

/** A program that carries packets between a network namespace and the outside without privilege. */
export type Carrier = 'pasta' | 'slirp4netns';

/** A carrier at work. */
export interface Connection {
  /** The address inside by which the outside's resolvers are asked. */
  readonly nameserver: string;
  close(): void;
}

const READY_MS = 10_000;
const PASTA_NAMESERVER = '169.254.1.1';
const SLIRP_NAMESERVER = '10.0.2.3';

/**
 * Connects the network namespace of a process with the outside. The carrier ends with this process, however that ends.
 * Rejects with an Error in the carrier's words.
 */
export function connectOutside(carrier: Carrier, pid: number): Promise<Connection> {
  return carrier === 'pasta' ? connectByPasta(pid) : connectBySlirp(pid);
}

// It tells that it is ready by a file with its PID, and has nothing to hear of our end by: the kernel sends it a signal.
async function connectByPasta(pid: number): Promise<Connection> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-pasta-'));
  const file = path.join(directory, 'pid');
  // Its default is to become nobody if root starts it, who could not enter.
  const runAs = process.geteuid?.() === 0 ? ['--runas', '0:0'] : [];
  // Left to itself it joins ports of both sides, and the machine's loopback services to the gateway's address.
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

// It writes to one descriptor when it is ready, and ends when the other end of the second is closed.
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

// In a session of its own: Ctrl-C on our terminal is for the command.
function start(
  command: string,
  args: readonly string[],
  stdio: readonly ('ignore' | 'pipe')[],
): ChildProcess {
  return spawn(command, args, { stdio: [...stdio], detached: true });
}

/** Waits until a carrier is ready. Rejects with an Error in its own words if it ends, or is not ready in time. */
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
  // It is not what keeps this process running.
  child.unref();
  child.stderr?.destroy();
}

function lastWords(said: string): string {
  const lines = said.split('\n').filter((line) => line !== '' && !line.includes('syslog'));
  return lines.at(-1) ?? 'it ended before it was ready';
}

async function written(file: string, signal: AbortSignal): Promise<void> {
  while ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0)
    await sleep(10, undefined, { signal });
}
