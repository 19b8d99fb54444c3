import { entryOf } from './words';
import { type DataType, typeNamed, type TypeName } from './types';

/** A field of an IPv6 extension header, or of a TCP or IPv4 option. */
export interface ExtensionField {
  readonly text: string;
  readonly type: DataType;
}

type Row = readonly [name: string, offset: number, bits: number, type?: TypeName];

interface Extension {
  readonly number: number;
  readonly fields: readonly Row[];
}

const kindAndLength: readonly Row[] = [
  ['kind', 0, 8],
  ['length', 8, 8],
];

/** A route in the options of IPv4: one to follow, or one that is recorded. */
const route: readonly Row[] = [
  ['type', 0, 8],
  ['length', 8, 8],
  ['ptr', 16, 8],
  ['addr', 24, 32, 'ipv4_addr'],
];

/** By the kernel's name for the kind of extension; `word` includes the words that nft writes before its name. */
const EXTENSIONS: Readonly<Record<string, { word: string; names: Readonly<Record<string, Extension>> }>> = {
  ipv6: {
    word: '',
    names: {
      hbh: {
        number: 0,
        fields: [
          ['nexthdr', 0, 8, 'inet_proto'],
          ['hdrlength', 8, 8],
        ],
      },
      rt: {
        number: 43,
        fields: [
          ['nexthdr', 0, 8, 'inet_proto'],
          ['hdrlength', 8, 8],
          ['type', 16, 8],
          ['seg-left', 24, 8],
        ],
      },
      frag: {
        number: 44,
        fields: [
          ['nexthdr', 0, 8, 'inet_proto'],
          ['reserved', 8, 8],
          ['id', 32, 32],
        ],
      },
      dst: {
        number: 60,
        fields: [
          ['nexthdr', 0, 8, 'inet_proto'],
          ['hdrlength', 8, 8],
        ],
      },
      mh: {
        number: 135,
        fields: [
          ['nexthdr', 0, 8, 'inet_proto'],
          ['hdrlength', 8, 8],
          ['type', 16, 8, 'mh_type'],
          ['reserved', 24, 8],
          ['checksum', 32, 16],
        ],
      },
    },
  },
  tcpopt: {
    word: 'tcp option ',
    names: {
      eol: { number: 0, fields: [['kind', 0, 8]] },
      nop: { number: 1, fields: [['kind', 0, 8]] },
      maxseg: { number: 2, fields: [...kindAndLength, ['size', 16, 16]] },
      window: { number: 3, fields: [...kindAndLength, ['count', 16, 8]] },
      'sack-perm': { number: 4, fields: kindAndLength },
      sack: { number: 5, fields: [...kindAndLength, ['left', 16, 32], ['right', 48, 32]] },
      timestamp: { number: 8, fields: [...kindAndLength, ['tsval', 16, 32], ['tsecr', 48, 32]] },
    },
  },
  ipv4: {
    word: 'ip option ',
    names: {
      lsrr: { number: 131, fields: route },
      rr: { number: 7, fields: route },
      ssrr: { number: 137, fields: route },
      ra: {
        number: 148,
        fields: [
          ['type', 0, 8],
          ['length', 8, 8],
          ['value', 16, 16],
        ],
      },
    },
  },
};

/** The field that an exthdr expression loads or stores; undefined if nft has no syntax for it. */
export function extensionField(data: Readonly<Record<string, unknown>>): ExtensionField | undefined {
  const { op = 'ipv6', type, offset = 0, len, flags = [] } = data;
  const kind = entryOf(EXTENSIONS, op);
  const [name, extension] = Object.entries(kind?.names ?? {}).find(([, { number }]) => number === type) ?? [];
  const present = Array.isArray(flags) && flags.includes('present');
  if (kind === undefined) return undefined;
  if (extension === undefined || name === undefined)
    return op === 'tcpopt' ? numbered(type, offset, len, present) : undefined;
  const word = `${kind.word}${name}`;
  if (present) return { text: op === 'ipv6' ? `exthdr ${word}` : word, type: typeNamed('boolean') };
  const field = extension.fields.find(
    ([, at, bits]) => at === Number(offset) * 8 && bits === Number(len) * 8,
  );
  return field && { text: `${word} ${field[0]}`, type: typeNamed(field[3] ?? 'integer') };
}

// An option without a name is written by its number: as a whole, or as a range of bits.
function numbered(type: unknown, offset: unknown, len: unknown, present: boolean): ExtensionField {
  if (present) return { text: `tcp option ${String(type)}`, type: typeNamed('boolean') };
  const place = [type, Number(offset) * 8, Number(len) * 8].map(String).join(',');
  return { text: `tcp option @${place}`, type: typeNamed('integer') };
}

/** All phrases that name a field of an extension, with the attributes of the expression except the register. */
export function extensionPhrases(): { text: string; type: DataType; data: ExtensionPlace }[] {
  return Object.entries(EXTENSIONS).flatMap(([op, { word, names }]) =>
    Object.entries(names).flatMap(([name, { number, fields }]) => {
      const place = (offset: number, len: number, flags: 'present'[]): ExtensionPlace => ({
        ...{ type: number, offset, len, flags },
        op: op as ExtensionPlace['op'],
      });
      const exists = `${op === 'ipv6' ? 'exthdr ' : ''}${word}${name}`;
      return [
        { text: exists, type: typeNamed('boolean'), data: place(0, 1, ['present']) },
        ...fields.flatMap(([field, offset, bits, type = 'integer']) => ({
          text: `${word}${name} ${field}`,
          type: typeNamed(type),
          data: place(offset / 8, bits / 8, []),
        })),
      ];
    }),
  );
}

/** The place of a field in an extension. */
export interface ExtensionPlace {
  readonly type: number;
  readonly offset: number;
  readonly len: number;
  readonly flags: readonly 'present'[];
  readonly op: 'ipv6' | 'tcpopt' | 'ipv4';
}

/** nft's numbers for a field of an extension, in the user data of sets. */
export interface ExtensionNumbers {
  /** 0 for IPv6, 1 for TCP options, 2 for IPv4 options. */
  readonly op: number;
  /** For IPv6 a number of nft's own, otherwise the option's. */
  readonly desc: number;
  readonly field: number;
}

const OPS: readonly string[] = ['ipv6', 'tcpopt', 'ipv4'];
const IPV6_NUMBERS: Readonly<Record<string, number>> = { hbh: 1, rt: 2, frag: 6, dst: 7, mh: 8 };

/** The position of a field in nft's own lists; if headers differ, including the header. */
const FIELD_NUMBERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ipv6: {
    ...{ nexthdr: 1, hdrlength: 2, type: 3, 'seg-left': 4, checksum: 5, id: 6 },
    ...{ 'frag reserved': 2, 'mh reserved': 4 },
  },
  tcpopt: { kind: 0, length: 1, size: 2, count: 2, left: 2, right: 3, tsval: 2, tsecr: 3 },
  ipv4: { type: 1, length: 2, value: 3, ptr: 4, addr: 5 },
};

interface NumberedField extends ExtensionField, ExtensionNumbers {
  readonly size: number;
  readonly number: number;
  readonly offset: number;
}

const NUMBERED: readonly NumberedField[] = Object.entries(EXTENSIONS).flatMap(([op, { word, names }]) =>
  Object.entries(names).flatMap(([name, { number, fields }]) =>
    fields.map(([field, offset, bits, type = 'integer']) => {
      const numbers = FIELD_NUMBERS[op] ?? {};
      return {
        ...{ text: `${word}${name} ${field}`, type: typeNamed(type), size: bits / 8, number },
        ...{ op: OPS.indexOf(op), desc: IPV6_NUMBERS[name] ?? number, offset: offset / 8 },
        field: numbers[`${name} ${field}`] ?? numbers[field] ?? -1,
      };
    }),
  ),
);

/** The field of nft's numbers. */
export function extensionByNumbers({ op, desc, field }: ExtensionNumbers): NumberedField | undefined {
  return NUMBERED.find((one) => one.op === op && one.desc === desc && one.field === field);
}

/** nft's numbers for a field; undefined for the test of the extension's presence. */
export function typeofNumbers({
  op,
  type,
  offset,
  len,
  flags,
}: ExtensionPlace): ExtensionNumbers | undefined {
  if (flags.length > 0) return undefined;
  return NUMBERED.find(
    (one) => OPS[one.op] === op && one.number === type && one.offset === offset && one.size === len,
  );
}
