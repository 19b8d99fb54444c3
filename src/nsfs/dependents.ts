import type { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import { ClosedError } from '../errors/errors';
import { binding } from '../executor/run-program';
import { describe, type OpenNamespace } from './handle';

/**
 * Functions that close what this library has open in a namespace and what would hold it, by the namespace's cookie: several
 * objects may stand for one namespace.
 */
const dependents = new Map<bigint, Set<() => void>>();

/** A field of Node.js's sockets that its types lack. */
interface WithHandle {
  readonly _handle?: { readonly fd?: number } | null;
}

/** Registers `end`, which is called before the namespace is deleted. Returns a function that removes it again. */
export function hold({ cookie }: Pick<OpenNamespace, 'cookie'>, end: () => void): () => void {
  const all = dependents.get(cookie) ?? new Set();
  dependents.set(cookie, all.add(end));
  return () => {
    all.delete(end);
    if (all.size === 0 && dependents.get(cookie) === all) dependents.delete(cookie);
  };
}

/** Registers an emitter of 'close' until it is closed. */
export function keep(netns: OpenNamespace, dependent: EventEmitter, end: () => void): () => void {
  const forget = hold(netns, end);
  dependent.once('close', forget);
  return () => {
    dependent.off('close', forget);
    forget();
  };
}

/** Registers a server with its connections, which hold the namespace as well. Returns a function that removes them. */
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

// By RST, not FIN: a closing socket pins its namespace until the peer acknowledges. Not by `resetAndDestroy`: libuv refuses to
// reset a socket whose FIN is under way, and leaves it open.
function reset(socket: Socket): void {
  const { _handle: handle } = socket as unknown as WithHandle;
  if (handle?.fd !== undefined && handle.fd >= 0) binding.resetOnClose(handle.fd);
  socket.destroy();
}
