import os from 'node:os';
import type { Transport } from '../../dns/message';
import type { ForwarderServers } from '../../dns/forwarder';
import { hostResolvers, rotated } from '../../dns/resolv-conf';
import { NetlinkError } from '../../errors/errors';
import { binding } from '../../executor/run-program';
import type { InetSocket } from '../../native/contract';
import { within } from '../../nsfs/within';
import type { NetworkNames } from '../../nsfs/resolvers';
import type { Dns } from '../spec/dns-options';
import { lifetimeOf } from '../model/lifetime';
import { lazy } from './lazy';
import { zoneOf, zonesFor } from './zones';
import type { NetworkRuntime } from '../runtime/runtime';

const { EACCES, EADDRINUSE } = os.constants.errno;
const REMEDIES = new Map([
  [EADDRINUSE, 'another server of this host listens on this address: limit that server to other addresses'],
  [EACCES, 'port 53 needs CAP_NET_BIND_SERVICE, or sysctl -w net.ipv4.ip_unprivileged_port_start=53'],
]);

/**
 * Starts the resolver of a new network. Rejects if it cannot listen. But if the caller did not ask for a resolver, and
 * this process may not listen or another server does, a network that lives with the process goes without, and warns of
 * that.
 */
export async function withResolver(runtime: NetworkRuntime, isAsked: boolean): Promise<NetworkRuntime> {
  try {
    return await withOwnResolver(runtime);
  } catch (error) {
    const { dns: _, ...layout } = runtime.layout;
    const isSpare = !isAsked && !lifetimeOf(layout).hasRecord;
    if (isSpare && error instanceof NetlinkError && REMEDIES.has(error.errno))
      return { ...runtime, layout, unserved: error };
    throw error;
  }
}

/**
 * Starts a resolver for an opened network. Its creator may serve it as well: the kernel distributes the requests. Where
 * it cannot listen the network is opened all the same; otherwise it could not be deleted.
 */
export async function withSharedResolver(runtime: NetworkRuntime): Promise<NetworkRuntime> {
  return withOwnResolver(runtime).catch((error: unknown) =>
    error instanceof NetlinkError ? { ...runtime, unserved: error } : runtime,
  );
}

async function withOwnResolver(runtime: NetworkRuntime): Promise<NetworkRuntime> {
  const { layout, host } = runtime;
  const { dns, gateway } = layout;
  if (dns === undefined) return runtime;
  const resolver = await lazy.forwarder().Forwarder.start({
    ...{ network: layout.name, address: gateway },
    servers: () => serversOf(runtime, dns),
    zones: (client) => zonesFor(runtime, client),
    // Node.js binds its own sockets in callbacks, after the thread has left the host's namespace.
    open: (transport, address, port) =>
      listening(layout.name, address, port, () =>
        within(host, 'network.dns', () => binding.inetSocket(socketOf(transport, address, port))),
      ),
  });
  return { ...runtime, resolver };
}

function socketOf(type: Transport, address: string, port: number): InetSocket {
  if (port === 0) return { type, address, port };
  // Processes of one user that hold the same network serve it together, and each may go at any time. For streams the
  // connections of an earlier server may still linger; for datagrams SO_REUSEADDR would steal the requests of others.
  return { type, address, port, reusePort: true, reuseAddress: type === 'tcp' };
}

/** The resolver's settings for namespaces on a network; undefined without a resolver. */
export function namesOf(runtime: NetworkRuntime): NetworkNames | undefined {
  const { layout, host } = runtime;
  if (layout.dns === undefined) return undefined;
  const search = (): string[] => [layout.name, ...hostResolvers(host.name).search];
  return { address: layout.gateway, search, zone: () => zoneOf(runtime) };
}

/** The upstream servers of a network's resolver. */
export function upstreamsOf({ layout, host }: NetworkRuntime): readonly string[] {
  const servers = layout.dns?.upstreams ?? hostResolvers(host.name).nameservers;
  // If the host uses the network's own resolver, the resolver would ask itself.
  return servers.filter((server) => server !== layout.gateway);
}

// Clients retry after a while, and must have a failure before that: each server is asked in one round, by a datagram
// that is repeated within the timeout. The use of TCP, and the order of servers, follow the host's settings.
function serversOf(runtime: NetworkRuntime, { upstreams, timeoutMs }: Dns): ForwarderServers {
  const addresses = upstreamsOf(runtime);
  const { rotate, useVc } = upstreams ? { rotate: false, useVc: false } : hostResolvers(runtime.host.name);
  return {
    ...{ addresses: rotate ? rotated(addresses) : addresses, rotate, useVc },
    ...{ attempts: 1, timeoutMs: () => timeoutMs, resendMs: timeoutMs / 3 },
  };
}

function listening<T>(network: string, address: string, port: number, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof NetlinkError) || port === 0) throw error;
    const { errno, syscall } = error;
    const remedy = REMEDIES.get(errno);
    const detail = `the resolver cannot listen on ${address} port ${port}${remedy ? `: ${remedy}` : ''}, or set dns: false`;
    throw new NetlinkError({ errno, syscall, operation: 'network.dns', object: network, detail });
  }
}
