import { ROUTE_FLAGS, ROUTE_RESULTS } from '../../text/values/typeof';
import {
  type TypeofData,
  keyData,
  fieldData,
  extensionData,
  routeData,
  generatedData,
} from '../../text/values/typeof-data';
import { extensionPhrases } from '../../text/values/exthdr';
import { FIELDS, type HeaderField } from '../../text/values/headers';
import { CT, type Key, META, RT, SOCKET } from '../../text/values/keys';
import { HOST_INTEGER, type DataType, typeNamed } from '../../text/values/types';
import type { Compiler } from '../compile/compiler';
import { type Tokens } from '../compile/lexer';
import { nearest } from '../../../base/suggest';

/** A property of a packet that is compared, looked up or stored. */
export interface Selector {
  /** In the printer's spelling. */
  readonly text: string;
  readonly type: DataType;
  /** In bytes, of the register. */
  readonly size: number;
  /** In bits, of the value. */
  readonly bits: number;
  /** In bits: the offset of the value above the register's lowest bit. */
  readonly shift: number;
  readonly field?: HeaderField;
  /** nft's description of the type in a concatenation; absent if nft does not allow the selector in one. */
  readonly typeofData?: TypeofData | undefined;
  /** Adds the matches that the selector requires. */
  prepare(compiler: Compiler): void;
  load(compiler: Compiler, register: number): void;
  /** nft stores its value in nothing else. */
  readonly isNoSource?: true;
  /** Absent if it cannot be stored. */
  readonly store?: (compiler: Compiler, register: number) => void;
}

const nothing = (): void => undefined;

// Parts of a concatenation need a known length; nft crashes on the label.
function isVariable({ name }: DataType): boolean {
  return name === 'string' || name === 'ct_label';
}

function ofKey(
  name: 'meta' | 'ct' | 'rt' | 'socket',
  key: Key,
  keyName: string,
  more: { readonly direction?: number } = {},
): Selector {
  return {
    typeofData: isVariable(key.type) ? undefined : keyData(name, keyName, more.direction),
    text: key.text,
    type: key.type,
    size: key.size,
    bits: key.size * 8,
    shift: 0,
    prepare: nothing,
    load: (compiler, register) => {
      compiler.add(name, { dreg: register, key: keyName, ...more });
    },
    ...((name === 'meta' || name === 'ct') && {
      store: (compiler: Compiler, register: number) => {
        compiler.add(name, { key: keyName, sreg: register, ...more });
      },
    }),
  };
}

/** A field of a header. If it does not fill whole bytes, the surrounding bytes are loaded. */
export function ofField(field: HeaderField): Selector {
  const first = Math.floor(field.offset / 8);
  const end = Math.ceil((field.offset + field.bits) / 8);
  return {
    text: field.text,
    type: field.type,
    size: end - first,
    bits: field.bits,
    shift: end * 8 - field.offset - field.bits,
    field,
    // nft knows no length for the flags of compressed packets.
    typeofData: field.text === 'comp flags' ? undefined : fieldData(field),
    prepare: (compiler) => {
      compiler.needs(field.header);
      if (field.messages) compiler.needsMessage(field.header, field.messages);
    },
    load: (compiler, register) => {
      compiler.payload(field.base, compiler.offsetOf(field), end - first, register);
    },
  };
}

/** Keys that nft accepts without the word `meta`. */
const BARE = new Set([
  'mark',
  'iif',
  'oif',
  'iifname',
  'oifname',
  'iiftype',
  'oiftype',
  'skuid',
  'skgid',
  'nftrace',
  'rtclassid',
  'pkttype',
  'cpu',
  'iifgroup',
  'oifgroup',
  'cgroup',
]);

const isPort = (name: string): boolean => name === 'protoSrc' || name === 'protoDst';

function ofPort(text: string): Selector['prepare'] {
  return (compiler) => {
    compiler.needsProtocol(text);
  };
}

// nft accepts it, but the kernel refuses it.
function sideMissing(text: string): Selector['prepare'] {
  const port = text.replace('ct ', '');
  return (compiler) =>
    compiler.refuse(`has ${text} without a direction: write 'ct original ${port}' or 'ct reply ${port}'`);
}

// A table of one family already implies the answer.
const inOneFamily: Selector['prepare'] = (compiler) => {
  const { family } = compiler;
  if (family === 'ip' || family === 'ip6')
    compiler.conflict('meta nfproto, because all its packets are of one protocol');
};

/** The addresses of a connection have the packet's family. */
function ofAddress(header: 'ip' | 'ip6'): Selector['prepare'] {
  return (compiler) => {
    const { family, network } = compiler;
    if ((family === 'ip' || family === 'ip6') && network !== header) compiler.conflict(`${header} addresses`);
  };
}

const ADDRESS_KEYS: Readonly<Record<string, 'ip' | 'ip6'>> = {
  ...{ srcIp: 'ip', dstIp: 'ip', srcIp6: 'ip6', dstIp6: 'ip6' },
};

/** Selectors that start with words of their own, by these words. */
const PHRASES: ReadonlyMap<string, Selector> = new Map([
  ...Object.entries(META).flatMap(([name, key]): [string, Selector][] => {
    const word = key.text.replace(/^meta /, '');
    const known = ofKey('meta', key, name);
    const selector = name === 'nfproto' ? { ...known, prepare: inOneFamily } : known;
    return [[`meta ${word}`, selector], ...(BARE.has(word) ? [[word, selector] as [string, Selector]] : [])];
  }),
  ...Object.entries(CT).flatMap(([name, key]): [string, Selector][] => [
    [key.text, { ...ofKey('ct', key, name), ...(isPort(name) && { prepare: sideMissing(key.text) }) }],
    ...(['original', 'reply'] as const).map((side, direction): [string, Selector] => {
      const text = key.text.replace('ct ', `ct ${side} `);
      return [
        text,
        {
          ...ofKey('ct', key, name, { direction }),
          ...(isPort(name) && { prepare: ofPort(text) }),
          ...(ADDRESS_KEYS[name] && { prepare: ofAddress(ADDRESS_KEYS[name]) }),
        },
      ];
    }),
  ]),
  ...Object.entries(RT).map(([name, key]): [string, Selector] => [key.text, ofKey('rt', key, name)]),
  ...Object.entries(SOCKET).flatMap(([name, key]): [string, Selector][] =>
    name === 'cgroupv2' ? [] : [[key.text, ofKey('socket', key, name)]],
  ),
  ...[...FIELDS.values()].flat().map((field): [string, Selector] => [field.text, ofField(field)]),
  ...extensionPhrases().map(({ text, type, data, bits, shift }): [string, Selector] => [
    text,
    {
      ...{ text, type, shift, size: data.len, bits },
      ...(data.op === 'ipv6' && { isNoSource: true }),
      // nft reads no bits in a concatenation back.
      typeofData: bits % 8 === 0 ? extensionData(data) : undefined,
      prepare: (compiler) => {
        // TCP options and SCTP chunks report themselves as missing, even in packets of other protocols.
        if (text.startsWith('ip ')) compiler.needs('ip');
        else if (data.op === 'ipv6') compiler.needs('ip6');
      },
      load: (compiler, register) => {
        compiler.add('exthdr', { dreg: register, ...data });
      },
    },
  ]),
]);

const LONGEST = Math.max(...[...PHRASES.keys()].map((phrase) => phrase.split(' ').length));
const FIRST_WORDS = new Set([...PHRASES.keys()].map((phrase) => phrase.split(' ')[0] ?? ''));

/** Whether the next tokens are a selector. */
export function selects(tokens: Tokens): boolean {
  const word = tokens.word();
  return word !== undefined && (FIRST_WORDS.has(word) || word === 'fib' || word === 'numgen');
}

/** Parses one selector. */
export function selectorIn(tokens: Tokens): Selector {
  if (tokens.word() === 'fib') return fib(tokens);
  if (tokens.word() === 'numgen') return numgen(tokens);
  for (let length = LONGEST; length > 0; length--) {
    const words = Array.from({ length }, (_, index) => tokens.word(index));
    const found = words.includes(undefined) ? undefined : PHRASES.get(words.join(' '));
    if (found === undefined) continue;
    tokens.accept(...(words as string[]));
    return found;
  }
  throw unknownField(tokens);
}

function unknownField(tokens: Tokens): Error {
  const first = tokens.word() ?? '';
  const known = [...PHRASES.keys()]
    .filter((phrase) => phrase.startsWith(`${first} `))
    .map((phrase) => phrase.slice(first.length + 1));
  const names = [...new Set(known.map((phrase) => phrase.split(' ')[0] ?? ''))];
  tokens.take();
  const second = tokens.word() ?? '';
  const near = names.includes(second) ? undefined : nearest(second, names);
  return tokens.wrong(
    near === undefined
      ? `a field of ${first} (${names.join(', ')})`
      : `a field of ${first} (did you mean ${near}?)`,
  );
}

const FIB_RESULTS = { type: 'fib_addrtype', oif: 'iface_index', oifname: 'ifname' } as const;

/** `fib daddr . iif type`. */
function fib(tokens: Tokens): Selector {
  tokens.expect('fib');
  const flags: string[] = [];
  do {
    const flag = tokens.oneOf(['saddr', 'daddr', 'mark', 'iif', 'oif']);
    if (flag === undefined) throw tokens.wrong('saddr, daddr, mark, iif or oif');
    flags.push(flag);
  } while (tokens.accept('.'));
  const result = tokens.oneOf(['type', 'oif', 'oifname']);
  if (result === undefined) throw tokens.wrong('type, oif or oifname');
  const isPresent = result === 'oif' && (tokens.word() === 'exists' || tokens.word() === 'missing');
  const type = typeNamed(isPresent ? 'boolean' : FIB_RESULTS[result]);
  const all = isPresent ? [...flags, 'present'] : flags;
  return {
    // The existence of a route is a number of four bytes as well.
    ...{ text: `fib ${flags.join(' . ')} ${result}`, type, shift: 0 },
    ...{ size: isPresent ? 4 : type.size, bits: isPresent ? 32 : type.size * 8 },
    prepare: nothing,
    ...(isPresent || result === 'oifname' ? {} : { typeofData: routeTypeof(flags, result) }),
    load: (compiler, register) => {
      compiler.add('fib', { dreg: register, result, flags: all });
    },
  };
}

function routeTypeof(flags: readonly string[], result: string): TypeofData {
  const bits = flags.reduce((all, flag) => all | (1 << ROUTE_FLAGS.indexOf(flag)), 0);
  return routeData(ROUTE_RESULTS.indexOf(result), bits);
}

/** `numgen random mod 10 offset 5`. */
function numgen(tokens: Tokens): Selector {
  tokens.expect('numgen');
  const type = tokens.oneOf(['inc', 'random']);
  if (type === undefined) throw tokens.wrong('inc or random');
  tokens.expect('mod');
  const modulus = tokens.number(1);
  const offset = tokens.accept('offset') ? tokens.number() : 0;
  return {
    ...{ text: 'numgen', type: HOST_INTEGER, size: 4, bits: 32, shift: 0, prepare: nothing },
    typeofData: generatedData(type, modulus, offset),
    load: (compiler, register) => {
      compiler.add('numgen', { dreg: register, type, modulus, offset });
    },
  };
}
