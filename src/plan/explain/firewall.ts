import { decodeReply } from '../../codec/decode/decode';
import { encodeRequest } from '../../codec/encode/encode';
import type { Expression } from '../../firewall/nft/expressions';
import { guessedShape } from '../../firewall/network/element-shapes';
import { objectText } from '../../firewall/text/objects';
import { hasBrackets, ruleText } from '../../firewall/text/rules/rule';
import { chainLines, contextOf, type Hook, tableLines } from '../../firewall/text/ruleset';
import { type PrintedSet, setElementTexts, setLines, setWord } from '../../firewall/text/sets';
import type { SetElement } from '../../firewall/text/values/elements';
import type { FirewallRequest } from '../../firewall/nft/requests';
import { command, oneLine, remark } from '../../rtnl/commands/words';

/** One nft transaction, read from standard input so that it is atomic. */
export function nftCommand(requests: readonly FirewallRequest[], netns: string): string {
  const nft = command('ip', 'netns', 'exec', netns, 'nft', '-f', '-');
  const read = requests.map(asSent);
  const sets = setsIn(read);
  return [`${nft} <<'END'`, ...read.map((request) => oneLine(lineOf(request, sets))), 'END'].join('\n');
}

// The request as the message encodes it: a plan from JSON has text for 64-bit numbers and arrays for bytes.
function asSent({ family, verb, body }: FirewallRequest): FirewallRequest {
  // For any verb: only messages that create objects are decoded.
  const [sent] = decodeReply(family, encodeRequest({ family, verb: 'add', body }).bytes);
  return { family, verb, body: sent } as FirewallRequest;
}

/** The union of all bodies' keys; each kind of object has some of them. */
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
  readonly hook?: Hook;
  readonly policy?: string;
  readonly keyType?: number;
  readonly keyLen?: number;
  readonly dataType?: number;
  readonly dataLen?: number;
  readonly expressions?: readonly Expression[];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly elements?: readonly SetElement[];
}

function setsIn(requests: readonly FirewallRequest[]): PrintedSet[] {
  return requests.flatMap(({ family, verb, body }) =>
    family === 'nftSet' && verb !== 'delete' ? [{ ...(body as unknown as NftBody), elements: [] }] : [],
  );
}

function lineOf({ family: kind, verb, body }: FirewallRequest, sets: readonly PrintedSet[]): string {
  const nft = body as unknown as NftBody;
  const table = `${nft.family} ${nft.table}`;
  // nft uses `create` if an object must be new, and `add` if it may exist.
  const action = verb === 'add' ? 'create' : verb === 'delete' ? 'delete' : 'add';
  const deletes = verb === 'delete';
  switch (kind) {
    case 'nftTable':
      return `${action} table ${nft.family} ${nft.name}${deletes ? '' : block(tableLines(nft))}`;
    case 'nftChain':
      return `${action} chain ${table} ${nft.name}${deletes ? '' : block(chainLines(nft))}`;
    case 'nftRule':
      return ruleLine(verb, `${table} ${nft.chain}`, nft, sets);
    case 'nftSet':
      return deletes
        ? `delete ${setWord({ ...nft, elements: [] })} ${table} ${nft.name}`
        : setLine(action, table, nft);
    case 'nftSetElem':
      return elementsLine(action, nft, sets);
    case 'nftObj':
      return objectLine(action, table, nft, deletes);
  }
}

/** Without a position, a rule is inserted at the start of its chain, unless appended. */
const ruleActions = { add: 'insert', append: 'add', replace: 'replace', delete: 'delete' } as const;

function ruleLine(
  verb: FirewallRequest['verb'],
  chain: string,
  nft: NftBody,
  sets: readonly PrintedSet[],
): string {
  const place = nft.handle === undefined ? chain : `${chain} handle ${String(nft.handle)}`;
  if (verb === 'delete') return `delete rule ${place}`;
  const text = ruleText(nft, contextOf(sets)(nft));
  return hasBrackets(text)
    ? remark(`A rule in ${chain} without nft syntax.`)
    : `${ruleActions[verb]} rule ${place} ${text}`;
}

function objectLine(action: string, table: string, nft: NftBody, deletes: boolean): string {
  const [head = '', ...lines] = objectText({ ...nft, type: nft.type ?? '' });
  const word = head.slice(0, head.lastIndexOf(` ${nft.name} `));
  if (deletes) return `${action} ${word} ${table} ${nft.name}`;
  const inside = lines.slice(0, -1).map((line) => line.trim());
  return inside.some((line) => hasBrackets(line))
    ? remark(`An object ${nft.name} without nft syntax.`)
    : `${action} ${word} ${table} ${nft.name}${block(inside)}`;
}

function setLine(action: string, table: string, nft: NftBody): string {
  const set = { ...nft, elements: [] };
  const lines = setLines(set);
  if (lines === undefined) return remark(`A ${setWord(set)} ${nft.name} of types without nft syntax.`);
  return `${action} ${setWord(set)} ${table} ${nft.name}${block(lines)}`;
}

// The type of a set that another step created is derived from the library's own sets.
function elementsLine(action: string, nft: NftBody, sets: readonly PrintedSet[]): string {
  const place = `${nft.family} ${nft.table} ${nft.set}`;
  const { elements = [] } = nft;
  const made = sets.find(
    (set) => set.name === nft.set && set.table === nft.table && set.family === nft.family,
  );
  const shape = made ?? guessedShape(elements);
  const texts = shape && setElementTexts({ ...shape, name: nft.set, elements });
  if (texts === undefined)
    return remark(`${String(elements.length)} elements of ${place} without nft syntax.`);
  return `${action} element ${place} { ${texts.join(', ')} }`;
}

function block(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return ` { ${lines.map((line) => line.replace(/;?$/, ';')).join(' ')} }`;
}
