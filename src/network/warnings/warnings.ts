import fs from 'node:fs';
import type { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { within } from '../../nsfs/within';
import { firewallWarnings } from './firewall';
import { forwardingWarnings } from './forwarding';
import type { Layout } from '../model/layout';
import { neighbourWarnings } from './neighbour-table';
import { hiddenWarnings } from './hidden';
import { reversePathWarnings } from './reverse-path';

/** What a warning needs to know of a network. */
export interface Watched {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
  /** How many it has. */
  readonly endpoints: number;
  /** Whether this process answers questions for names, and if it tried in vain, why. */
  readonly isServing: boolean;
  readonly unserved?: NetlinkError;
}

/** How /proc/net writes that somebody receives on port 53 of all addresses: of udp any socket, of tcp one that listens. */
const WILDCARDS = {
  udp: / 0{8}:0035 /,
  udp6: / 0{32}:0035 /,
  tcp: / 0{8}:0035 \S+ 0A /,
  tcp6: / 0{32}:0035 \S+ 0A /,
} as const;

/**
 * What on the host works against a network, each with what helps. None of it is the library's to change: somebody wanted
 * it so.
 */
export async function interferences(watched: Watched): Promise<string[]> {
  const { layout } = watched;
  const crowded = neighbourWarnings(watched, watched.endpoints);
  // No packet of a child passes a chain of its host.
  if (layout.macvlan) return crowded;
  return [
    ...resolverWarnings(watched),
    ...crowded,
    // Nothing on a LAN is routed by the host.
    ...(layout.parent === undefined ? await routingWarnings(watched) : []),
  ];
}

async function routingWarnings(watched: Watched): Promise<string[]> {
  const found = await Promise.all([
    forwardingWarnings(watched),
    reversePathWarnings(watched),
    hiddenWarnings(watched),
    firewallWarnings(watched),
  ]);
  return found.flat();
}

// The files show the namespace of the thread that reads them. To read a host's TCP connections takes milliseconds.
function hasWildcardServer(host: NetworkNamespace): boolean {
  return within(host, 'network.inspect', () =>
    Object.entries(WILDCARDS).some(([file, pattern]) => pattern.test(read(`/proc/thread-self/net/${file}`))),
  );
}

// Those of IPv6 are not there without it.
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function resolverWarnings({ host, layout, isServing, unserved }: Watched): string[] {
  if (isServing) return [];
  if (layout.dns && hasWildcardServer(host)) return [serverWarning(layout)];
  // Of the addresses that are in use one may be another holder's, who serves the network.
  return unserved && !(layout.dns && unserved.code === 'EADDRINUSE') ? [unserved.message] : [];
}

function serverWarning({ gateway }: Layout): string {
  return (
    'a server of the host listens on port 53 of all addresses: the names of the network are not resolved by it; limit the ' +
    `server to addresses other than ${gateway}`
  );
}
