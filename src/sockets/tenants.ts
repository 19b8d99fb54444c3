import type { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import { ClosedError } from '../errors';
import { describe } from '../netns/handle';
import type { NetworkNamespace } from '../netns/namespace';

/**
 * What this library opened in namespaces and is open still, by the namespace's cookie: several objects may stand for one
 * namespace. Each is a function that ends it.
 */
const tenants = new Map<bigint, Set<() => void>>();

/** Remembers a server with its connections, which hold the namespace as well. */
export function keepServer(netns: NetworkNamespace, server: Server): void {
  keep(netns, server, () => server.close());
  const accept = (socket: Socket): void => keepSocket(netns, socket);
  server.on('connection', accept);
  server.once('close', () => server.off('connection', accept));
}

/** Remembers a connection, or what is to be one. */
export function keepSocket(netns: NetworkNamespace, socket: Socket): void {
  keep(netns, socket, () => {
    if (socket.connecting) socket.destroy(new ClosedError(describe(netns)));
    else reset(socket);
  });
}

/** Remembers anything that emits 'close' once it is closed. */
export function keep(netns: NetworkNamespace, tenant: EventEmitter, end: () => void): void {
  const { cookie } = netns;
  const all = tenants.get(cookie) ?? new Set();
  tenants.set(cookie, all.add(end));
  tenant.once('close', () => {
    all.delete(end);
    if (all.size === 0 && tenants.get(cookie) === all) tenants.delete(cookie);
  });
}

/** Ends all sockets of a namespace that is to be deleted. */
export function endTenants(netns: NetworkNamespace): void {
  for (const end of tenants.get(netns.cookie) ?? []) end();
}

// At once: a connection that says goodbye would hold the namespace until it is heard.
function reset(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    // Unix sockets have no such thing.
    socket.destroy();
  }
}
