import { text } from 'node:stream/consumers';
import os from 'node:os';
import { once } from 'node:events';
import { NetlinkError } from '../../errors';
import type { Family } from '../../ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { type Flavour, RESTORE_OPTIONS, toolOf } from './flavour';

/** Longer than the tool's own wait for its lock. */
const TIMEOUT_MS = 30_000;
const LOCKED = 4;

/** What iptables-save prints: every rule of a family in a namespace. */
export function save(netns: NetworkNamespace, flavour: Flavour, family: Family): Promise<string> {
  return runTool(netns, toolOf(flavour, family, 'save'), [], '');
}

/** Has iptables-restore carry out `input`: one table's part of it as a whole or not at all. Empty input is no change. */
export async function restore(
  netns: NetworkNamespace,
  flavour: Flavour,
  family: Family,
  input: string,
): Promise<void> {
  if (input !== '') await runTool(netns, toolOf(flavour, family, 'restore'), RESTORE_OPTIONS, input);
}

/** Started directly, never by a shell. */
async function runTool(
  netns: NetworkNamespace,
  tool: string,
  args: readonly string[],
  input: string,
): Promise<string> {
  // sbin is often missing from the PATH of a service.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  const child = netns.spawn(tool, args, { env, timeout: TIMEOUT_MS, stdio: 'pipe' });
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('a child with pipes has no pipes');
  // A tool that ends early does not read all of its input; its own words tell why.
  stdin.on('error', () => undefined);
  stdin.end(input);
  try {
    const ended = once(child, 'close') as Promise<[number | null]>;
    const [output, words, [code]] = await Promise.all([text(stdout), text(stderr), ended]);
    if (code === 0) return output;
    throw refused(tool, code, words.trim());
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? missing(tool, error) : error;
  }
}

function missing(tool: string, cause: unknown): NetlinkError {
  return new NetlinkError({
    errno: os.constants.errno.ENOENT,
    operation: 'firewall.iptables',
    object: tool,
    detail: "the tool is not installed: install the package 'iptables', or choose another firewall",
    cause,
  });
}

function refused(tool: string, code: number | null, words: string): NetlinkError {
  const { EINVAL, EPERM, EAGAIN, ETIMEDOUT } = os.constants.errno;
  const isForbidden = /permission denied|not permitted/i.test(words);
  const errno = code === null ? ETIMEDOUT : isForbidden ? EPERM : code === LOCKED ? EAGAIN : EINVAL;
  return new NetlinkError({ errno, operation: 'firewall.iptables', object: tool, extack: words });
}
