import type { TypeName } from './types';

/** The place in bits. */
type Row = readonly [name: string, offset: number, bits: number, type?: TypeName];

/** An IPv6 extension header, an option or a chunk. */
export interface Extension {
  readonly number: number;
  readonly fields: readonly Row[];
  /** A part of another extension with the same number: only its fields have names. */
  readonly isPart?: true;
}

// nft cannot read the field `kind` that it prints.
const length: Row = ['length', 8, 8];
const ipOption: readonly Row[] = [['type', 0, 8], length];
// nft takes the address as a number.
const route: readonly Row[] = [...ipOption, ['ptr', 16, 8], ['addr', 24, 32]];
const chunk = (number: number, ...fields: readonly Row[]): Extension => ({
  number,
  fields: [['type', 0, 8], ['flags', 8, 8], ['length', 16, 16], ...fields],
});
const initiation: readonly Row[] = [
  ['init-tag', 32, 32],
  ['a-rwnd', 64, 32],
  ['num-outbound-streams', 96, 16],
  ['num-inbound-streams', 112, 16],
  ['initial-tsn', 128, 32],
];

function sackBlock(index: number): Readonly<Record<string, Extension>> {
  const start = 16 + 64 * index;
  const fields: readonly Row[] = [
    ['left', start, 32],
    ['right', start + 32, 32],
  ];
  return { [`sack${String(index)}`]: { number: 5, isPart: true, fields } };
}

/** By the kernel's name for the kind of extension; `word` includes the words that nft writes before its name. */
export const EXTENSIONS: Readonly<
  Record<string, { word: string; names: Readonly<Record<string, Extension>> }>
> = {
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
      srh: {
        number: 43,
        isPart: true,
        fields: [
          ['last-entry', 32, 8],
          ['flags', 40, 8],
          ['tag', 48, 16],
          ['sid[1]', 64, 128, 'ipv6_addr'],
          ['sid[2]', 192, 128, 'ipv6_addr'],
        ],
      },
      rt0: {
        number: 43,
        isPart: true,
        fields: [
          ['addr[1]', 64, 128, 'ipv6_addr'],
          ['addr[2]', 192, 128, 'ipv6_addr'],
        ],
      },
      frag: {
        number: 44,
        fields: [
          ['nexthdr', 0, 8, 'inet_proto'],
          ['reserved', 8, 8],
          ['frag-off', 16, 13],
          ['reserved2', 29, 2],
          ['more-fragments', 31, 1],
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
      eol: { number: 0, fields: [] },
      nop: { number: 1, fields: [] },
      maxseg: { number: 2, fields: [length, ['size', 16, 16]] },
      window: { number: 3, fields: [length, ['count', 16, 8]] },
      'sack-perm': { number: 4, fields: [length] },
      sack: { number: 5, fields: [length, ['left', 16, 32], ['right', 48, 32]] },
      ...sackBlock(1),
      ...sackBlock(2),
      ...sackBlock(3),
      timestamp: { number: 8, fields: [length, ['tsval', 16, 32], ['tsecr', 48, 32]] },
    },
  },
  ipv4: {
    word: 'ip option ',
    names: {
      lsrr: { number: 131, fields: route },
      rr: { number: 7, fields: route },
      ssrr: { number: 137, fields: route },
      ra: { number: 148, fields: [...ipOption, ['value', 16, 16]] },
    },
  },
  sctp: {
    word: 'sctp chunk ',
    names: {
      data: chunk(0, ['tsn', 32, 32], ['stream', 64, 16], ['ssn', 80, 16], ['ppid', 96, 32]),
      init: chunk(1, ...initiation),
      'init-ack': chunk(2, ...initiation),
      sack: chunk(
        3,
        ['cum-tsn-ack', 32, 32],
        ['a-rwnd', 64, 32],
        ['num-gap-ack-blocks', 96, 16],
        ['num-dup-tsns', 112, 16],
      ),
      heartbeat: chunk(4),
      'heartbeat-ack': chunk(5),
      abort: chunk(6),
      shutdown: chunk(7, ['cum-tsn-ack', 32, 32]),
      'shutdown-ack': chunk(8),
      error: chunk(9),
      'cookie-echo': chunk(10),
      'cookie-ack': chunk(11),
      ecne: chunk(12, ['lowest-tsn', 32, 32]),
      cwr: chunk(13, ['lowest-tsn', 32, 32]),
      'shutdown-complete': chunk(14),
      'asconf-ack': chunk(128, ['seqno', 32, 32]),
      'forward-tsn': chunk(192, ['new-cum-tsn', 32, 32]),
      asconf: chunk(193, ['seqno', 32, 32]),
    },
  },
};
