import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The environment and working directory in which a command is looked up. */
export interface Surroundings {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | URL | undefined;
}

/** Whether the command would be found and is executable for the caller, in an accessible working directory. */
export function isExecutable(command: string, { env = process.env, cwd = '.' }: Surroundings = {}): boolean {
  const directory = cwd instanceof URL ? fileURLToPath(cwd) : cwd;
  if (!isAccessible(directory, (stat) => stat.isDirectory())) return false;
  // The C library's default when PATH is unset.
  const directories = command.includes('/') ? [''] : (env['PATH'] ?? '/bin:/usr/bin').split(':');
  return directories.some((prefix) =>
    isAccessible(path.resolve(directory, prefix, command), (stat) => stat.isFile()),
  );
}

function isAccessible(file: string, isKind: (stat: fs.Stats) => boolean): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return isKind(fs.statSync(file));
  } catch {
    return false;
  }
}
