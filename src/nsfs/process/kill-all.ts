import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetlinkError, ValidationError } from '../../errors/errors';
import { checkKeys } from '../../errors/known-keys';
import { describe, handleOf, type OpenNamespace } from '../handle';
import { inodeOfProcess, processesByNamespace } from './processes';
import { endWorkers } from './worker';

const { EBUSY } = os.constants.errno;
const TURN_MS = 20;
/** SIGKILL does not end a process at once: a process in a system call ends after the call. */
const LAST_MS = 5_000;

/** Options of calls that delete namespaces. */
export interface KillOptions {
  /** Kills the processes inside first (SIGKILL), instead of failing because they hold the namespace. */
  readonly kill?: boolean;
}

/** Whether `kill` is set. Throws a ValidationError for invalid options. */
export function wantsKill(options: KillOptions, operation: string): boolean {
  checkKeys(options, ['kill'], operation);
  const { kill = false } = (options as KillOptions | null) ?? {};
  if (typeof (kill as unknown) === 'boolean') return kill;
  throw new ValidationError({ operation, path: 'kill', value: kill, problem: 'must be true or false' });
}

/** Ends the processes in an open namespace, and the workers that this thread started there. */
export async function endInhabitants(netns: OpenNamespace): Promise<void> {
  inodeOfForeign(netns, 'netns.delete');
  await endWorkers(netns);
  await killAll(netns, 'SIGKILL', 0);
}

/** Ends the processes inside; see NetworkNamespace.killAll. */
export async function killAll(
  netns: OpenNamespace,
  signal: NodeJS.Signals,
  deadlineMs: number,
): Promise<number[]> {
  const operation = 'netns.killAll';
  checkArguments(operation, signal, deadlineMs);
  const inode = inodeOfForeign(netns, operation);
  const killed = new Set<number>();
  const left =
    (await killUntil(inode, signal, deadlineMs, killed)) &&
    (await killUntil(inode, 'SIGKILL', LAST_MS, killed));
  if (!left) return [...killed];
  const detail = `processes still run after SIGKILL: ${left.map(describeProcess).join(', ')}`;
  throw new NetlinkError({ errno: EBUSY, operation, object: describe(netns), detail });
}

/** Refuses to delete the namespace in which this process lives: it would hold it. Throws a NetlinkError EBUSY. */
export function refuseHome(netns: OpenNamespace): void {
  if (!isHome(fs.fstatSync(netns.fd).ino)) return;
  const detail = 'this process lives inside, and would hold it';
  throw new NetlinkError({ errno: EBUSY, operation: 'netns.delete', object: describe(netns), detail });
}

function isHome(inode: number): boolean {
  return inodeOfProcess(process.pid) === inode;
}

function inodeOfForeign(netns: OpenNamespace, operation: string): number {
  handleOf(netns);
  const inode = fs.fstatSync(netns.fd).ino;
  if (!isHome(inode)) return inode;
  const problem =
    'must not be the namespace of this process: the call would kill this process and, in the initial namespace, the system';
  throw new ValidationError({ operation, path: 'namespace', value: undefined, problem });
}

/**
 * Sends the signal once to each process, and to processes started in the meantime, until none is left. Returns those
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
    let fresh = 0;
    for (const pid of inside) {
      if (told.has(pid) || !kill(pid, inode, signal)) continue;
      told.add(pid);
      killed.add(pid);
      fresh++;
    }
    if (performance.now() >= end) return inside;
    // No pause while new processes appear: they may be about to start more.
    if (fresh === 0) await sleep(TURN_MS);
  }
}

// Checked again, synchronously: the PID may belong to another process by now.
function kill(pid: number, inode: number, signal: NodeJS.Signals): boolean {
  if (inodeOfProcess(pid) !== inode) return false;
  try {
    return process.kill(pid, signal);
  } catch (error) {
    const { code, errno = 0 } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return false;
    const detail = `this process may not signal ${describeProcess(pid)}, which belongs to another user`;
    throw new NetlinkError({ errno: -errno, operation: 'netns.killAll', syscall: 'kill', detail });
  }
}

/** A process by its PID, its command and, if its state keeps it from ending, its state. */
function describeProcess(pid: number): string {
  try {
    const [, command = '', state = ''] =
      /\((.*)\) (\S)/s.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const why = state === 'D' ? ', in an uninterruptible system call' : '';
    return `${String(pid)} (${command}${why})`;
  } catch {
    return String(pid);
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
