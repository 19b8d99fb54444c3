import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Writes a file as a whole or not at all; what only a killed writer leaves is a draft beside it. */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  const draft = `${file}.${randomUUID()}.draft`;
  // With the encoding named Node.js takes its short way.
  fs.writeFileSync(draft, text, { encoding: 'utf8', mode, flag: 'wx' });
  fs.renameSync(draft, file);
}

/** The drafts in a directory; none if it is not there. */
export function draftsIn(directory: string): string[] {
  const files = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return files.filter((file) => file.endsWith('.draft')).map((file) => path.join(directory, file));
}

/** Removes a file, in a fraction of the time that fs.rm takes; one that is gone already is no failure. */
export function removeFile(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Undefined for a file that is not there. */
export function readWhole(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The names of a directory's whole files of JSON; none if it is not there. */
export function filesIn(directory: string): string[] {
  const files = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return files.filter((file) => file.endsWith('.json'));
}
