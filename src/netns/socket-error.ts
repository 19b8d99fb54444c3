import type { SocketError } from '../sockets/errors';
import type { NetworkNamespace } from './namespace';

/** An error of Node.js's own kind, of a socket in a namespace: the namespace stands in its message and beside it. */
export type NamespaceSocketError = SocketError<NetworkNamespace>;
