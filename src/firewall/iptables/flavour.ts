import type { Family } from '../../base/ip';

/**
 * Who carries a network's rules out: the library itself by nf_tables messages, or the tool iptables of the system; as the
 * system has chosen it, or by name one of its two flavours, which write to nf_tables or to the older tables.
 */
export type FirewallKind = 'nftables' | Flavour;
export type Flavour = 'iptables' | 'iptables-nft' | 'iptables-legacy';

export const FIREWALL_KINDS = ['nftables', 'iptables', 'iptables-nft', 'iptables-legacy'] as const;

/** The name of a tool: 'iptables-legacy-restore', 'ip6tables-save'. */
export function toolOf(flavour: Flavour, family: Family, verb: 'save' | 'restore'): string {
  return `${family === 'ip' ? flavour : flavour.replace('iptables', 'ip6tables')}-${verb}`;
}

/** Rules are added to what is there, or not at all where others hold the lock for too long. */
export const RESTORE_OPTIONS = ['--noflush', '--wait=10'] as const;
