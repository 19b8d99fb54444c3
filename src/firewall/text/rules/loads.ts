import type { Expression } from '../../nft/expressions';
import { BIT_FIELDS, extensionField } from '../values/exthdr';
import { ctKey, FIB, type Key, META, RT, SOCKET, XFRM } from '../values/keys';
import type { Change, Loaded } from '../values/loaded';
import type { RuleReader } from './reader';
import { HOST_INTEGER, typeNamed } from '../values/types';
import { numberIn } from '../values/values';
import { entryOf, hasFlag, wordOf } from '../values/words';

type Data = Readonly<Record<string, unknown>>;

/** The value that an expression loads into its register; undefined if nft has no syntax for it or nothing is loaded. */
export function loadedBy({ name, data = {} }: Expression, reader: RuleReader): Loaded | undefined {
  return entryOf(loads, name)?.(data, reader);
}

type Load = (data: Data, reader: RuleReader) => Loaded | undefined;

const loads: Readonly<Record<string, Load>> = {
  payload: ({ base, offset, len }) => ({
    ...plain('', typeNamed('integer'), Number(len)),
    payload: { base: wordOf(base), offset: Number(offset) },
  }),
  meta: ({ key }) => ofKey(entryOf(META, key)),
  ct: ({ key, direction }, { context }) => {
    const known = ctKey(wordOf(key), context.family);
    const side = direction === undefined ? '' : direction === 0 ? 'original ' : 'reply ';
    return known && { ...(ofKey(known) as Loaded), text: known.text.replace(' ', ` ${side}`) };
  },
  rt: ({ key }) => ofKey(entryOf(RT, key)),
  socket: ({ key, level }) => {
    const loaded = ofKey(entryOf(SOCKET, key));
    return (
      loaded && (key === 'cgroupv2' ? { ...loaded, text: `${loaded.text} level ${wordOf(level)}` } : loaded)
    );
  },
  xfrm: ({ key, dir, spnum }) => {
    const known = entryOf(XFRM, key);
    const number = spnum === undefined || spnum === 0 ? '' : `spnum ${wordOf(spnum)} `;
    return (
      known && {
        ...(ofKey(known) as Loaded),
        text: `ipsec ${dir === 1 ? 'out' : 'in'} ${number}${known.text}`,
      }
    );
  },
  fib: ({ flags, result }) => {
    const known = entryOf(FIB, result);
    const keys = (Array.isArray(flags) ? flags : []).map(String);
    if (known === undefined) return undefined;
    const text = `fib ${keys.filter((key) => key !== 'present').join(' . ')} ${known.text}`;
    return hasFlag(flags, 'present')
      ? plain(text, typeNamed('boolean'), 1)
      : { ...(ofKey(known) as Loaded), text };
  },
  exthdr: (data) => {
    const field = extensionField(data);
    const { type, op = 'ipv6', offset, len } = data;
    if (field) return plain(field.text, field.type, Number(len));
    if (op !== 'ipv6' || !BIT_FIELDS.has(type)) return undefined;
    const loaded = plain('[ exthdr ]', typeNamed('integer'), Number(len));
    return { ...loaded, payload: { base: 'extension', extension: type, offset: Number(offset ?? 0) } };
  },
  osf: ({ ttl, flags }) => {
    const how = ttl === undefined ? '' : entryOf(OSF_TTL, ttl);
    const what = flags === OSF_VERSION ? 'version' : 'name';
    return how === undefined ? undefined : plain(`osf ${how}${what}`, { ...typeNamed('string') }, 16);
  },
  numgen: ({ type, modulus, offset }) => ({
    ...plain(`numgen ${wordOf(type)} mod ${wordOf(modulus)}${offsetText(offset)}`, HOST_INTEGER, 4),
  }),
  hash: ({ type, modulus, seed, offset, sreg, len }, reader) => {
    const more = `mod ${wordOf(modulus)}${seed === undefined ? '' : ` seed 0x${Number(seed).toString(16)}`}${offsetText(offset)}`;
    if (type === 'sym') return plain(`symhash ${more}`, HOST_INTEGER, 4);
    const parts = reader.operands(sreg, Number(len));
    const key = parts?.map(({ text }) => text).join(' . ');
    if (key === undefined) return undefined;
    return {
      ...plain(`jhash ${key} ${more}`, HOST_INTEGER, 4),
      headers: parts?.flatMap(({ headers }) => headers) ?? [],
    };
  },
  bitwise: ({ sreg, op = 'bool', mask, xor, data, len }, reader) => {
    const before = reader.source(sreg);
    if (before?.size !== Number(len)) return undefined;
    const change = changeOf(before, wordOf(op), { mask, xor, data });
    return change && { ...before, changes: [...before.changes, change] };
  },
  byteorder: ({ sreg }, reader) => {
    const before = reader.source(sreg);
    return before && { ...before, order: before.order === 'host' ? 'net' : 'host' };
  },
  immediate: ({ data }) => {
    const bytes = (data as { value?: Uint8Array } | undefined)?.value;
    return bytes && { ...plain('', typeNamed('integer'), bytes.length), bytes };
  },
};

const OSF_TTL: Readonly<Record<number, string>> = { 0: '', 1: 'ttl loose ', 2: 'ttl skip ' };
const OSF_VERSION = 1;

function changeOf({ order }: Loaded, op: string, { mask, xor, data }: Data): Change | undefined {
  const number = (value: unknown): bigint | undefined => {
    const bytes = (value as { value?: Uint8Array } | undefined)?.value;
    return bytes && numberIn(bytes, order);
  };
  if (op === 'bool') {
    const [and, flip] = [number(mask), number(xor)];
    return and === undefined || flip === undefined ? undefined : { op: 'bits', mask: and, xor: flip };
  }
  // The kernel counts the bits in a host-order number.
  const bytes = (data as { value?: Uint8Array } | undefined)?.value;
  if (bytes === undefined) return undefined;
  return { op: op === 'lshift' ? '<<' : '>>', by: Number(numberIn(bytes, 'host')) };
}

function plain(text: string, type: Loaded['type'], size: number): Loaded {
  return { text, type, size, order: type.order, changes: [] };
}

function ofKey(key: Key | undefined): Loaded | undefined {
  return key && plain(key.text, key.type, key.size);
}

function offsetText(offset: unknown): string {
  return offset === undefined || offset === 0 ? '' : ` offset ${wordOf(offset)}`;
}
