import { entryOf } from './words';
import type { HeaderField } from './headers';
import { EXTENSIONS } from './extensions';
import { type DataType, typeNamed } from './types';

/** A field of an IPv6 extension header, or of a TCP or IPv4 option. */
export interface ExtensionField {
  readonly text: string;
  readonly type: DataType;
}

/** The field that an exthdr expression loads or stores; undefined if nft has no syntax for it. */
export function extensionField(data: Readonly<Record<string, unknown>>): ExtensionField | undefined {
  const { op = 'ipv6', type, offset = 0, len, flags = [] } = data;
  const kind = entryOf(EXTENSIONS, op);
  const found = Object.entries(kind?.names ?? {}).filter(([, { number }]) => number === type);
  const present = Array.isArray(flags) && flags.includes('present');
  const [first] = found;
  if (kind === undefined) return undefined;
  if (present && first) {
    const word = `${kind.word}${first[0]}`;
    return { text: op === 'ipv6' ? `exthdr ${word}` : word, type: typeNamed('boolean') };
  }
  for (const [name, { fields }] of found) {
    const field = fields.find(([, at, bits]) => at === Number(offset) * 8 && bits === Number(len) * 8);
    if (field) return { text: `${kind.word}${name} ${field[0]}`, type: typeNamed(field[3] ?? 'integer') };
  }
  return op === 'tcpopt' ? numbered(type, offset, len, present) : undefined;
}

/** Fields of IPv6 extensions that rules compare in part, or as part of whole bytes, by the extension's number. */
export const BIT_FIELDS: ReadonlyMap<unknown, readonly HeaderField[]> = new Map(
  Object.entries(EXTENSIONS['ipv6']?.names ?? {}).flatMap(([header, { number, fields }]) => {
    const partial = fields
      .filter(([, , bits, type]) => bits % 8 > 0 || type === 'ipv6_addr')
      .map(([name, offset, bits, type = 'integer']): HeaderField => {
        const text = `${header} ${name}`;
        return { text, header, name, base: 'network', offset, bits, type: typeNamed(type) };
      });
    return partial.length > 0 ? [[number, partial] as const] : [];
  }),
);

// An option without a name is written by its number: as a whole, or as a range of bits.
function numbered(type: unknown, offset: unknown, len: unknown, present: boolean): ExtensionField {
  if (present) return { text: `tcp option ${String(type)}`, type: typeNamed('boolean') };
  const place = [type, Number(offset) * 8, Number(len) * 8].map(String).join(',');
  return { text: `tcp option @${place}`, type: typeNamed('integer') };
}

/** A phrase that names a field of an extension. If it does not fill whole bytes, the surrounding bytes are loaded. */
interface ExtensionPhrase {
  readonly text: string;
  readonly type: DataType;
  readonly data: ExtensionPlace;
  /** In bits. */
  readonly bits: number;
  /** In bits, above the lowest bit of the loaded bytes. */
  readonly shift: number;
}

/** All phrases that name a field of an extension, with the attributes of the expression except the register. */
export function extensionPhrases(): ExtensionPhrase[] {
  return Object.entries(EXTENSIONS).flatMap(([op, { word, names }]) =>
    Object.entries(names).flatMap(([name, { number, fields, isPart }]): ExtensionPhrase[] => {
      const place = (offset: number, len: number, flags: 'present'[]): ExtensionPlace => ({
        ...{ type: number, offset, len, flags },
        op: op as ExtensionPlace['op'],
      });
      const exists = `${op === 'ipv6' ? 'exthdr ' : ''}${word}${name}`;
      const presence = { text: exists, type: typeNamed('boolean'), data: place(0, 1, ['present']) };
      return [
        ...(isPart ? [] : [{ ...presence, bits: 8, shift: 0 }]),
        ...fields.map(([field, offset, bits, type = 'integer']) => {
          const [from, to] = [Math.floor(offset / 8), Math.ceil((offset + bits) / 8)];
          const data = place(from, to - from, []);
          const text = `${word}${name} ${field}`;
          return { text, type: typeNamed(type), data, bits, shift: to * 8 - offset - bits };
        }),
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
  readonly op: 'ipv6' | 'tcpopt' | 'ipv4' | 'sctp';
}

/** nft's numbers for a field of an extension, in the user data of sets. */
export interface ExtensionNumbers {
  /** 0 for IPv6, 1 for TCP options, 2 for IPv4 options, 3 for SCTP chunks. */
  readonly op: number;
  /** For IPv6 a number of nft's own, otherwise the option's. */
  readonly desc: number;
  readonly field: number;
}

const OPS: readonly string[] = ['ipv6', 'tcpopt', 'ipv4', 'sctp'];
const IPV6_NUMBERS: Readonly<Record<string, number>> = {
  hbh: 1,
  rt: 2,
  rt0: 3,
  srh: 5,
  frag: 6,
  dst: 7,
  mh: 8,
};

/** The position of a field in nft's own lists; if headers differ, including the header. */
const FIELD_NUMBERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ipv6: {
    ...{ nexthdr: 1, hdrlength: 2, type: 3, 'seg-left': 4, checksum: 5, id: 6 },
    ...{ 'frag reserved': 2, 'frag-off': 3, reserved2: 4, 'more-fragments': 5, 'mh reserved': 4 },
    ...{ 'last-entry': 1, flags: 2, tag: 3, 'sid[1]': 4, 'sid[2]': 5, 'addr[1]': 2, 'addr[2]': 3 },
  },
  tcpopt: {
    ...{ length: 1, size: 2, count: 2, left: 2, right: 3, tsval: 2, tsecr: 3 },
    ...{
      'sack1 left': 4,
      'sack1 right': 5,
      'sack2 left': 6,
      'sack2 right': 7,
      'sack3 left': 8,
      'sack3 right': 9,
    },
  },
  ipv4: { type: 1, length: 2, value: 3, ptr: 4, addr: 5 },
};

interface NumberedField extends ExtensionField, ExtensionNumbers {
  readonly size: number;
  readonly bits?: number;
  readonly number: number;
  readonly offset: number;
}

const NUMBERED: readonly NumberedField[] = Object.entries(EXTENSIONS).flatMap(([op, { word, names }]) =>
  Object.entries(names).flatMap(([name, { number, fields }]) =>
    fields.map(([field, offset, bits, type = 'integer'], index) => {
      const numbers = FIELD_NUMBERS[op] ?? {};
      return {
        ...{ text: `${word}${name} ${field}`, type: typeNamed(type), size: Math.ceil(bits / 8), number },
        ...{ op: OPS.indexOf(op), desc: IPV6_NUMBERS[name] ?? number, offset: offset / 8 },
        ...(bits % 8 > 0 && { bits }),
        // The fields of a chunk are numbered in their order.
        field: op === 'sctp' ? index : (numbers[`${name} ${field}`] ?? numbers[field] ?? -1),
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
