import { getSystemErrorMap } from 'node:util';
import { ClosedError } from '../errors/errors';
import type { OpenNamespace } from '../nsfs/handle';

/** An error of Node.js for a socket in a namespace: the namespace is in its message and in a property. */
export interface SocketError<N extends OpenNamespace = OpenNamespace> extends NodeJS.ErrnoException {
  readonly netns: N;
  readonly address?: string;
  readonly port?: number;
}

/** The address to connect to or to listen on. */
export interface SocketPlace {
  readonly address: string;
  readonly port: number;
}

const REMEDIES: Readonly<Record<string, string>> = {
  EMFILE: 'this process has reached its limit of file descriptors: raise the limit (ulimit -n) or close some',
  ENFILE: 'the system-wide limit of open files is reached: raise fs.file-max',
};

/** The error that Node.js would raise for a system call on a socket. */
export function socketError(
  errno: number,
  syscall: string,
  { address, port }: SocketPlace,
  netns: OpenNamespace,
): SocketError {
  const [code, meaning] = getSystemErrorMap().get(-errno) ?? [`E${String(errno)}`, 'unknown error'];
  // Node.js includes the description for `listen` only.
  const what = syscall === 'listen' ? `${code}: ${meaning}` : code;
  const error = new Error(`${syscall} ${what} ${address}:${String(port)}`);
  return named(Object.assign(error, { errno: -errno, code, syscall, address, port }), netns);
}

/** The same error, with the namespace of its socket and the remedy. */
export function named<E extends Error>(error: E, netns: OpenNamespace, detail?: string): E & SocketError {
  const known = error as E & SocketError;
  // The error already names the namespace, or is about it.
  if ('netns' in error || error instanceof ClosedError) return known;
  // Read before the message changes: V8 builds the stack from the message on first access.
  const { message, code = '', stack } = known;
  const place =
    netns.name === undefined ? `anonymous namespace ${netns.cookie}` : `namespace '${netns.name}'`;
  const whole = [message, `in ${place}`].filter(Boolean).join(' ');
  error.message = [whole, detail ?? REMEDIES[code]].filter(Boolean).join(': ');
  if (stack !== undefined && message !== '') error.stack = stack.replace(message, () => error.message);
  // Not enumerable: the message has it already.
  Object.defineProperty(error, 'netns', { value: netns });
  // The errors of all addresses tried.
  const { errors } = error as { errors?: readonly Error[] };
  if (Array.isArray(errors)) for (const one of errors) named(one as Error, netns);
  return known;
}
