import type { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import { ClosedError } from '../errors/errors';
import { binding } from '../executor/run-program';
import { describe, type OpenNamespace } from './handle';

/**
 * Everything of this library that is open in a namespace and would hold it, by the namespace's cookie: several objects may
 * stand for one namespace. Each is a function that ends it.
 */
const tenants = new Map<bigint, Set<() => void>>();

/** What Node.js tells its own sockets, and not its types. */
interface WithHandle {
  readonly _handle?: { readonly fd?: number } | null;
}

/** Remembers what holds a namespace, until the answer is called. `end` ends it when the namespace is to be deleted. */
export function hold({ cookie }: Pick<OpenNamespace, 'cookie'>, end: () => void): () => void {
  const all = tenants.get(cookie) ?? new Set();
  tenants.set(cookie, all.add(end));
  return () => {
    all.delete(end);
    if (all.size === 0 && tenants.get(cookie) === all) tenants.delete(cookie);
  };
}

/** Remembers anything that emits 'close' once it is closed. */
export function keep(netns: OpenNamespace, tenant: EventEmitter, end: () => void): () => void {
  const forget = hold(netns, end);
  tenant.once('close', forget);
  return () => {
    tenant.off('close', forget);
    forget();
  };
}

/** Remembers a server with its connections, which hold the namespace as well; until it closes or the answer is called. */
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

/** Remembers a connection, or what is to be one. */
export function keepSocket(netns: OpenNamespace, socket: Socket): void {
  keep(netns, socket, () => {
    if (socket.connecting) socket.destroy(new ClosedError(describe(netns)));
    else reset(socket);
  });
}

/** Ends all of a namespace that is to be deleted. */
export function endTenants(netns: Pick<OpenNamespace, 'cookie'>): void {
  for (const end of [...(tenants.get(netns.cookie) ?? [])]) end();
}

// At once: a connection that says goodbye would hold the namespace until the far end has heard of it. Not by
// `resetAndDestroy`: libuv refuses to reset a socket whose own goodbye is under way, and leaves it open.
function reset(socket: Socket): void {
  const { _handle: handle } = socket as unknown as WithHandle;
  if (handle?.fd !== undefined && handle.fd >= 0) binding.resetOnClose(handle.fd);
  socket.destroy();
}
