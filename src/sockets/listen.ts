import { once } from 'node:events';
import { isIP, Socket, type Server } from 'node:net';
import os from 'node:os';
import { promisify } from 'node:util';
import { ClosedError } from '../errors/errors';
import { describe, type OpenNamespace } from '../nsfs/handle';
import { within } from '../nsfs/within';
import { lookupOf } from './lookup-of';
import { named, type SocketError } from './errors';
import { checkListenOptions, DEFAULT_BACKLOG, type ListenOptions } from './listen-options';
import { openSocket } from './open';
import { keepServer } from '../nsfs/dependents';

const { EADDRINUSE } = os.constants.errno;

/** Makes a server listen inside. Resolves once it listens. */
export async function listenInside<S extends Server>(
  netns: OpenNamespace,
  server: S,
  options: ListenOptions,
): Promise<S> {
  checkListenOptions(server, options);
  const { path, host, signal } = options;
  const address = host === undefined || isIP(host) !== 0 ? host : await addressOf(netns, host);
  // Registered before it listens: a delete in the meantime closes it.
  const forget = keepServer(netns, server);
  try {
    if (path === undefined) listenOnPort(netns, server, address, options);
    // Node.js opens Unix sockets synchronously.
    else within(netns, 'netns.listen', () => server.listen({ ...options, exclusive: true }));
    await listening(netns, server);
  } catch (error) {
    forget();
    throw named(error as Error, netns);
  }
  closeOn(signal, server);
  return server;
}

// If a delete closes the server in the meantime, Node.js never emits 'listening'.
async function listening(netns: OpenNamespace, server: Server): Promise<void> {
  const controller = new AbortController();
  const close = (): void => controller.abort();
  server.once('close', close);
  try {
    await once(server, 'listening', { signal: controller.signal });
  } catch (error) {
    throw controller.signal.aborted ? new ClosedError(describe(netns)) : error;
  } finally {
    server.off('close', close);
  }
}

async function addressOf(netns: OpenNamespace, host: string): Promise<string> {
  // One address, as for callers who do not ask for all.
  return (await promisify(lookupOf(netns))(host, {})) as string;
}

function listenOnPort(
  netns: OpenNamespace,
  server: Server,
  host: string | undefined,
  options: ListenOptions,
): void {
  const { backlog = DEFAULT_BACKLOG } = options;
  const fd = host === undefined ? openAnywhere(netns, options) : open(netns, host, options);
  // Passes a socket rather than the descriptor, for which a cluster worker would ask its primary.
  const holder = new Socket({ fd, readable: false, writable: false });
  try {
    server.listen(holder, backlog);
  } catch (error) {
    holder.destroy();
    throw error;
  }
}

// IPv6 serves IPv4 as well, if there is IPv6.
function openAnywhere(netns: OpenNamespace, options: ListenOptions): number {
  try {
    return open(netns, '::', options);
  } catch (error) {
    const { errno = 0, code } = error as SocketError;
    if (errno === -EADDRINUSE || code === 'EMFILE' || errno >= 0) throw error;
    return open(netns, '0.0.0.0', options);
  }
}

function open(netns: OpenNamespace, address: string, options: ListenOptions): number {
  const { port = 0, ipv6Only = false, reusePort = false, backlog = DEFAULT_BACKLOG } = options;
  // As in Node.js, lingering connections of an earlier server are no obstacle.
  const wanted = { type: 'tcp', address, port, ipv6Only, reusePort, backlog, reuseAddress: true } as const;
  return openSocket(netns, 'listen', wanted, { address, port });
}

function closeOn(signal: AbortSignal | undefined, server: Server): void {
  const close = (): void => void server.close();
  signal?.addEventListener('abort', close, { once: true });
  server.once('close', () => signal?.removeEventListener('abort', close));
  if (signal?.aborted) close();
}
