import fs from 'node:fs';
import path from 'node:path';
import { ValidationError } from '../../../errors/errors';

const DEFAULT = '/run/netloom';

/** The directories of the journal, each with one kind of file. */
export const PLACES = ['networks', 'intents', 'forwarding', 'rules', 'routes'] as const;
export type Place = (typeof PLACES)[number];

let chosen: string | undefined;

/** Sets the journal's directory, whatever the environment says; undefined: as the environment says. */
export function chooseStateDirectory(directory: string | undefined): void {
  chosen = directory === undefined ? undefined : absolute('directory', directory);
}

/**
 * The directory of the journal of everything that outlives a process: the chosen one; else NETLOOM_STATE_DIRECTORY;
 * else `netloom` in the first directory of RUNTIME_DIRECTORY, which systemd sets for services with RuntimeDirectory=,
 * or that directory itself if it has this name; else /run/netloom. Should be a tmpfs, so that the files end together
 * with the kernel state they describe.
 *
 * Throws a ValidationError for a path that is not absolute.
 */
export function stateDirectory(): string {
  if (chosen !== undefined) return chosen;
  const { NETLOOM_STATE_DIRECTORY: own, RUNTIME_DIRECTORY: runtime } = process.env;
  if (own !== undefined && own !== '') return absolute('NETLOOM_STATE_DIRECTORY', own);
  const [first = ''] = (runtime ?? '').split(':');
  if (first === '') return DEFAULT;
  const directory = absolute('RUNTIME_DIRECTORY', first);
  return path.basename(directory) === 'netloom' ? directory : path.join(directory, 'netloom');
}

/** False for a directory that this user may not read; a missing one counts as readable. */
export function mayRead(directory: string): boolean {
  try {
    fs.accessSync(directory, fs.constants.R_OK | fs.constants.X_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EACCES';
  }
}

export function placeOf(place: Place): string {
  return path.join(stateDirectory(), place);
}

/** The directory for misplaced files. */
export function asideDirectory(): string {
  return path.join(stateDirectory(), 'aside');
}

/** Whether the name belongs to this library alone: then an obstruction may be moved. */
export function isDefaultPlace(directory: string): boolean {
  return directory === DEFAULT;
}

function absolute(name: string, value: string): string {
  if (typeof value === 'string' && path.isAbsolute(value) && !value.includes('\0'))
    return path.normalize(value).replace(/(.)\/$/, '$1');
  const problem = 'must be an absolute path, such as "/run/netloom"';
  throw new ValidationError({ operation: 'network.journal', path: name, value, problem });
}
