import { text } from 'node:stream/consumers';
import os from 'node:os';
import { once } from 'node:events';
import { NetlinkError } from '../../errors/errors';
import type { Family } from '../../base/ip';
import { launcherPath } from '../../native/load';
import { spawnInside } from '../../nsfs/process/spawn';
import { type Flavour, RESTORE_OPTIONS, toolOf } from './flavour';
import type { OpenNamespace } from '../../nsfs/handle';

/** Longer than the tool's own wait for its lock. */
const TIMEOUT_MS = 30_000;
const LOCKED = 4;
/** What the launcher ends with for a command that is not there. */
const NOT_FOUND = 127;

/** What iptables-save prints: every rule of a family in a namespace. */
export function save(netns: OpenNamespace, flavour: Flavour, family: Family): Promise<string> {
  return runTool(netns, toolOf(flavour, family, 'save'), [], '');
}

/** Has iptables-restore carry out `input`: one table's part of it as a whole or not at all. Empty input is no change. */
export async function restore(
  netns: OpenNamespace,
  flavour: Flavour,
  family: Family,
  input: string,
): Promise<void> {
  if (input !== '') await runTool(netns, toolOf(flavour, family, 'restore'), RESTORE_OPTIONS, input);
}

/** Started without a shell, and with this process it ends: what it waits for a lock with is nobody's intention any more. */
async function runTool(
  netns: OpenNamespace,
  tool: string,
  args: readonly string[],
  input: string,
): Promise<string> {
  // sbin is often missing from the PATH of a service.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  const orders = [`--until-parent-ends=${String(process.pid)}`, '--', tool, tool, ...args];
  const child = spawnInside(netns, launcherPath(), orders, { env, timeout: TIMEOUT_MS, stdio: 'pipe' });
  const { stdin, stdout, stderr } = child;
  // Its pipes are missing where there was no descriptor for them, which is told as an event.
  const ended = once(child, 'close') as Promise<[number | null]>;
  // A tool that ends early does not read all of its input; its own words tell why.
  stdin?.on('error', () => undefined).end(input);
  try {
    const said = [stdout, stderr].map(async (stream) => (stream ? text(stream) : ''));
    const [[output = '', words = ''], [code]] = await Promise.all([Promise.all(said), ended]);
    if (code === 0) return output;
    throw code === NOT_FOUND ? missing(tool) : refused(tool, code, words.trim());
  } catch (error) {
    throw notStarted(tool, error);
  }
}

function notStarted(tool: string, error: unknown): unknown {
  if (error instanceof NetlinkError) return error;
  const { errno = 0, syscall } = error as NodeJS.ErrnoException;
  return new NetlinkError({
    errno: -errno,
    operation: 'firewall.iptables',
    object: tool,
    syscall,
    cause: error,
  });
}

function missing(tool: string): NetlinkError {
  return new NetlinkError({
    errno: os.constants.errno.ENOENT,
    operation: 'firewall.iptables',
    object: tool,
    detail: "the tool is not installed: install the package 'iptables', or choose another firewall",
  });
}

function refused(tool: string, code: number | null, words: string): NetlinkError {
  const { EINVAL, EPERM, EAGAIN, ETIMEDOUT } = os.constants.errno;
  const isForbidden = /permission denied|not permitted/i.test(words);
  const errno = code === null ? ETIMEDOUT : isForbidden ? EPERM : code === LOCKED ? EAGAIN : EINVAL;
  return new NetlinkError({ errno, operation: 'firewall.iptables', object: tool, extack: words });
}
