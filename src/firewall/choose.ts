import type { OpenNamespace } from '../nsfs/handle';
import type { SocketHandle } from '../native/handles';
import { isUnsupported } from './nft/unsupported';
import type { FirewallKind } from './iptables/flavour';
import { IptablesRules } from './iptables/iptables-rules';
import { type NetworkRules, NO_RULES } from './network/network-rules';
import { NftablesRules } from './network/nftables-rules';

/** The properties of a network that determine its firewall. */
export interface Firewalled {
  readonly name: string;
  /** Default 'nftables'. */
  readonly firewall?: FirewallKind;
  /** The LAN's device, for a network without rules. */
  readonly parent?: string;
}

/** The rules of a network. */
export function rulesOf(
  host: OpenNamespace,
  { name, firewall = 'nftables', parent }: Firewalled,
  owner?: SocketHandle,
): NetworkRules {
  if (parent !== undefined) return NO_RULES;
  return firewall === 'nftables'
    ? new NftablesRules(host, name, owner)
    : new IptablesRules(host, name, firewall);
}

/** The firewall back end of a host: nf_tables if it answers a query, or the iptables tool if the kernel has none. */
export async function chooseFirewall(question: () => Promise<unknown>): Promise<FirewallKind> {
  try {
    await question();
    return 'nftables';
  } catch (error) {
    if (isUnsupported(error)) return 'iptables';
    throw error;
  }
}
