import child_process from 'node:child_process';
import type { NetworkNamespace } from './namespace';
import { within } from './system';

export type NamespaceSpawnOptions = child_process.SpawnOptions;
/** Output is text: the encoding of the buffers is not a choice here. */
export type NamespaceExecOptions = child_process.ExecFileOptions;

// The calling thread enters the namespace only for the fork: a child inherits the namespace of the thread that forks it.
export function spawnInside(
  netns: NetworkNamespace,
  command: string,
  args: readonly string[],
  options: NamespaceSpawnOptions,
): child_process.ChildProcess {
  return within(netns, 'netns.spawn', () => child_process.spawn(command, args, options));
}

export function execInside(
  netns: NetworkNamespace,
  command: string,
  args: readonly string[],
  options: NamespaceExecOptions,
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, stdout: string, stderr: string): void => {
      if (error === null) resolve({ stdout, stderr });
      else reject(Object.assign(error, { stdout, stderr }));
    };
    within(netns, 'netns.exec', () =>
      child_process.execFile(command, args, { ...options, encoding: 'utf8' }, done),
    );
  });
}
