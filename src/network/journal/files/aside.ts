import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NetlinkError } from '../../../errors/errors';
import { asideDirectory, isDefaultPlace, mayRead, PLACES, stateDirectory } from './paths';

const STICKY = 0o1000;
/** Node.js has no constant for it. */
export const EUCLEAN = 117;

/**
 * Moves a file, or anything else of its name, out of the journal without following, opening or waiting for it. Returns
 * its new path. Call it under the lock.
 */
export function setAside(file: string): string {
  const directory = asideDirectory();
  if (lookAt(directory)?.isDirectory() === false) fs.renameSync(directory, `${directory}.${randomUUID()}`);
  makeDirectory(directory);
  const name = path.relative(stateDirectory(), file).replaceAll('/', '.');
  const place = path.join(directory, `${name}.${randomUUID()}`);
  fs.renameSync(file, place);
  return place;
}

/**
 * Ensures that the journal's directories, where they exist, belong to this user; anything else in their place, such as
 * a symbolic link, is set aside. Throws if that fails, or if others can write to the journal as a whole. Call it under
 * the lock.
 */
export function checkPlaces(): void {
  const directory = stateDirectory();
  const whole = fs.statSync(directory);
  // Where only a file's owner may remove it, files of others are not trusted and do no harm.
  const isSticky = (whole.mode & STICKY) !== 0;
  const problem = problemOf(isSticky ? { uid: whole.uid, mode: 0 } : whole);
  if (problem !== undefined) throw untrusted(directory, problem, whole);
  for (const name of PLACES) {
    const place = path.join(directory, name);
    const found = lookAt(place);
    if (found === undefined || (found.isDirectory() && problemOf(found) === undefined)) continue;
    const what = found.isDirectory() ? (problemOf(found) ?? '') : `is ${kindOf(found)}`;
    process.emitWarning(`${place} ${what}; moved to ${setAside(place)}`, 'NetloomWarning');
  }
}

function untrusted(directory: string, problem: string, { uid }: fs.Stats): NetlinkError {
  const user = process.geteuid?.() ?? 0;
  const own = uid === 0 || uid === user ? [] : [`chown ${String(user)} ${directory}`];
  const remedy = [...own, `chmod 700 ${directory}`].join(' && ');
  return new NetlinkError({
    ...{ errno: EUCLEAN, operation: 'network.journal', object: directory },
    detail: `${problem}, so its records cannot be trusted: ${remedy}`,
  });
}

/** Creates the directory of the journal. */
export function makeStateDirectory(directory: string): void {
  const there = lookAt(directory);
  // link(2), unlike a rename, never moves a directory that another process has created here in the meantime.
  if (there !== undefined && !there.isDirectory() && isDefaultPlace(directory)) {
    const place = `${directory}.aside.${randomUUID()}`;
    fs.linkSync(directory, place);
    fs.unlinkSync(directory);
    process.emitWarning(`${directory} is ${kindOf(there)}; moved to ${place}`, 'NetloomWarning');
  }
  try {
    makeDirectory(directory);
  } catch (error) {
    throw unusable(directory, error);
  }
}

/** Creates a missing directory, and those above it. With `recursive` Node.js reports ENOENT for a read-only file system. */
export function makeDirectory(directory: string, mode = 0o700): void {
  try {
    fs.mkdirSync(directory, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && lookAt(directory)?.isDirectory()) return;
    const parent = path.dirname(directory);
    // File systems such as /proc refuse new entries in an existing directory.
    if (code !== 'ENOENT' || lookAt(parent) !== undefined) throw error;
    makeDirectory(parent, mode);
    makeDirectory(directory, mode);
  }
}

const CLOSED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST']);

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** Whether an error code means a lack of disk space. */
export function isFull(code: string): boolean {
  return FULL.has(code);
}

const PURPOSE =
  'this directory records the state that outlives a process: persistent networks, iptables rules and, with NAT, the host ' +
  'devices whose forwarding was switched on; ';
const OTHER = 'by setStateDirectory() or NETLOOM_STATE_DIRECTORY';

/** Rewords a failure to use the journal, where this user may not, or nobody can. */
export function unusable(directory: string, error: unknown): unknown {
  const { code = '', errno = 0, syscall } = error as NodeJS.ErrnoException;
  if (!CLOSED.has(code) && !isFull(code)) return error;
  const detail = isFull(code)
    ? `${PURPOSE}free some disk space, or make new networks with another directory ${OTHER}`
    : `${PURPOSE}choose another directory ${OTHER}, or, for a network with the lifetime 'process', switch the host's forwarding on first (sysctl -w net.ipv4.ip_forward=1)`;
  return new NetlinkError({
    errno: Math.abs(errno),
    syscall,
    operation: 'network.journal',
    object: directory,
    detail,
  });
}

/** The same for an error thrown by work on the journal, which may be about something else. */
export function unusableJournal(error: unknown): unknown {
  const directory = stateDirectory();
  const { path: file } = error as NodeJS.ErrnoException;
  const isThere = typeof file === 'string' && !path.relative(directory, file).startsWith('..');
  return isThere && !(error instanceof NetlinkError) ? unusable(directory, error) : error;
}

/** Throws a NetlinkError EACCES where this user may not read the journal. */
export function checkReadable(): void {
  const directory = stateDirectory();
  if (mayRead(directory)) return;
  const errno = os.constants.errno.EACCES;
  throw unusable(directory, Object.assign(new Error(), { code: 'EACCES', errno, syscall: 'access' }));
}

/** The problem with a file's owner or mode; undefined: none. */
export function problemOf({ uid, mode }: Pick<fs.Stats, 'uid' | 'mode'>): string | undefined {
  if (uid !== 0 && uid !== process.geteuid?.()) return `belongs to the user ${String(uid)}`;
  return (mode & 0o022) === 0 ? undefined : 'is writable by others';
}

/** A text such as 'a symbolic link', for anything but a plain file or directory. */
export function kindOf(stats: fs.Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isFile() ? 'a file' : 'a device';
}

/**
 * The entry of that name; undefined if there is none, or its parent is no directory. Symbolic links are followed with
 * fs.statSync.
 */
export function lookAt(file: string, look: typeof fs.lstatSync = fs.lstatSync): fs.Stats | undefined {
  try {
    return look(file, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
