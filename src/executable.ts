import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a command is looked for. */
export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | URL | undefined;
}

/** Whether a command would be found and could be run by the caller. */
export function isExecutable(command: string, { env = process.env, cwd = '.' }: Surroundings = {}): boolean {
  const directory = cwd instanceof URL ? fileURLToPath(cwd) : cwd;
  // The C library's own choice where there is no PATH.
  const directories = command.includes('/') ? [''] : (env['PATH'] ?? '/bin:/usr/bin').split(':');
  return directories.some((prefix) => {
    const file = path.resolve(directory, prefix, command);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return fs.statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
