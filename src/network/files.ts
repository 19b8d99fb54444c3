import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Writes a file that is not there yet, in a directory that is made if need be. A writer that is killed meanwhile leaves it empty
 * or cut short.
 */
export function writeNew(file: string, text: string, mode = 0o600): void {
  // With the encoding named Node.js takes its short way.
  const options = { encoding: 'utf8', mode, flag: 'wx' } as const;
  try {
    fs.writeFileSync(file, text, options);
  } catch (error) {
    if (!isMissing(error)) throw error;
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, text, options);
  }
}

/** Writes a file as a whole or not at all; what only a killed writer leaves is a draft beside it. */
export function writeWhole(file: string, text: string, mode?: number): void {
  const draft = `${file}.${randomUUID()}.draft`;
  writeNew(draft, text, mode);
  fs.renameSync(draft, file);
}

/** Removes a file, in a fraction of the time that fs.rm takes; one that is gone already is no failure. */
export function removeFile(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Undefined for a file that is not there. */
export function readWhole(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The names of a directory's whole files of JSON; none if it is not there. */
export function filesIn(directory: string): string[] {
  return entriesOf(directory).filter((file) => file.endsWith('.json'));
}

/** The drafts in a directory; none if it is not there. */
export function draftsIn(directory: string): string[] {
  const drafts = entriesOf(directory).filter((file) => file.endsWith('.draft'));
  return drafts.map((file) => path.join(directory, file));
}

/** The names in a directory; none if it is not there. */
export function entriesOf(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
