import fs from 'node:fs';
import type { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { within } from '../../nsfs/within';
import { driverOf } from '../drivers';
import { firewallWarnings } from './firewall';
import { forwardingWarnings } from './forwarding';
import type { Layout } from '../model/layout';
import { neighbourWarnings } from './neighbour-table';
import { shadowedRouteWarnings } from './shadowed-routes';
import { reversePathWarnings } from './reverse-path';

/** The data of a network that warnings need. */
export interface WarningInput {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
  /** Their number. */
  readonly endpoints: number;
  /** Whether this process answers DNS requests, and if it failed to, why. */
  readonly isServing: boolean;
  readonly unserved?: NetlinkError;
}

/** The /proc/net entries of receivers on port 53 of all addresses: for udp any socket, for tcp a listening one. */
const WILDCARDS = {
  udp: / 0{8}:0035 /,
  udp6: / 0{32}:0035 /,
  tcp: / 0{8}:0035 \S+ 0A /,
  tcp6: / 0{32}:0035 \S+ 0A /,
} as const;

/**
 * Conditions on the host that impair a network, each with a remedy. The library changes none of them: somebody set
 * them so.
 */
export async function hostWarnings(watched: WarningInput): Promise<string[]> {
  const { layout } = watched;
  return [
    ...resolverWarnings(watched),
    ...neighbourWarnings(watched, watched.endpoints),
    // On a LAN the host routes nothing.
    ...(driverOf(layout).hasRules ? await routingWarnings(watched) : []),
  ];
}

async function routingWarnings(watched: WarningInput): Promise<string[]> {
  const found = await Promise.all([
    forwardingWarnings(watched),
    reversePathWarnings(watched),
    shadowedRouteWarnings(watched),
    firewallWarnings(watched),
  ]);
  return found.flat();
}

// The files show the namespace of the reading thread. Reading a host's TCP connections takes milliseconds.
function hasWildcardServer(host: NetworkNamespace): boolean {
  return within(host, 'network.inspect', () =>
    Object.entries(WILDCARDS).some(([file, pattern]) => pattern.test(read(`/proc/thread-self/net/${file}`))),
  );
}

// The IPv6 files are missing without IPv6.
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function resolverWarnings({ host, layout, isServing, unserved }: WarningInput): string[] {
  if (isServing) return [];
  if (layout.dns && hasWildcardServer(host)) return [serverWarning(layout)];
  // Of the addresses in use, one may be another holder's, who serves the network.
  return unserved && !(layout.dns && unserved.code === 'EADDRINUSE') ? [unserved.message] : [];
}

function serverWarning({ gateway }: Layout): string {
  return (
    'a server of the host listens on port 53 of all addresses, and does not resolve the names of the network: limit that ' +
    `server to addresses other than ${gateway}`
  );
}
