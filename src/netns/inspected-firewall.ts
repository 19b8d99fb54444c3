import fs from 'node:fs';
import type { FirewallRule, FirewallRuleset, FirewallSet } from '../firewall/firewall';
import { save } from '../firewall/iptables/run';
import { isGone } from '../gone';
import { FAMILIES, type Family } from '../ip';
import { elementTexts, type NftElement } from '../plan/explain/nft-elements';
import { ruleText } from '../plan/explain/nft-rule';
import type { NetworkNamespace } from './namespace';
import { within } from './system';

/** A rule, and what it says in nft's words. What nft has no words for stands in brackets: `[match]`. */
export interface InspectedRule extends FirewallRule {
  readonly text: string;
}

/** A set or map, with its elements in nft's words where their types can be told. */
export interface InspectedSet extends FirewallSet {
  readonly texts?: readonly string[];
}

/** What filters and translates packets in a namespace. */
export interface InspectedFirewall extends FirewallRuleset {
  readonly rules: readonly InspectedRule[];
  readonly sets: readonly InspectedSet[];
  /** The older tables of iptables, which nf_tables knows nothing of; absent where there are none. */
  readonly legacy?: LegacyRules;
}

export interface LegacyRules {
  /** The tables by family: 'filter', 'nat', … */
  readonly tables: Readonly<Record<Family, readonly string[]>>;
  /** What iptables-legacy-save and ip6tables-legacy-save print; absent where these are not installed. */
  readonly saved?: Readonly<Record<Family, string>>;
}

/** Reads the rules of a namespace, of both kinds. */
export async function inspectFirewall(netns: NetworkNamespace): Promise<InspectedFirewall> {
  const { rules, sets, ...rest } = await netns.firewall.list();
  const legacy = await legacyRules(netns);
  return {
    ...rest,
    rules: rules.map(withText),
    sets: sets.map((set) => {
      const texts = elementTexts(set.elements.filter(isKeyed));
      return texts === undefined || set.elements.length === 0 ? set : { ...set, texts };
    }),
    ...(legacy && { legacy }),
  };
}

function withText(rule: FirewallRule): InspectedRule {
  return { ...rule, text: ruleText(rule.expressions ?? [], ({ name }) => `[${name}]`) ?? '' };
}

function isKeyed(element: FirewallSet['elements'][number]): element is NftElement {
  return element.key?.value !== undefined && (element.data === undefined || element.data.value !== undefined);
}

// The tool is started only where the kernel says that there are tables: it would make them, and load their modules.
async function legacyRules(netns: NetworkNamespace): Promise<LegacyRules | undefined> {
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
    if (isGone(error)) return { tables };
    throw error;
  }
}

// A kernel without the module has no such file. The calling thread's own directory is that of the namespace it is in.
function tableNames(file: string): string[] {
  try {
    return fs.readFileSync(`/proc/thread-self/net/${file}`, 'latin1').split('\n').filter(Boolean).sort();
  } catch {
    return [];
  }
}
