import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { kindOf, lookAt, makeDirectory, problemOf } from './aside';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;

/**
 * Writes a new file, in a directory that is created if needed. A killed writer leaves it empty or cut short; a failed
 * one, such as on a full disk, leaves nothing.
 */
export function writeNew(file: string, text: string, mode = 0o600): void {
  // With an explicit encoding Node.js takes its fast path.
  const options = { encoding: 'utf8', mode, flag: 'wx' } as const;
  try {
    fs.writeFileSync(file, text, options);
  } catch (error) {
    if (!isMissing(error)) throw withoutRest(file, error);
    makeDirectory(path.dirname(file));
    try {
      fs.writeFileSync(file, text, options);
    } catch (failure) {
      throw withoutRest(file, failure);
    }
  }
}

/** Writes a file atomically; only a killed writer leaves a draft beside it. */
export function writeWhole(file: string, text: string, mode?: number): void {
  const draft = `${file}.${randomUUID()}.draft`;
  writeNew(draft, text, mode);
  try {
    fs.renameSync(draft, file);
  } catch (error) {
    throw withoutRest(draft, error);
  }
}

// Removes an incomplete file. An earlier file of the name belongs to someone else and stays.
function withoutRest(file: string, error: unknown): unknown {
  // For a full disk Node.js does not name the file.
  (error as NodeJS.ErrnoException).path ??= file;
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
    try {
      fs.unlinkSync(file);
    } catch {
      // It was not created, or it goes with the files of killed writers.
    }
  }
  return error;
}

/** Removes a file, in a fraction of the time of fs.rm; a missing file is no failure. */
export function removeFile(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/**
 * The text of a plain file; '' for anything else of its name: a symbolic link is not followed, a pipe not waited for.
 * Undefined for a missing file.
 */
export function readWhole(file: string): string | undefined {
  const found = readTrusted(file, () => undefined);
  if (found === undefined) return undefined;
  return 'text' in found ? found.text : '';
}

/** A file's text, or its problem. */
export type FileText = { readonly text: string } | { readonly problem: string; readonly errno?: number };

// The size of a network of a hundred thousand endpoints.
const MOST_BYTES = 64 << 20;

/**
 * The text of a plain file that nobody has tampered with, as far as `distrust` can tell by its owner and mode;
 * undefined if it is missing.
 */
export function readTrusted(
  file: string,
  distrust: (stats: fs.Stats) => string | undefined = problemOf,
): FileText | undefined {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) return undefined;
    const { code = '', errno = 0 } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') return { problem: 'is a symbolic link' };
    if (code === 'ENXIO') return { problem: 'is a socket' };
    if (isShort(code)) throw error;
    return { problem: `cannot be read (${code})`, errno: -errno };
  }
  try {
    const stats = fs.fstatSync(descriptor);
    const problem = stats.isFile() ? distrust(stats) : `is ${kindOf(stats)}`;
    if (problem !== undefined) return { problem };
    if (stats.size > MOST_BYTES)
      return { problem: `has ${String(stats.size)} bytes, more than the limit of ${String(MOST_BYTES)}` };
    return { text: fs.readFileSync(descriptor, 'utf8') };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The names of a directory's complete JSON files; none if the directory is missing, or something else. */
export function filesIn(directory: string): string[] {
  return entriesOf(directory).filter((file) => file.endsWith('.json'));
}

/** The drafts in a directory; none if it is missing. */
export function draftsIn(directory: string): string[] {
  const drafts = entriesOf(directory).filter((file) => file.endsWith('.draft'));
  return drafts.map((file) => path.join(directory, file));
}

/** The names in a directory; none if it is missing, or is no directory. */
export function entriesOf(directory: string): string[] {
  // Anything but a real directory, such as a symbolic link, is not read.
  if (lookAt(directory)?.isDirectory() !== true) return [];
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Whether this process, or the machine, has run out of a resource, which says nothing about the file. */
function isShort(code: string): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'EINTR'].includes(code);
}

function isMissing(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
