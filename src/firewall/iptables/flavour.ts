import type { Family } from '../../base/ip';

/**
 * The firewall back end of a network: the library's own nf_tables messages, or the system's iptables tool. The latter
 * as selected by the system, or by name one of its two flavours, for nf_tables or for the legacy tables.
 */
export type FirewallKind = 'nftables' | Flavour;
export type Flavour = 'iptables' | 'iptables-nft' | 'iptables-legacy';

export const FIREWALL_KINDS = ['nftables', 'iptables', 'iptables-nft', 'iptables-legacy'] as const;

/** The name of a tool: 'iptables-legacy-restore', 'ip6tables-save'. */
export function toolOf(flavour: Flavour, family: Family, verb: 'save' | 'restore'): string {
  return `${family === 'ip' ? flavour : flavour.replace('iptables', 'ip6tables')}-${verb}`;
}

/** Adds rules to the existing ones; fails if others hold the lock for too long. */
export const RESTORE_OPTIONS = ['--noflush', '--wait=10'] as const;
