import type { OpenNamespace } from '../nsfs/handle';
import type { SocketHandle } from '../native/handles';
import { isUnsupported } from './nft/unsupported';
import type { FirewallKind } from './iptables/flavour';
import { IptablesRules } from './iptables/iptables-rules';
import { type NetworkRules, NO_RULES } from './network/network-rules';
import { NftablesRules } from './network/nftables-rules';

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
  host: OpenNamespace,
  { name, firewall = 'nftables', parent }: Firewalled,
  owner?: SocketHandle,
): NetworkRules {
  if (parent !== undefined) return NO_RULES;
  return firewall === 'nftables'
    ? new NftablesRules(host, name, owner)
    : new IptablesRules(host, name, firewall);
}

/** What carries rules out on a host: nf_tables if that answers a question, or the tool iptables where the kernel has none. */
export async function chooseFirewall(question: () => Promise<unknown>): Promise<FirewallKind> {
  try {
    await question();
    return 'nftables';
  } catch (error) {
    if (isUnsupported(error)) return 'iptables';
    throw error;
  }
}
