import type { SocketHandle } from '../native';
import type { NetworkNamespace } from '../netns/namespace';
import { isAbsent } from './absent';
import type { Firewall } from './firewall';
import type { FirewallKind } from './iptables/flavour';
import { IptablesRules } from './iptables/iptables-rules';
import { type NetworkRules, NO_RULES } from './network-rules';
import { NftablesRules } from './nftables-rules';

/** A network as far as its firewall goes. */
export interface Firewalled {
  readonly name: string;
  /** Default 'nftables'. */
  readonly firewall?: FirewallKind;
  /** The LAN's device, of a network that has no rules. */
  readonly parent?: string;
}

/** The rules of a network. */
export function rulesOf(
  host: NetworkNamespace,
  { name, firewall = 'nftables', parent }: Firewalled,
  owner?: SocketHandle,
): NetworkRules {
  if (parent !== undefined) return NO_RULES;
  return firewall === 'nftables'
    ? new NftablesRules(host, name, owner)
    : new IptablesRules(host, name, firewall);
}

/** What carries a new network's rules out: nf_tables, or the tool iptables where the kernel has no nf_tables. */
export async function chooseFirewall(host: {
  readonly firewall: Pick<Firewall, 'tables'>;
}): Promise<FirewallKind> {
  try {
    await host.firewall.tables();
    return 'nftables';
  } catch (error) {
    if (isAbsent(error)) return 'iptables';
    throw error;
  }
}
