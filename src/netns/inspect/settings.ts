import fs from 'node:fs';
import { within } from '../../nsfs/within';
import type { OpenNamespace } from '../../nsfs/handle';

const CONF = ['net/ipv4/conf', 'net/ipv6/conf'] as const;
// The bridge settings exist once br_netfilter is loaded.
const OF_ALL = [
  'net/ipv4/ip_forward',
  'net/bridge/bridge-nf-call-iptables',
  'net/bridge/bridge-nf-call-ip6tables',
] as const;
const PER_DEVICE: Readonly<Record<(typeof CONF)[number], readonly string[]>> = {
  'net/ipv4/conf': ['forwarding', 'rp_filter', 'arp_ignore', 'proxy_arp', 'route_localnet'],
  'net/ipv6/conf': ['forwarding', 'disable_ipv6', 'accept_ra', 'autoconf'],
};

/**
 * The kernel settings that affect where packets go, by path below /proc/sys. The calling thread reads them inside the
 * namespace, synchronously: /proc/sys/net shows the namespace of its reader.
 */
export function readSettings(netns: OpenNamespace): Record<string, string> {
  return within(netns, 'netns.inspect', () => {
    const found: Record<string, string> = {};
    for (const path of [...OF_ALL, ...devicePaths()]) {
      const value = readSetting(path);
      if (value !== undefined) found[path] = value;
    }
    return found;
  });
}

function devicePaths(): string[] {
  return CONF.flatMap((conf) =>
    devicesOf(conf).flatMap((device) => PER_DEVICE[conf].map((key) => `${conf}/${device}/${key}`)),
  );
}

// A kernel without IPv6 has no such directory.
function devicesOf(conf: string): string[] {
  try {
    return fs.readdirSync(`/proc/sys/${conf}`);
  } catch {
    return [];
  }
}

// A device may disappear during the read.
function readSetting(path: string): string | undefined {
  try {
    return fs.readFileSync(`/proc/sys/${path}`, 'latin1').trim();
  } catch {
    return undefined;
  }
}
