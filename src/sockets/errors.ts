import { getSystemErrorMap } from 'node:util';
import { ClosedError } from '../errors/errors';
import type { OpenNamespace } from '../nsfs/handle';

/** An error of Node.js's own kind, of a socket in a namespace: the namespace stands in its message and beside it. */
export interface SocketError<N extends OpenNamespace = OpenNamespace> extends NodeJS.ErrnoException {
  readonly netns: N;
  readonly address?: string;
  readonly port?: number;
}

/** Where a socket was to lead or to listen. */
export interface SocketPlace {
  readonly address: string;
  readonly port: number;
}

const REMEDIES: Readonly<Record<string, string>> = {
  EMFILE: 'this process may open no more descriptors, raise its limit (ulimit -n) or close some',
  ENFILE: 'the machine may open no more descriptors (sysctl fs.file-max)',
};

/** The error that Node.js itself would raise for a system call on a socket. */
export function socketError(
  errno: number,
  syscall: string,
  { address, port }: SocketPlace,
  netns: OpenNamespace,
): SocketError {
  const [code, meaning] = getSystemErrorMap().get(-errno) ?? [`E${String(errno)}`, 'unknown error'];
  // Node.js gives the meaning for `listen` alone.
  const what = syscall === 'listen' ? `${code}: ${meaning}` : code;
  const error = new Error(`${syscall} ${what} ${address}:${String(port)}`);
  return named(Object.assign(error, { errno: -errno, code, syscall, address, port }), netns);
}

/** The same error, naming the namespace of its socket, and what helps. */
export function named<E extends Error>(error: E, netns: OpenNamespace, detail?: string): E & SocketError {
  const known = error as E & SocketError;
  // One that was told already, or that is about the namespace itself.
  if ('netns' in error || error instanceof ClosedError) return known;
  // Read before the message changes: it is made of that when it is first read.
  const { message, code = '', stack } = known;
  const place =
    netns.name === undefined ? `anonymous namespace ${netns.cookie}` : `namespace '${netns.name}'`;
  const whole = [message, `in ${place}`].filter(Boolean).join(' ');
  error.message = [whole, detail ?? REMEDIES[code]].filter(Boolean).join(': ');
  if (stack !== undefined && message !== '') error.stack = stack.replace(message, () => error.message);
  // Not among what is printed: the message says it.
  Object.defineProperty(error, 'netns', { value: netns });
  // Of all the addresses that were tried.
  const { errors } = error as { errors?: readonly Error[] };
  if (Array.isArray(errors)) for (const one of errors) named(one as Error, netns);
  return known;
}
