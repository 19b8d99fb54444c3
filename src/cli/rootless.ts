import { exitAs } from '../base/foreground-child';
import type { Outside } from '../rootless/connect';
import { spawnRootless } from '../rootless/spawn';
import { failedToStart } from './failed';

export async function rootlessCommand(
  [command = '', ...args]: readonly string[],
  options: { outside?: Outside },
): Promise<void> {
  try {
    await exitAs(async () => {
      const { child, notes } = await spawnRootless(command, args, { ...options, stdio: 'inherit' });
      for (const note of notes) process.stderr.write(`netloom: ${note}\n`);
      return child;
    });
  } catch (error) {
    failedToStart(error);
  }
}
