import { randomUUID } from 'node:crypto';
import fs from 'node:fs';

/** Writes a file as a whole or not at all. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.${randomUUID()}.draft`;
  // With the encoding named Node.js takes its short way.
  fs.writeFileSync(draft, text, { encoding: 'utf8', mode: 0o600, flag: 'wx' });
  fs.renameSync(draft, file);
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
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The names of a directory's whole files of JSON; none if it is not there. */
export function filesIn(directory: string): string[] {
  const files = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return files.filter((file) => file.endsWith('.json'));
}
