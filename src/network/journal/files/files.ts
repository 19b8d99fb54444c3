import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { kindOf, lookAt, makeDirectory, problemOf } from './aside';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;

/**
 * Writes a file that is not there yet, in a directory that is made if need be. A writer that is killed meanwhile leaves it empty
 * or cut short; one that fails, as on a full disk, leaves nothing.
 */
export function writeNew(file: string, text: string, mode = 0o600): void {
  // With the encoding named Node.js takes its short way.
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

/** Writes a file as a whole or not at all; what only a killed writer leaves is a draft beside it. */
export function writeWhole(file: string, text: string, mode?: number): void {
  const draft = `${file}.${randomUUID()}.draft`;
  writeNew(draft, text, mode);
  try {
    fs.renameSync(draft, file);
  } catch (error) {
    throw withoutRest(draft, error);
  }
}

// What could not be written to its end is no use to anybody. What was there before is someone else's.
function withoutRest(file: string, error: unknown): unknown {
  // Of a disk that is full Node.js does not say which file was written.
  (error as NodeJS.ErrnoException).path ??= file;
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
    try {
      fs.unlinkSync(file);
    } catch {
      // It was not made, or it goes with what a killed writer leaves.
    }
  }
  return error;
}

/** Removes a file, in a fraction of the time that fs.rm takes; one that is gone already is no failure. */
export function removeFile(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/**
 * The text of a plain file; '' for anything else that has its name: a symbolic link is not followed, a pipe not waited for.
 * Undefined for a file that is not there.
 */
export function readWhole(file: string): string | undefined {
  const found = readTrusted(file, () => undefined);
  if (found === undefined) return undefined;
  return 'text' in found ? found.text : '';
}

/** A file's text, or what is wrong with it. */
export type FileText = { readonly text: string } | { readonly problem: string };

// Of a network of a hundred thousand endpoints.
const MOST_BYTES = 64 << 20;

/**
 * The text of a plain file that nobody has tampered with, as far as `distrust` can tell by who may write it; undefined if it is
 * not there.
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
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') return { problem: 'is a symbolic link' };
    if (code === 'ENXIO') return { problem: 'is a socket' };
    if (isShort(code)) throw error;
    return { problem: `cannot be read (${code})` };
  }
  try {
    const stats = fs.fstatSync(descriptor);
    const problem = stats.isFile() ? distrust(stats) : `is ${kindOf(stats)}`;
    if (problem !== undefined) return { problem };
    if (stats.size > MOST_BYTES)
      return { problem: `has ${String(stats.size)} bytes, more than any such file` };
    return { text: fs.readFileSync(descriptor, 'utf8') };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The names of a directory's whole files of JSON; none if it is not there, or something else. */
export function filesIn(directory: string): string[] {
  return entriesOf(directory).filter((file) => file.endsWith('.json'));
}

/** The drafts in a directory; none if it is not there. */
export function draftsIn(directory: string): string[] {
  const drafts = entriesOf(directory).filter((file) => file.endsWith('.draft'));
  return drafts.map((file) => path.join(directory, file));
}

/** The names in a directory; none if it is not there, or is no directory. */
export function entriesOf(directory: string): string[] {
  // What is no directory of its own, a symbolic link for one, is not looked into.
  if (lookAt(directory)?.isDirectory() !== true) return [];
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** This process, or the machine, has no more of something, which says nothing about the file. */
function isShort(code: string): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'EINTR'].includes(code);
}

function isMissing(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
