import type { ChildProcess } from 'node:child_process';
import { Command } from 'commander';
import { exitAs } from '../base/foreground-child';
import { failedToStart } from './failed';
import { openArgument } from './namespace';

interface ExecOptions {
  readonly user?: string;
  readonly group?: string;
  readonly mounts: boolean;
}

/** Adds the options of `exec` to a command. They end at the first argument, so that options of COMMAND are left alone. */
export function withExecOptions(command: Command): Command {
  return command
    .option('--user <user>', 'run as this user, by name or number')
    .option('--group <group>', "run in this group instead of the user's own")
    .option('--no-mounts', 'leave /sys and the files under /etc unchanged')
    .passThroughOptions();
}

// `exec NAMESPACE --user USER -- COMMAND`: the parser stops at NAMESPACE, the first argument.
function behindNamespace(words: readonly string[]): { options: ExecOptions; words: readonly string[] } {
  const rest = withExecOptions(new Command('netloom exec NAMESPACE').exitOverride()).argument('<command...>');
  rest.parse(words, { from: 'user' });
  return { options: rest.opts(), words: rest.args };
}

/** A number is an id, as in chown(1). */
function account(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

export async function execCommand(
  namespace: string,
  words: readonly string[],
  before: ExecOptions,
): Promise<void> {
  const { options: behind, words: rest } = behindNamespace(words);
  const options = { ...before, ...behind, mounts: before.mounts && behind.mounts };
  const [command = '', ...args] = rest;
  const [user, group] = [account(options.user), account(options.group)];
  const netns = await openArgument(namespace);
  const start = (): ChildProcess =>
    netns.spawn(command, args, {
      stdio: 'inherit',
      // Only a named namespace has files of its own.
      etc: options.mounts && netns.name !== undefined,
      sys: options.mounts,
      ...(user !== undefined && { user }),
      ...(group !== undefined && { group }),
    });
  await exitAs(start).catch(failedToStart);
}
