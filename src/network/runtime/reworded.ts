import { isAnswer } from '../../plan/run/confirmation';
import { NetlinkError } from '../../errors/errors';
import { types } from 'node:util';
import { isFull } from '../journal/files/aside';
import { UnreadableRecordError } from '../journal/files/unreadable-record';

/** A call on one or more networks, as the caller knows it. */
export interface Call {
  readonly operation: string;
  readonly object?: string | undefined;
  /** Set when the network has files in this directory already: another directory is no remedy. */
  readonly exists?: boolean;
}

/**
 * Rewords a failure for the caller: an error of Node.js, such as of a file when no descriptor is left, becomes a
 * NetlinkError; an error of the journal names a remedy where a network uses it already; an unreadable record is the
 * answer to the caller's operation. Other errors stay as they are.
 */
export function reworded(error: unknown, { operation, object, exists = false }: Call): unknown {
  if (error instanceof UnreadableRecordError) return error.during(operation);
  if (error instanceof NetlinkError) return exists ? withRemedy(error) : error;
  if (!isSystemError(error)) return error;
  const { errno, syscall, path } = error;
  const file = path === undefined ? undefined : `${syscall} ${path}`;
  const fields = { errno: -errno, syscall, operation, object, cause: error };
  const plain = new NetlinkError(fields);
  // Texts about limits help more than the name of a file.
  return /\(\w+\)$/.test(plain.message) ? new NetlinkError({ ...fields, detail: file }) : plain;
}

/** Runs a caller's operation, and rewords its failure. */
export async function rewordingErrors<T>(call: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw reworded(error, call);
  }
}

/** The same for a synchronous operation. */
export function rewordingNow<T>(call: Call, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw reworded(error, call);
  }
}

function withRemedy(error: NetlinkError): NetlinkError {
  const { errno, code, operation, object, syscall } = error;
  if (operation !== 'network.journal' || !(isFull(code) || ['EACCES', 'EPERM', 'EROFS'].includes(code)))
    return error;
  const remedy = isFull(code) ? 'free some disk space' : 'make the directory writable for this user';
  const detail = `this directory records the state of networks: ${remedy}, and repeat the call`;
  return new NetlinkError({ errno, operation, object, syscall, detail, cause: error });
}

type SystemError = NodeJS.ErrnoException & { readonly errno: number; readonly syscall: string };

function isSystemError(error: unknown): error is SystemError {
  // From any realm: a test runner has globals of its own.
  if (!types.isNativeError(error) || isAnswer(error)) return false;
  const { errno, syscall, code } = error as NodeJS.ErrnoException;
  return typeof errno === 'number' && errno < 0 && typeof syscall === 'string' && typeof code === 'string';
}
