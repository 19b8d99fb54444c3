import { readName, skipName } from './names';

/** Types of records that this library itself makes or reads, by their numbers. */
export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;
export const CLASS_IN = 1;

const NAMES = new Map<number, string>([
  ...Object.entries(TYPE).map(([name, number]) => [number, name] as const),
  ...([
    [15, 'MX'],
    [33, 'SRV'],
    [35, 'NAPTR'],
    [43, 'DS'],
    [48, 'DNSKEY'],
    [64, 'SVCB'],
    [65, 'HTTPS'],
    [257, 'CAA'],
  ] as const),
]);

/** A type as RFC 3597 writes it if it has no name here: 'TYPE65280'. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `TYPE${String(type)}`;
}

/** A record as it stands in a message. */
export interface RecordAt {
  /** Where its name, and where its data begin. */
  readonly start: number;
  readonly data: number;
  readonly end: number;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
}

/** The records of a message from a place on, at most so many; undefined if they are cut off. */
export function recordsFrom(message: Buffer, start: number, count: number): RecordAt[] | undefined {
  const records: RecordAt[] = [];
  for (let at = start; records.length < count;) {
    const name = skipName(message, at);
    if (name === undefined || name + 10 > message.length) return undefined;
    const data = name + 10;
    const end = data + message.readUInt16BE(name + 8);
    if (end > message.length) return undefined;
    records.push({
      ...{ start: at, data, end, type: message.readUInt16BE(name), class: message.readUInt16BE(name + 2) },
      ttl: message.readUInt32BE(name + 4),
    });
    at = end;
  }
  return records;
}

/** A record of class IN that belongs to the name of the question, with which every message of ours begins. */
export function recordOfQuestion(type: number, ttl: number, data: Uint8Array): Buffer {
  return Buffer.concat([QUESTION_NAME, fields(type, CLASS_IN, ttl, data.length), data]);
}

/** The pseudo-record by which a message says how large an answer may be (RFC 6891). */
export function optRecord(size: number, extendedRcode = 0, options: Buffer = Buffer.alloc(0)): Buffer {
  const ttl = (extendedRcode >> 4) * 0x1000000;
  return Buffer.concat([Buffer.of(0), fields(TYPE.OPT, size, ttl, options.length), options]);
}

/** The name of a record, without the case of ASCII letters. */
export function ownerOf(message: Buffer, { start }: RecordAt): string | undefined {
  return readName(message, start)?.toLowerCase();
}

// A pointer to the place behind the header.
const QUESTION_NAME = Buffer.of(0xc0, 12);

function fields(type: number, klass: number, ttl: number, length: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(klass, 2);
  bytes.writeUInt32BE(ttl, 4);
  bytes.writeUInt16BE(length, 8);
  return bytes;
}
