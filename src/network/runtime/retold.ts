import { isAnswer } from '../../plan/run/confirmation';
import { NetlinkError } from '../../errors/errors';
import { types } from 'node:util';
import { isFull } from '../journal/files/aside';

/** A call on a network, or on networks, as its caller knows it. */
export interface Call {
  readonly operation: string;
  readonly object?: string | undefined;
  /** What it is about has files in this very directory: another one is no help. */
  readonly stands?: boolean;
}

/**
 * A failure in the words of a call: one of Node.js, such as of a file when no descriptor is left, becomes a NetlinkError, and one of the
 * journal says what helps where a network stands by it already. What else was thrown stays as it is.
 */
export function retold(error: unknown, { operation, object, stands = false }: Call): unknown {
  if (error instanceof NetlinkError) return stands ? withRemedy(error) : error;
  if (!isSystemError(error)) return error;
  const { errno, syscall, path } = error;
  const file = path === undefined ? undefined : `${syscall} ${path}`;
  const fields = { errno: -errno, syscall, operation, object, cause: error };
  const plain = new NetlinkError(fields);
  // Limits have words of their own, which help more than the name of a file.
  return /\(\w+\)$/.test(plain.message) ? new NetlinkError({ ...fields, detail: file }) : plain;
}

/** Runs what a caller asked for, and retells its failure. */
export async function retelling<T>(call: Call, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw retold(error, call);
  }
}

function withRemedy(error: NetlinkError): NetlinkError {
  const { errno, code, operation, object, syscall } = error;
  if (operation !== 'network.journal' || !(isFull(code) || ['EACCES', 'EPERM', 'EROFS'].includes(code)))
    return error;
  const remedy = isFull(code) ? 'make room there' : 'make it writable for this user';
  const detail = `what there is of networks is written down there: ${remedy}, and repeat the call`;
  return new NetlinkError({ errno, operation, object, syscall, detail, cause: error });
}

type SystemError = NodeJS.ErrnoException & { readonly errno: number; readonly syscall: string };

function isSystemError(error: unknown): error is SystemError {
  // Of whichever realm: a test runner has globals of its own.
  if (!types.isNativeError(error) || isAnswer(error)) return false;
  const { errno, syscall, code } = error as NodeJS.ErrnoException;
  return typeof errno === 'number' && errno < 0 && typeof syscall === 'string' && typeof code === 'string';
}
