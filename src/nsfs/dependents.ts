import type { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import { ClosedError } from '../errors/errors';
import { binding } from '../executor/run-program';
import { describe, type OpenNamespace } from './handle';

/**
 * Functions that close this library's open objects in a namespace, which would hold it. By cookie: several objects may
 * refer to one namespace.
 */
const dependents = new Map<bigint, Set<() => void>>();

/** A field of Node.js's sockets that is missing in its types. */
interface WithHandle {
  readonly _handle?: { readonly fd?: number } | null;
}

/** Registers `end`, to be called before the namespace is deleted. Returns a function that unregisters it. */
export function hold({ cookie }: Pick<OpenNamespace, 'cookie'>, end: () => void): () => void {
  const all = dependents.get(cookie) ?? new Set();
  dependents.set(cookie, all.add(end));
  return () => {
    all.delete(end);
    if (all.size === 0 && dependents.get(cookie) === all) dependents.delete(cookie);
  };
}

/** Registers an emitter until its 'close' event. */
export function keep(netns: OpenNamespace, dependent: EventEmitter, end: () => void): () => void {
  const forget = hold(netns, end);
  dependent.once('close', forget);
  return () => {
    dependent.off('close', forget);
    forget();
  };
}

/** Registers a server and its connections, which hold the namespace as well. Returns a function that unregisters them. */
export function keepServer(netns: OpenNamespace, server: Server): () => void {
  const accept = (socket: Socket): void => keepSocket(netns, socket);
  const leave = (): void => void server.off('connection', accept);
  const forget = keep(netns, server, () => server.close());
  server.on('connection', accept).once('close', leave);
  return () => {
    forget();
    leave();
    server.off('close', leave);
  };
}

/** Registers a connection, established or not. */
export function keepSocket(netns: OpenNamespace, socket: Socket): void {
  keep(netns, socket, () => {
    if (socket.connecting) socket.destroy(new ClosedError(describe(netns)));
    else reset(socket);
  });
}

/** Closes everything of a namespace that is about to be deleted. */
export function endDependents(netns: Pick<OpenNamespace, 'cookie'>): void {
  for (const end of [...(dependents.get(netns.cookie) ?? [])]) end();
}

// Reset, not FIN: a closing socket pins its namespace until the peer acknowledges. Not `resetAndDestroy`: libuv refuses
// to reset a socket after its FIN was sent, and leaves it open.
function reset(socket: Socket): void {
  const { _handle: handle } = socket as unknown as WithHandle;
  if (handle?.fd !== undefined && handle.fd >= 0) binding.resetOnClose(handle.fd);
  socket.destroy();
}
