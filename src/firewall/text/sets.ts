import { commentOf, userdataOf } from '../nft/userdata';
import type { Expression } from '../nft/expressions';
import type { KnownSet } from './rules/context';
import { dataParts, elementTexts, keyParts, lengthOf, type Part } from './values/elements';
import { statefulText } from './values/stateful';
import { DATA_TYPEOF, KEY_TYPEOF, typeofParts } from './values/typeof';
import { durationText, type ValueNames } from './values/values';

/** A set or map with all of its properties. */
export interface PrintedSet extends KnownSet {
  readonly family: string;
  readonly table: string;
  readonly policy?: string;
  /** In milliseconds. */
  readonly timeout?: bigint;
  readonly gcInterval?: number;
  readonly userdata?: Uint8Array;
  readonly expr?: Expression;
  readonly expressions?: readonly Expression[];
}

/** The number of this entry in a set's user data, as in nft. */
const MERGE_ELEMENTS = 2;
const FLAGS = ['constant', 'interval', 'timeout', 'dynamic'];
const OBJECT_TYPES: Readonly<Record<string, string>> = {
  ctHelper: 'ct helper',
  ctTimeout: 'ct timeout',
  ctExpect: 'ct expectation',
};

/** `set` or `map`. */
export function setWord({ flags = [], dataType }: KnownSet): 'set' | 'map' {
  return flags.includes('map') || flags.includes('object') || dataType !== undefined ? 'map' : 'set';
}

/** The start of a set's block, before its elements; undefined if nft has no syntax for its types. */
export function setLines(set: PrintedSet): string[] | undefined {
  const types = typeText(set);
  if (types === undefined) return undefined;
  const {
    flags = [],
    timeout,
    gcInterval,
    desc,
    policy,
    userdata,
    expr,
    expressions = expr ? [expr] : [],
  } = set;
  const shown = flags.filter((flag) => FLAGS.includes(flag));
  const comment = commentOf('nftSet', userdata);
  const lines = [
    types,
    ...expressions.map((one) => statefulText(one) ?? `[ ${one.name} ]`),
    shown.length > 0 && `flags ${shown.join(',')}`,
    timeout !== undefined && timeout > 0n && `timeout ${durationText(timeout)}`,
    gcInterval !== undefined && gcInterval > 0 && `gc-interval ${durationText(BigInt(gcInterval))}`,
    desc?.size !== undefined && desc.size > 0 && `size ${String(desc.size)}`,
    policy === 'memory' && 'policy memory',
    userdataOf(MERGE_ELEMENTS, userdata)?.[0] === 1 && 'auto-merge',
    comment !== undefined && `comment "${comment}"`,
  ];
  return lines.filter((line) => line !== false);
}

/** The elements of a named set; undefined if its types do not determine their format. */
export function setElementTexts(set: KnownSet, names?: ValueNames): string[] | undefined {
  const key = keyParts(set);
  return key && elementTexts(set, key, dataParts(set), set.elements, names);
}

function typeText(set: PrintedSet): string | undefined {
  return textByTypes(set) ?? textByTypeof(set);
}

function textByTypes(set: PrintedSet): string | undefined {
  const key = writableNames(keyParts(set));
  return key && definition(set, `type ${key}`, () => writableNames(dataParts(set)));
}

function textByTypeof(set: PrintedSet): string | undefined {
  const expressions = (of: number): string | undefined =>
    typeofParts(set.userdata, of)
      ?.map(({ text }) => text)
      .join(' . ');
  const key = expressions(KEY_TYPEOF);
  return key && definition(set, `typeof ${key}`, () => expressions(DATA_TYPEOF));
}

function definition(set: PrintedSet, key: string, dataText: () => string | undefined): string | undefined {
  if (set.objType !== undefined) return `${key} : ${OBJECT_TYPES[set.objType] ?? set.objType}`;
  if (set.dataType === undefined) return key;
  if (set.dataType === VERDICT) return `${key} : verdict`;
  const [parts, text] = [dataParts(set), dataText()];
  if (parts === undefined || text === undefined) return undefined;
  return `${key} : ${set.dataLen === lengthOf(parts) ? '' : 'interval '}${text}`;
}

/** The kernel's number for verdicts. */
const VERDICT = 0xffffff00;

// nft reads only types of a fixed length, and not all of these.
function writableNames(parts: readonly Part[] | undefined): string | undefined {
  if (parts?.every(({ type }) => type.size > 0 && type.isUnnamed !== true) !== true) return undefined;
  return parts.map(({ type }) => type.name).join(' . ');
}
