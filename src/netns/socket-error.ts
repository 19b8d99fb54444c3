import type { SocketError } from '../sockets/errors';
import type { NetworkNamespace } from './namespace';

/** An error of Node.js for a socket in a namespace: the namespace is in its message and in a property. */
export type NamespaceSocketError = SocketError<NetworkNamespace>;
