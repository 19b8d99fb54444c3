import child_process from 'node:child_process';
import { throughLauncher, type LaunchOptions, type Start } from './launch';
import { checkStart } from './check-start';
import { within } from '../within';
import type { OpenNamespace } from '../handle';

export type NamespaceSpawnOptions = child_process.SpawnOptions & LaunchOptions;
export type NamespaceForkOptions = child_process.ForkOptions & LaunchOptions;
/** Output is always text: the encoding option is left out. */
export type NamespaceExecOptions = child_process.ExecFileOptions & LaunchOptions;

// The calling thread enters the namespace only for the fork: a child inherits the forking thread's namespace.
export function spawnInside(
  netns: OpenNamespace,
  command: string,
  args: readonly string[],
  options: NamespaceSpawnOptions,
): child_process.ChildProcess {
  checkStart('netns.spawn', command, args, options);
  const start = throughLauncher(netns, 'netns.spawn', { command, args, options });
  return within(netns, 'netns.spawn', () => child_process.spawn(start.command, start.args, start.options));
}

// Node.js forks its own executable with `execArgv` before the module, so the launcher's arguments can go there.
export function forkInside(
  netns: OpenNamespace,
  modulePath: string | URL,
  args: readonly string[],
  options: NamespaceForkOptions,
): child_process.ChildProcess {
  checkStart('netns.fork', modulePath, args, options);
  const { execPath = process.execPath, execArgv = process.execArgv, ...rest } = options;
  const start = throughLauncher(netns, 'netns.fork', { command: execPath, args: execArgv, options: rest });
  const startOptions = { ...start.options, execPath: start.command, execArgv: [...start.args] };
  return within(netns, 'netns.fork', () => child_process.fork(modulePath, args, startOptions));
}

export function execInside(
  netns: OpenNamespace,
  command: string,
  args: readonly string[],
  options: NamespaceExecOptions,
): Promise<{ stdout: string; stderr: string }> {
  const asked = { command, args, options };
  return new Promise((resolve, reject) => {
    checkStart('netns.exec', command, args, options);
    const start = throughLauncher(netns, 'netns.exec', asked);
    const done = (error: Error | null, stdout: string, stderr: string): void => {
      if (error === null) resolve({ stdout, stderr });
      else reject(Object.assign(inWordsOf(asked, start, error), { stdout, stderr }));
    };
    within(netns, 'netns.exec', () =>
      child_process.execFile(start.command, start.args, { ...start.options, encoding: 'utf8' }, done),
    );
  });
}

// Errors of Node.js name the whole command: replaces the launcher's by the requested one.
function inWordsOf(
  asked: Start<NamespaceExecOptions>,
  start: Start<child_process.ExecFileOptions>,
  error: Error & { cmd?: string },
): Error {
  const line = ({ command, args }: Pick<Start, 'command' | 'args'>): string => [command, ...args].join(' ');
  if (error.cmd === line(start)) error.cmd = line(asked);
  error.message = error.message.replace(line(start), () => line(asked));
  return error;
}
