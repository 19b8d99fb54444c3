import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError, ValidationError } from '../errors';
import { describe, handleOf } from './handle';
import type { NetworkNamespace } from './namespace';
import { inodeOfProcess, processesByNamespace } from './processes';

const { EBUSY } = os.constants.errno;
const TURN_MS = 20;
/** Not even SIGKILL ends a process at once: one in the middle of a system call ends with it. */
const LAST_MS = 5_000;

/** Ends the processes inside; see NetworkNamespace.killAll. */
export async function killAll(
  netns: NetworkNamespace,
  signal: NodeJS.Signals,
  deadlineMs: number,
): Promise<number[]> {
  const operation = 'netns.killAll';
  checkArguments(operation, signal, deadlineMs);
  handleOf(netns);
  const inode = fs.fstatSync(netns.fd).ino;
  if (inodeOfProcess(process.pid) === inode) {
    const problem = 'is where this process lives: it would end itself and, in the first one, the machine';
    throw new ValidationError({ operation, path: 'namespace', value: undefined, problem });
  }
  const killed = new Set<number>();
  const left =
    (await killUntil(inode, signal, deadlineMs, killed)) &&
    (await killUntil(inode, 'SIGKILL', LAST_MS, killed));
  if (!left) return [...killed];
  const detail = `processes outlive SIGKILL: ${left.join(', ')}`;
  throw new NetlinkError({ errno: EBUSY, operation, object: describe(netns), detail });
}

/**
 * Sends the signal once to each process, and to those that these start meanwhile, until none is left. Answers which are
 * left at the deadline.
 */
async function killUntil(
  inode: number,
  signal: NodeJS.Signals,
  deadlineMs: number,
  killed: Set<number>,
): Promise<number[] | undefined> {
  const told = new Set<number>();
  const end = performance.now() + deadlineMs;
  for (;;) {
    const inside = (await processesByNamespace()).get(inode) ?? [];
    if (inside.length === 0) return undefined;
    for (const pid of inside) {
      if (told.has(pid) || !kill(pid, inode, signal)) continue;
      told.add(pid);
      killed.add(pid);
    }
    if (performance.now() >= end) return inside;
    await sleep(TURN_MS);
  }
}

// Looked at once more, with nothing in between: the number may belong to another process by now.
function kill(pid: number, inode: number, signal: NodeJS.Signals): boolean {
  if (inodeOfProcess(pid) !== inode) return false;
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function checkArguments(operation: string, signal: unknown, deadlineMs: unknown): void {
  if (typeof signal !== 'string' || !(signal in os.constants.signals)) {
    const problem = "must be the name of a signal, such as 'SIGTERM'";
    throw new ValidationError({ operation, path: 'signal', value: signal, problem });
  }
  if (typeof deadlineMs !== 'number' || !Number.isFinite(deadlineMs) || deadlineMs < 0) {
    const problem = 'must be a number of milliseconds, 0 or more';
    throw new ValidationError({ operation, path: 'deadlineMs', value: deadlineMs, problem });
  }
}
