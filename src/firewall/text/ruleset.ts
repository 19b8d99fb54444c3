import type { Expression } from '../nft/expressions';
import { commentOf } from '../nft/userdata';
import type { RuleContext } from './rules/context';
import { ruleText } from './rules/rule';
import { type PrintedSet, setElementTexts, setLines, setWord } from './sets';
import { type PrintedObject, objectText } from './objects';
import type { ValueNames } from './values/values';

export interface PrintedTable {
  readonly family: string;
  readonly name: string;
  readonly flags?: readonly string[];
  readonly userdata?: Uint8Array;
}

/** The hook of a base chain. */
export interface Hook {
  readonly hooknum: number;
  readonly priority: number;
  readonly dev?: string;
  readonly devs?: readonly string[];
}

export interface PrintedChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: Hook;
  readonly type?: string;
  readonly policy?: string;
  readonly flags?: readonly string[];
  readonly userdata?: Uint8Array;
}

interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expressions?: readonly Expression[];
  readonly userdata?: Uint8Array;
}

/** All nf_tables objects of a namespace. */
export interface Ruleset {
  readonly tables: readonly PrintedTable[];
  readonly chains: readonly PrintedChain[];
  readonly rules: readonly Rule[];
  readonly sets: readonly PrintedSet[];
  readonly objects: readonly PrintedObject[];
}

/** A ruleset as written by `nft list ruleset` and read by `nft -f`. */
export function rulesetLines(ruleset: Ruleset, names: ValueNames = {}): string[] {
  const context = contextOf(ruleset.sets, names);
  return ruleset.tables.flatMap((table) => {
    const inside = <T extends { family: string; table: string }>(all: readonly T[]): T[] =>
      all.filter((one) => one.family === table.family && one.table === table.name);
    const named = inside(ruleset.sets).filter(({ flags = [] }) => !flags.includes('anonymous'));
    const rules = inside(ruleset.rules);
    const blocks = [
      tableLines(table),
      ...inside(ruleset.objects).map(objectText),
      ...named.map((set) => setBlock(set, names)),
      ...inside(ruleset.chains).map((chain) => [
        `chain ${chain.name} {`,
        ...indented(chainLines(chain)),
        ...indented(
          rules.filter((rule) => rule.chain === chain.name).map((rule) => ruleText(rule, context(rule))),
        ),
        '}',
      ]),
    ];
    return [`table ${table.family} ${table.name} {`, ...indented(blocks.flat()), '}'];
  });
}

/** The context for the text of a table's rules. */
export function contextOf(
  sets: readonly PrintedSet[],
  names: ValueNames = {},
): (table: { family: string; table: string }) => RuleContext {
  const known = new Map(sets.map((set) => [JSON.stringify([set.family, set.table, set.name]), set]));
  return ({ family, table }) => ({
    ...names,
    family,
    set: (name) => known.get(JSON.stringify([family, table, name])),
  });
}

/** A table's own lines. The flag `owner` is omitted: the table would be removed with the nft process that read it. */
export function tableLines({ flags = [], userdata }: PrintedTable): string[] {
  const comment = commentOf('nftTable', userdata);
  const shown = flags.filter((flag) => flag === 'dormant');
  return [
    ...(shown.length > 0 ? [`flags ${shown.join(',')}`] : []),
    ...(comment === undefined ? [] : [`comment "${comment}"`]),
  ];
}

/** A chain's own lines. */
export function chainLines({
  family,
  type = 'filter',
  hook,
  policy,
  flags = [],
  userdata,
}: PrintedChain): string[] {
  const comment = commentOf('nftChain', userdata);
  const remark = comment === undefined ? [] : [`comment "${comment}"`];
  if (hook === undefined) return remark;
  const name = hookName(family, hook.hooknum);
  const place = `type ${type} hook ${name}${deviceText(hook)} priority ${priorityText(family, name, hook.priority)};`;
  const offload = flags.includes('hwOffload') ? ['flags offload;'] : [];
  return [[place, ...offload, ...(policy === undefined ? [] : [`policy ${policy};`])].join(' '), ...remark];
}

function deviceText({ dev, devs = dev === undefined ? [] : [dev] }: Hook): string {
  const [only] = devs;
  if (only === undefined) return '';
  return devs.length === 1
    ? ` device "${only}"`
    : ` devices = { ${devs.map((one) => `"${one}"`).join(', ')} }`;
}

const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'];
const OWN_HOOKS: Readonly<Record<string, readonly string[]>> = {
  netdev: ['ingress', 'egress'],
  arp: ['input', 'output', 'forward'],
};

function hookName(family: string, number: number): string {
  return (OWN_HOOKS[family] ?? HOOKS)[number] ?? String(number);
}

/** nft's names for priorities, and the only hook to which each applies. */
const PRIORITIES: readonly (readonly [name: string, priority: number, hook?: string])[] = [
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100, 'prerouting'],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100, 'postrouting'],
];
const BRIDGE_PRIORITIES: typeof PRIORITIES = [
  ['dstnat', -300, 'prerouting'],
  ['filter', -200],
  ['out', 100, 'output'],
  ['srcnat', 300, 'postrouting'],
];
const FILTER_ONLY: typeof PRIORITIES = [['filter', 0]];

function priorityText(family: string, hook: string, priority: number): string {
  const inet = ['ip', 'ip6', 'inet'].includes(family) && hook !== 'ingress' ? PRIORITIES : FILTER_ONLY;
  const names = family === 'bridge' ? BRIDGE_PRIORITIES : inet;
  const known = names.find(([, number, only]) => number === priority && (only ?? hook) === hook);
  return known?.[0] ?? String(priority);
}

function setBlock(set: PrintedSet, names: ValueNames): string[] {
  const lines = setLines(set) ?? ['[ type ]'];
  const texts = setElementTexts(set, names);
  const elements =
    texts === undefined
      ? [`[ ${String(set.elements.length)} elements ]`]
      : texts.length > 0
        ? [`elements = { ${texts.join(', ')} }`]
        : [];
  return [`${setWord(set)} ${set.name} {`, ...indented([...lines, ...elements]), '}'];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
