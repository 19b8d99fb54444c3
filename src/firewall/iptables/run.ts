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
/** The launcher's exit code for a missing command. */
const NOT_FOUND = 127;

/** The output of iptables-save: all rules of a family in a namespace. */
export function save(netns: OpenNamespace, flavour: Flavour, family: Family): Promise<string> {
  return runTool(netns, toolOf(flavour, family, 'save'), [], '');
}

/** Runs iptables-restore with `input`: each table's part is atomic. Empty input changes nothing. */
export async function restore(
  netns: OpenNamespace,
  flavour: Flavour,
  family: Family,
  input: string,
): Promise<void> {
  if (input !== '') await runTool(netns, toolOf(flavour, family, 'restore'), RESTORE_OPTIONS, input);
}

/**
 * Started without a shell, and killed with this process: no one would want a change that was still waiting for the
 * lock.
 */
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
  // Without free descriptors, the child has no pipes; the error follows as an event.
  const ended = once(child, 'close') as Promise<[number | null]>;
  // A tool that ends early does not read all of its input; its output has the reason.
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
