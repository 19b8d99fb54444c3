import fs from 'node:fs';
import type { NetworkNamespace } from '../netns/namespace';
import { within } from '../netns/system';
import { firewallWarnings } from './firewall-warnings';
import type { Layout } from './layout';

/** What a warning needs to know of a network. */
export interface Watched {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
  /** Whether this process answers questions for names. */
  readonly isServing: boolean;
}

/** What files of the host say, which show the namespace of the thread that reads them. */
interface HostFiles {
  /** The tools whose rules meet what crosses bridges. */
  readonly bridged: readonly string[];
  readonly hasWildcardServer: boolean;
}

/** How /proc/net/udp writes port 53 of all addresses. */
const WILDCARD = { udp: ' 00000000:0035 ', udp6: ` ${'0'.repeat(32)}:0035 ` } as const;

/**
 * What on the host works against a network, each with what helps. None of it is the library's to change: somebody wanted
 * it so.
 */
export async function interferences(watched: Watched): Promise<string[]> {
  const { host, layout, isServing } = watched;
  // No packet of a child passes a chain of its host.
  if (layout.macvlan) return [];
  const { bridged, hasWildcardServer } = readHost(host);
  return [
    // A network that lives with its process has its bridge where no rules are.
    ...(layout.lifetime === 'persistent' && !layout.routed
      ? bridged.filter((tool) => tool === 'iptables' || layout.inet6).map(bridgedWarning)
      : []),
    ...(layout.dns && !isServing && hasWildcardServer ? [serverWarning(layout)] : []),
    // Nothing on a LAN is routed by the host.
    ...(layout.parent === undefined ? await firewallWarnings(watched) : []),
  ];
}

function readHost(host: NetworkNamespace): HostFiles {
  return within(host, 'network.inspect', () => ({
    bridged: ['iptables', 'ip6tables'].filter((tool) =>
      read(`/proc/sys/net/bridge/bridge-nf-call-${tool}`).startsWith('1'),
    ),
    hasWildcardServer: Object.entries(WILDCARD).some(([file, port]) =>
      read(`/proc/thread-self/net/${file}`).includes(port),
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

function serverWarning({ gateway }: Layout): string {
  return (
    'a server of the host listens on port 53 of all addresses: the names of the network are not resolved by it; limit the ' +
    `server to addresses other than ${gateway}`
  );
}
