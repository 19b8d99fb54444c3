import fs from 'node:fs';
import { chooseFirewall } from '../firewall/choose';
import { save } from '../firewall/iptables/run';
import { tableName } from '../firewall/network-table';
import type { NetworkNamespace } from '../netns/namespace';
import { within } from '../netns/system';
import type { Layout } from './layout';

/** nf_inet_hooks of <linux/netfilter.h>. */
const FORWARD = 2;

const BRIDGED =
  'br_netfilter has the host filter what crosses its bridges: its rules also meet packets between namespaces of one ' +
  'network; unless somebody needs that: sysctl -w net.bridge.bridge-nf-call-iptables=0';

/**
 * What on the host works against a network, each with what helps. None of it is the library's to change: somebody wanted
 * it so.
 */
export async function interferences(host: NetworkNamespace, layout: Layout): Promise<string[]> {
  // No packet of a child passes a chain of its host.
  if (layout.macvlan) return [];
  const { bridged, hasLegacy } = readHost(host);
  return [
    // A network that lives with its process has its bridge where no rules are.
    ...(bridged && layout.lifetime === 'persistent' ? [BRIDGED] : []),
    // Nothing on a LAN is routed by the host.
    ...(layout.parent === undefined ? await droppingChains(host, layout) : []),
    ...(hasLegacy && layout.parent === undefined ? await legacyPolicy(host, layout) : []),
  ];
}

// Both files show the namespace of the thread that reads them.
function readHost(host: NetworkNamespace): { bridged: boolean; hasLegacy: boolean } {
  return within(host, 'network.inspect', () => ({
    bridged: readLines('/proc/sys/net/bridge/bridge-nf-call-iptables').includes('1'),
    hasLegacy: readLines('/proc/thread-self/net/ip_tables_names').includes('filter'),
  }));
}

// Neither is there without its module.
function readLines(file: string): string[] {
  try {
    return fs.readFileSync(file, 'latin1').split('\n');
  } catch {
    return [];
  }
}

// A verdict of ours holds for our table: any other may still drop the packet.
async function droppingChains(host: NetworkNamespace, { name: network, device }: Layout): Promise<string[]> {
  if ((await chooseFirewall(() => host.firewall.tables())) !== 'nftables') return [];
  const chains = await host.firewall.chains();
  return chains
    .filter(({ family, table, hook, policy }) => {
      const isIp = family === 'ip' || family === 'inet';
      return isIp && hook?.hooknum === FORWARD && policy === 'drop' && table !== tableName(network);
    })
    .map(({ family, table, name }) => {
      const rule = `nft insert rule ${family} ${table} ${name}`;
      return blocked(`chain ${name} of table ${family} ${table}`, [
        `${rule} iifname ${device} accept`,
        `${rule} oifname ${device} accept`,
      ]);
    });
}

async function legacyPolicy(host: NetworkNamespace, { device }: Layout): Promise<string[]> {
  const saved = await save(host, 'iptables-legacy', 'ip');
  if (!/^:FORWARD DROP/m.test(saved)) return [];
  const rule = 'iptables-legacy -I FORWARD';
  return [
    blocked('chain FORWARD of iptables-legacy', [
      `${rule} -i ${device} -j ACCEPT`,
      `${rule} -o ${device} -j ACCEPT`,
    ]),
  ];
}

function blocked(chain: string, commands: readonly string[]): string {
  return `${chain} drops what none of its rules accepts; to let the network pass: ${commands.join('; ')}`;
}
