import fs from 'node:fs';
import { firewallOf } from '../../firewall/client/firewall-of';
import { save } from '../../firewall/iptables/run';
import type { FirewallRule, FirewallRuleset, FirewallSet } from '../../firewall/nft/ruleset';
import { ruleText } from '../../firewall/text/rules/rule';
import { contextOf } from '../../firewall/text/ruleset';
import { setElementTexts } from '../../firewall/text/sets';
import { isNotFound } from '../../errors/not-found';
import { FAMILIES, type Family } from '../../base/ip';
import { within } from '../../nsfs/within';
import type { OpenNamespace } from '../../nsfs/handle';

/** A rule, with its text in nft's syntax. Parts that nft's syntax cannot express are in brackets: `[ match addrtype ]`. */
export interface InspectedRule extends FirewallRule {
  readonly text: string;
}

/** A set or map, with its elements in nft's syntax if their types are known. */
export interface InspectedSet extends FirewallSet {
  readonly texts?: readonly string[];
}

/** The packet filtering and translation rules of a namespace. */
export interface InspectedFirewall extends FirewallRuleset {
  readonly rules: readonly InspectedRule[];
  readonly sets: readonly InspectedSet[];
  /** The legacy tables of iptables, which nf_tables does not list; absent if there are none. */
  readonly legacy?: LegacyRules;
}

export interface LegacyRules {
  /** The tables by family: 'filter', 'nat', … */
  readonly tables: Readonly<Record<Family, readonly string[]>>;
  /** The output of iptables-legacy-save and ip6tables-legacy-save; absent if these are not installed. */
  readonly saved?: Readonly<Record<Family, string>>;
}

/** Reads both kinds of rules of a namespace. `devices` are the names of its links by index, for rules that name one. */
export async function inspectFirewall(
  netns: OpenNamespace,
  devices?: ReadonlyMap<number, string>,
): Promise<InspectedFirewall> {
  const { rules, sets, ...rest } = await firewallOf(netns).list();
  const names = devices ? { devices } : {};
  const context = contextOf(sets, names);
  const legacy = await legacyRules(netns);
  return {
    ...rest,
    rules: rules.map((rule) => ({ ...rule, text: ruleText(rule, context(rule)) })),
    sets: sets.map((set) => {
      const texts = setElementTexts(set, names);
      return texts === undefined || texts.length === 0 ? set : { ...set, texts };
    }),
    ...(legacy && { legacy }),
  };
}

// The tool is started only if the kernel reports legacy tables: otherwise it would create them and load their modules.
async function legacyRules(netns: OpenNamespace): Promise<LegacyRules | undefined> {
  const tables = within(netns, 'netns.inspect', () => ({
    ip: tableNames('ip_tables_names'),
    ip6: tableNames('ip6_tables_names'),
  }));
  if (FAMILIES.every((family) => tables[family].length === 0)) return undefined;
  const saveOf = async (family: Family): Promise<string> =>
    tables[family].length === 0 ? '' : save(netns, 'iptables-legacy', family);
  try {
    return { tables, saved: { ip: await saveOf('ip'), ip6: await saveOf('ip6') } };
  } catch (error) {
    if (isNotFound(error)) return { tables };
    throw error;
  }
}

// A kernel without the module has no such file. /proc/thread-self/net shows the namespace of the calling thread.
function tableNames(file: string): string[] {
  try {
    return fs.readFileSync(`/proc/thread-self/net/${file}`, 'latin1').split('\n').filter(Boolean).sort();
  } catch {
    return [];
  }
}
