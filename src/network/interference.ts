import fs from 'node:fs';
import type { NetlinkError } from '../errors';
import type { NetworkNamespace } from '../netns/namespace';
import { within } from '../netns/system';
import { firewallWarnings } from './firewall-warnings';
import { forwardingWarnings } from './forwarding-warnings';
import type { Layout } from './layout';
import { neighbourWarnings } from './neighbour-table';
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

/** What files of the host say, which show the namespace of the thread that reads them. */
interface HostFiles {
  /** The tools whose rules meet what crosses bridges. */
  readonly bridged: readonly string[];
  readonly hasWildcardServer: boolean;
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
  const { host, layout } = watched;
  const crowded = neighbourWarnings(watched, watched.endpoints);
  // No packet of a child passes a chain of its host.
  if (layout.macvlan) return crowded;
  const files = readHost(host);
  return [
    // A network that lives with its process has its bridge where no rules are.
    ...(layout.lifetime === 'persistent' && !layout.routed
      ? files.bridged.filter((tool) => tool === 'iptables' || layout.inet6).map(bridgedWarning)
      : []),
    ...resolverWarnings(watched, files),
    ...crowded,
    // Nothing on a LAN is routed by the host.
    ...(layout.parent === undefined ? await routingWarnings(watched) : []),
  ];
}

async function routingWarnings(watched: Watched): Promise<string[]> {
  const found = await Promise.all([
    forwardingWarnings(watched),
    reversePathWarnings(watched),
    firewallWarnings(watched),
  ]);
  return found.flat();
}

function readHost(host: NetworkNamespace): HostFiles {
  return within(host, 'network.inspect', () => ({
    bridged: ['iptables', 'ip6tables'].filter((tool) =>
      read(`/proc/sys/net/bridge/bridge-nf-call-${tool}`).startsWith('1'),
    ),
    hasWildcardServer: Object.entries(WILDCARDS).some(([file, pattern]) =>
      pattern.test(read(`/proc/thread-self/net/${file}`)),
    ),
  }));
}

// Neither is there without its module.
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function bridgedWarning(tool: string): string {
  return (
    'br_netfilter has the host filter what crosses its bridges: its rules also meet packets between namespaces of one ' +
    `network; unless somebody needs that: sysctl -w net.bridge.bridge-nf-call-${tool}=0`
  );
}

function resolverWarnings(
  { layout, isServing, unserved }: Watched,
  { hasWildcardServer }: HostFiles,
): string[] {
  if (isServing) return [];
  if (layout.dns && hasWildcardServer) return [serverWarning(layout)];
  // Of the addresses that are in use one may be another holder's, who serves the network.
  return unserved && !(layout.dns && unserved.code === 'EADDRINUSE') ? [unserved.message] : [];
}

function serverWarning({ gateway }: Layout): string {
  return (
    'a server of the host listens on port 53 of all addresses: the names of the network are not resolved by it; limit the ' +
    `server to addresses other than ${gateway}`
  );
}
