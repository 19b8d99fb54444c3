import { bytesIn } from '../../codec/contents';
import { decodeReply } from '../../codec/decode';
import { encodeRequest } from '../../codec/encode';
import { commentOf } from '../../firewall/userdata';
import type { Expression } from '../../firewall/expressions';
import type { FirewallRequest } from '../step';
import { elementTexts, type NftElement } from './nft-elements';
import { ruleText } from './nft-rule';
import { command, oneLine, remark } from './words';

/** One nft transaction, read from standard input so that it is carried out as a whole. */
export function firewall(requests: readonly FirewallRequest[], netns: string): string {
  const nft = command('ip', 'netns', 'exec', netns, 'nft', '-f', '-');
  return [`${nft} <<'END'`, ...requests.map((request) => oneLine(lineOf(request))), 'END'].join('\n');
}

/** The keys of all bodies together: each kind of object has some of them. */
interface NftBody {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly chain: string;
  readonly set: string;
  readonly handle?: bigint;
  readonly flags?: readonly string[];
  readonly userdata?: Uint8Array;
  readonly type?: string;
  readonly hook?: { readonly hooknum: number; readonly priority: number; readonly dev?: string };
  readonly policy?: string;
  readonly keyType?: number;
  readonly dataType?: number;
  readonly expressions?: readonly Expression[];
  /** As objects, or encoded. */
  readonly elements?: readonly NftElement[] | Uint8Array;
}

function lineOf({ family: kind, verb, body }: FirewallRequest): string {
  const nft = body as NftBody;
  const table = `${nft.family} ${nft.table}`;
  // nft says `create` where an object must be new, and `add` where it may be there already.
  const action = verb === 'add' ? 'create' : verb === 'delete' ? 'delete' : 'add';
  const deletes = verb === 'delete';
  switch (kind) {
    case 'nftTable':
      return `${action} table ${nft.family} ${nft.name}${deletes ? '' : tableBlock(nft)}`;
    case 'nftChain':
      return `${action} chain ${table} ${nft.name}${deletes ? '' : chainBlock(nft)}`;
    case 'nftRule':
      return ruleLine(verb, `${table} ${nft.chain}`, nft);
    case 'nftSet':
      return deletes ? `delete ${setKind(nft)} ${table} ${nft.name}` : setLine(action, table, nft);
    case 'nftSetElem':
      return elementsLine(action, `${table} ${nft.set}`, elementsOf(nft));
  }
}

// The flag `owner` is left out: the table of an nft command would go away with the command.
function tableBlock(nft: NftBody): string {
  const comment = commentOf('nftTable', nft.userdata);
  const flags = (nft.flags ?? []).filter((flag) => flag === 'dormant');
  return block([
    flags.length > 0 && `flags ${flags.join(', ')}`,
    comment !== undefined && `comment "${comment}"`,
  ]);
}

function chainBlock({ family, type, hook, policy }: NftBody): string {
  if (hook === undefined) return '';
  const dev = hook.dev === undefined ? '' : ` device "${hook.dev}"`;
  const place = `type ${type ?? 'filter'} hook ${hookName(family, hook.hooknum)}${dev} priority ${String(hook.priority)}`;
  return block([place, policy !== undefined && `policy ${policy}`]);
}

function hookName(family: string, number: number): string {
  if (family === 'netdev') return ['ingress', 'egress'][number] ?? String(number);
  return ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'][number] ?? String(number);
}

/** Without a place of its own a rule goes to the chain's head, unless it is appended. */
const ruleActions = { add: 'insert', append: 'add', replace: 'replace', delete: 'delete' } as const;

function ruleLine(verb: FirewallRequest['verb'], chain: string, nft: NftBody): string {
  const place = nft.handle === undefined ? chain : `${chain} handle ${String(nft.handle)}`;
  if (verb === 'delete') return `delete rule ${place}`;
  const text = ruleText(nft.expressions ?? []);
  return text === undefined
    ? remark(`A rule in ${chain} that nft has no words for.`)
    : `${ruleActions[verb]} rule ${place} ${text}`;
}

function setKind(nft: NftBody): 'set' | 'map' {
  return nft.flags?.includes('map') === true || nft.dataType !== undefined ? 'map' : 'set';
}

function setLine(action: string, table: string, nft: NftBody): string {
  const { name, keyType = 0, dataType, flags = [] } = nft;
  const key = typeNames(keyType);
  const data = dataType === undefined ? '' : typeNames(dataType);
  if (key === undefined || data === undefined)
    return remark(`A ${setKind(nft)} ${name} of types that nft has no words for.`);
  const shown = flags.filter((flag) => ['constant', 'interval', 'timeout', 'dynamic'].includes(flag));
  const type = `type ${[key, data].filter(Boolean).join(' : ')}`;
  return `${action} ${setKind(nft)} ${table} ${name}${block([type, shown.length > 0 && `flags ${shown.join(', ')}`])}`;
}

/** nft's numbers for types, six bits for each part of a concatenation. */
const types: Readonly<Record<number, string>> = {
  4: 'integer',
  7: 'ipv4_addr',
  8: 'ipv6_addr',
  9: 'ether_addr',
  12: 'inet_proto',
  13: 'inet_service',
  41: 'ifname',
};

function typeNames(number: number): string | undefined {
  const parts: (string | undefined)[] = [];
  for (let rest = number; rest > 0; rest >>= 6) parts.unshift(types[rest & 0x3f]);
  return parts.includes(undefined) ? undefined : parts.join(' . ');
}

function elementsOf({ elements = [], ...place }: NftBody): readonly NftElement[] {
  if (bytesIn(elements) === undefined) return elements as readonly NftElement[];
  const { bytes } = encodeRequest({ family: 'nftSetElem', verb: 'add', body: { ...place, elements } });
  return decodeReply('nftSetElem', bytes).flatMap(
    (object) => (object as { elements: NftElement[] }).elements,
  );
}

function elementsLine(action: string, set: string, elements: readonly NftElement[]): string {
  const texts = elementTexts(elements);
  if (texts === undefined)
    return remark(`${String(elements.length)} elements of ${set} that nft has no words for.`);
  return `${action} element ${set} { ${texts.join(', ')} }`;
}

function block(lines: readonly (string | false)[]): string {
  const present = lines.filter((line) => line !== false);
  return present.length === 0 ? '' : ` { ${present.map((line) => `${line};`).join(' ')} }`;
}
