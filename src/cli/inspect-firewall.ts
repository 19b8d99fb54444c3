import { rulesetLines } from '../firewall/text/ruleset';
import type { NamespaceSnapshot } from '../netns/inspect/snapshot';

/** Tables, chains and rules as nft lists them, and the legacy tables of iptables. */
export function firewallLines({ firewall, links }: NamespaceSnapshot): string[] {
  const { legacy, ...ruleset } = firewall;
  const { ip = '', ip6 = '' } = legacy?.saved ?? {};
  const devices = new Map(links.map(({ index, ifname }) => [index, ifname]));

  return [...rulesetLines(ruleset, { devices }), ...`${ip}\n${ip6}`.split('\n').filter(Boolean)];
}
