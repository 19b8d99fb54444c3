import fs from 'node:fs';
import type { Family } from '../../base/ip';
import type { NetworkNamespace } from '../../netns/namespace';
import { within } from '../../nsfs/within';
import type { LinkInfo } from '../../rtnl/types';

const OPTIONS = {
  ip: { tool: 'iptables', option: 'nfCallIptables', argument: 'nf_call_iptables' },
  ip6: { tool: 'ip6tables', option: 'nfCallIp6tables', argument: 'nf_call_ip6tables' },
} as const;

/**
 * The setting that keeps the host's own chains from packets across a bridge: br_netfilter passes these to the chains
 * for all bridges or for this one. Undefined: it does not.
 */
export function brNetfilterSetting(
  host: NetworkNamespace,
  { ifname, data }: LinkInfo,
  family: Family,
): string | undefined {
  const { tool, option, argument } = OPTIONS[family];
  const setting = `net.bridge.bridge-nf-call-${tool}`;
  const value = readSetting(host, setting);
  if (value === undefined) return undefined;
  if (value !== 0) return `sysctl -w ${setting}=0`;
  const isOwn = (data as Readonly<Record<string, unknown>> | undefined)?.[option] === true;
  return isOwn ? `ip link set ${ifname} type bridge ${argument} 0` : undefined;
}

// Without the module the setting is missing.
function readSetting(host: NetworkNamespace, setting: string): number | undefined {
  return within(host, 'network.inspect', () => {
    try {
      return Number(fs.readFileSync(`/proc/sys/${setting.replaceAll('.', '/')}`, 'latin1'));
    } catch {
      return undefined;
    }
  });
}
