import { readName, skipName } from './names';

/** The record types that this library creates or reads, by number. */
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

/** The name of a type; without a name, in the notation of RFC 3597: 'TYPE65280'. */
export function typeName(type: number): string {
  return NAMES.get(type) ?? `TYPE${String(type)}`;
}

/** A record in a message. */
export interface RecordAt {
  /** Start of its name, and of its data. */
  readonly start: number;
  readonly data: number;
  readonly end: number;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
}

/** Reads `count` records from an offset on; undefined if they are truncated. */
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

/** A record of class IN for the question's name, which starts every message of ours. */
export function recordOfQuestion(type: number, ttl: number, data: Uint8Array): Buffer {
  return Buffer.concat([QUESTION_NAME, fields(type, CLASS_IN, ttl, data.length), data]);
}

/** The pseudo-record that states the accepted size of an answer (RFC 6891). */
export function optRecord(size: number, extendedRcode = 0, options: Buffer = Buffer.alloc(0)): Buffer {
  const ttl = (extendedRcode >> 4) * 0x1000000;
  return Buffer.concat([Buffer.of(0), fields(TYPE.OPT, size, ttl, options.length), options]);
}

/** The name of a record, with ASCII letters in lower case. */
export function ownerOf(message: Buffer, { start }: RecordAt): string | undefined {
  return readName(message, start)?.toLowerCase();
}

// A pointer to the name after the header.
const QUESTION_NAME = Buffer.of(0xc0, 12);

function fields(type: number, klass: number, ttl: number, length: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(klass, 2);
  bytes.writeUInt32BE(ttl, 4);
  bytes.writeUInt16BE(length, 8);
  return bytes;
}
