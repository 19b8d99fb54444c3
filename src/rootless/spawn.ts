import {
  spawn,
  type ChildProcess,
  type IOType,
  type SpawnOptions,
  type StdioOptions,
} from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import os from 'node:os';
import readline from 'node:readline';
import util from 'node:util';
import { launcherPath } from '../native/load';
import { checkStart } from '../nsfs/process/check-start';
import { carriersFor, connect, resolvConfFor, type Outside } from './connect';
import { mapIds } from './ids';
import { refusal } from './refusal';

export interface RootlessOptions extends Omit<SpawnOptions, 'argv0' | 'gid' | 'shell' | 'uid'> {
  /**
   * The carrier of packets to the outside: 'pasta', 'slirp4netns', or 'none' for an isolated network. Default: the
   * first installed one, in this order.
   */
  readonly outside?: Outside;
}

/** A command in its own user namespace. */
export interface RootlessProcess {
  /** The command, as returned by child_process.spawn. */
  readonly child: ChildProcess;
  readonly outside: Outside;
  /** Limitations and their remedies: no connection to the outside, no other user than root. */
  readonly notes: readonly string[];
}

/**
 * Starts a command as root of its own user, network and mount namespace, where all of this library works without
 * privileges on the machine. It has its own /run/netns, /run/netloom and /etc/netns.
 *
 * Rejects with NetlinkError if the system forbids user namespaces, which names the setting; ValidationError for a
 * carrier that is not installed; an Error with the carrier's message if a requested one fails; and child_process's
 * error for a command that does not exist.
 */
export async function spawnRootless(
  command: string,
  args: readonly string[] = [],
  options: RootlessOptions = {},
): Promise<RootlessProcess> {
  checkStart('rootless', command, args, options);
  const { outside, ...spawnOptions } = options;
  carriersFor(outside);
  const child = spawnLauncher(command, args, spawnOptions);
  const heard = new AbortController();
  const failed = once(child, 'error', { signal: heard.signal }).then(([error]) => {
    throw error as Error;
  });
  try {
    return await Promise.race([failed, prepareChild(child, command, outside)]);
  } finally {
    heard.abort();
  }
}

function spawnLauncher(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const stdio = withControl(options.stdio);
  const launcherArgs = [`--rootless=${stdio.length - 1}`, '--', command, command, ...args];
  return spawn(launcherPath(), launcherArgs, { ...options, stdio });
}

// The socket to the launcher follows the caller's own descriptors.
function withControl(stdio: StdioOptions = 'pipe'): Exclude<StdioOptions, IOType> {
  const own = typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio];
  while (own.length < 3) own.push('pipe');
  return [...own, 'pipe'];
}

/** Does what the launcher cannot: maps its ids and connects it to the outside, while the launcher waits. */
async function prepareChild(
  child: ChildProcess,
  command: string,
  outside: Outside | undefined,
): Promise<RootlessProcess> {
  const control = child.stdio.at(-1) as Socket;
  const lines = readline.createInterface({ input: control })[Symbol.asyncIterator]();
  try {
    check(command, await lines.next());
    const pid = child.pid as number;
    const alone = await mapIds(pid).catch(explain);
    const { connection, note, ...connected } = await connect(outside, pid);
    if (connection !== undefined) child.once('exit', () => connection.close());
    control.end(`go${connection === undefined ? '' : resolvConfFor(connection)}`);
    check(command, await lines.next());
    const single = alone && `root is the only user inside: ${alone}`;
    return { child, ...connected, notes: [note, single].filter((text) => text !== undefined) };
  } catch (error) {
    // The launcher ends when the socket is closed.
    control.destroy();
    throw error;
  }
}

// A line other than "ready" names a failed system call and its errno; no line: the launcher became the command.
function check(command: string, { value, done }: IteratorResult<string, unknown>): void {
  if (done === true || value === 'ready') return;
  const [, call = '', errno = ''] = /^(\w+) (\d+)$/.exec(value) ?? [];
  throw call === 'exec' ? notStarted(command, Number(errno)) : refusal(call, Number(errno));
}

// The error that child_process reports in this case.
function notStarted(command: string, errno: number): NodeJS.ErrnoException {
  const code = util.getSystemErrorName(-errno);
  const syscall = `spawn ${command}`;
  return Object.assign(new Error(`${syscall} ${code}`), { code, errno: -errno, syscall, path: command });
}

function explain({ errno, syscall }: NodeJS.ErrnoException): never {
  throw refusal(syscall ?? 'write', -(errno ?? -os.constants.errno.EPERM));
}
