import { holdsNetworkCapabilities } from '../errors/capabilities';
import { exitAs } from '../base/foreground-child';
import { spawnRootless, type RootlessOptions } from './spawn';

/**
 * For the beginning of a program: with the privilege that this library needs, resolves at once. Without it, runs the
 * program again as root of a user namespace of its own (see {@link spawnRootless}), in the place of this process, which
 * ends as that does; what is less than it could be is said on stderr.
 */
export async function rootless(options: Pick<RootlessOptions, 'outside'> = {}): Promise<void> {
  if (holdsNetworkCapabilities()) return;
  const args = [...process.execArgv, ...process.argv.slice(1)];
  await exitAs(async () => {
    const { child, notes } = await spawnRootless(process.execPath, args, { ...options, stdio: 'inherit' });
    for (const note of notes) process.stderr.write(`netloom: ${note}\n`);
    return child;
  });
}
