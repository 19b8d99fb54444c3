import { holdsNetworkCapabilities } from '../errors/capabilities';
import { optionsIn } from '../errors/known-keys';
import { checkOutside } from './connect';
import { exitAs } from '../base/foreground-child';
import { spawnRootless, type RootlessOptions } from './spawn';

/**
 * For the start of a program: resolves at once if the process has the privileges that this library needs. Otherwise,
 * runs the program again as root of a new user namespace (see {@link spawnRootless}) in place of this process, which
 * exits as that one does. Limitations are printed on stderr.
 */
export async function rootless(options: Pick<RootlessOptions, 'outside'> = {}): Promise<void> {
  const { outside } = optionsIn(options, ['outside'], 'rootless');
  if (outside !== undefined) checkOutside(outside);
  if (holdsNetworkCapabilities()) return;
  const args = [...process.execArgv, ...process.argv.slice(1)];
  await exitAs(async () => {
    const { child, notes } = await spawnRootless(process.execPath, args, {
      ...(outside && { outside }),
      stdio: 'inherit',
    });
    for (const note of notes) process.stderr.write(`netloom: ${note}\n`);
    return child;
  });
}
