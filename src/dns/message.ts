import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  type Answer,
  type PacketOpt,
} from 'dns-packet';

/** Datagrams have a size limit that the client tells; streams have none that matters. */
export type Transport = 'udp' | 'tcp';

export const NOERROR = 0;
export const FORMERR = 1;
export const SERVFAIL = 2;
export const NOTIMP = 4;
export const REFUSED = 5;

const HEADER = 12;
const LEAST_LIMIT = 512;
// What fits every path without fragments, as resolvers agreed on the DNS flag day of 2020.
const OUR_LIMIT = 1232;
const RESPONSE = 0x80;
const TRUNCATED = 0x02;
const EXTENDED_ERROR = 15;
const NO_REACHABLE_AUTHORITY = 22;

/** A question as a client sent it. */
export interface Query {
  /** The whole message. What is forwarded is this, so that nothing in it is lost. */
  readonly bytes: Buffer;
  /** In lower case, without the last dot. */
  readonly name: string;
  /** 'A', 'AAAA'; 'UNKNOWN_65' for what the library has no name for. */
  readonly type: string;
  readonly class: string;
  /** How many bytes a datagram may have, by the client's own word. */
  readonly limit: number;
  /** The client speaks EDNS, so that an error can be explained. */
  readonly extended: boolean;
}

/** Whether a message is a query at all. What is not must never be answered: two servers could go on for ever. */
export function isQuery(bytes: Buffer): boolean {
  return bytes.length >= HEADER && ((bytes[2] ?? 0) & RESPONSE) === 0;
}

export function opcodeOf(bytes: Buffer): number {
  return ((bytes[2] ?? 0) >> 3) & 0xf;
}

export function rcodeOf(bytes: Buffer): number {
  return (bytes[3] ?? 0) & 0xf;
}

/** Reads a query of one question; undefined for what is none. */
export function readQuery(bytes: Buffer): Query | undefined {
  if (bytes.readUInt16BE(4) !== 1 || questionEnd(bytes) === undefined) return undefined;
  try {
    const { questions: [question] = [], additionals = [] } = decode(bytes);
    if (question === undefined) return undefined;
    const opt = additionals.find((record) => record.type === 'OPT');
    return {
      bytes,
      name: question.name.toLowerCase(),
      type: question.type,
      class: question.class ?? 'IN',
      limit: Math.max(LEAST_LIMIT, opt?.udpPayloadSize ?? 0),
      extended: opt !== undefined,
    };
  } catch {
    return undefined;
  }
}

/** Our own answer. */
export function answer(query: Query, rcode: number, answers: readonly Answer[]): Buffer {
  const { bytes, extended } = query;
  return encode({
    type: 'response',
    id: bytes.readUInt16BE(0),
    flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | (bytes.readUInt16BE(2) & RECURSION_DESIRED) | rcode,
    questions: decode(bytes).questions ?? [],
    answers: [...answers],
    additionals: extended ? [optRecord()] : [],
  });
}

/** An error, with the question if it can be told apart, and with the reason if the client can read it. */
export function failure(bytes: Buffer, rcode: number, reason?: string): Buffer {
  const end = questionEnd(bytes) ?? HEADER;
  const reply = Buffer.from(bytes.subarray(0, end));
  const explanation = reason === undefined ? Buffer.alloc(0) : optBytes(reason);
  reply[2] = RESPONSE | ((bytes[2] ?? 0) & ~TRUNCATED);
  reply[3] = 0x80 | rcode; // recursion available
  [end > HEADER ? 1 : 0, 0, 0, explanation.length > 0 ? 1 : 0].forEach((count, index) => {
    reply.writeUInt16BE(count, 4 + 2 * index);
  });
  return Buffer.concat([reply, explanation]);
}

/** The reply if the client can take it; else its header, which tells the client to ask again by TCP. */
export function fit(query: Query, reply: Buffer, transport: Transport): Buffer {
  if (transport === 'tcp' || reply.length <= query.limit) return reply;
  const cut = failure(query.bytes, rcodeOf(reply));
  cut[2] = (reply[2] ?? 0) | TRUNCATED;
  return cut;
}

/** The same message under another number. */
export function withId(bytes: Buffer, id: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(id, 0);
  return copy;
}

/** Whether a message answers a query: same number, same question. */
export function isReplyTo(reply: Buffer, query: Buffer): boolean {
  if (reply.length < HEADER || isQuery(reply) || reply.readUInt16BE(0) !== query.readUInt16BE(0))
    return false;
  return questionText(reply) === questionText(query);
}

function questionText(message: Buffer): string {
  return message.toString('latin1', HEADER, questionEnd(message) ?? HEADER).toLowerCase();
}

// Where the first question ends. Names in questions have nothing before them to point back to.
function questionEnd(message: Buffer): number | undefined {
  let at = HEADER;
  for (let length = message[at]; length !== 0; length = message[at]) {
    if (length === undefined || length > 63) return undefined;
    at += length + 1;
  }
  const end = at + 5;
  return end <= message.length ? end : undefined;
}

function optRecord(options: PacketOpt[] = []): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: OUR_LIMIT,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options,
  };
}

function optBytes(reason: string): Buffer {
  const data = Buffer.alloc(2 + Buffer.byteLength(reason));
  data.writeUInt16BE(NO_REACHABLE_AUTHORITY, 0);
  data.write(reason, 2);
  // The library encodes options that it has no name for; its types do not say so.
  const option = { code: EXTENDED_ERROR, data } as unknown as PacketOpt;
  return encode({ additionals: [optRecord([option])] }).subarray(HEADER);
}
