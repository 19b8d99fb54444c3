import type { Layout } from './layout';

/** The tool that applies a network's rules; undefined where the library does. */
export function flavourOf({ firewall = 'nftables' }: Pick<Layout, 'firewall'>) {
  return firewall === 'nftables' ? undefined : firewall;
}
