import { encodeName, foldedName, LONGEST_LABEL, LONGEST_NAME, readName } from './names';
import { CLASS_IN, optRecord, recordsFrom, TYPE, typeName } from './records';

/** Datagrams have a size limit set by the client; the limit of streams does not matter. */
export type Transport = 'udp' | 'tcp';

export const NOERROR = 0;
export const FORMERR = 1;
export const SERVFAIL = 2;
export const NXDOMAIN = 3;
export const NOTIMP = 4;
export const REFUSED = 5;
const BADVERS = 16;

/** Length of the header; the question follows it. */
export const HEADER = 12;
const LEAST_LIMIT = 512;
// Fits every path without fragmentation, as agreed for DNS flag day 2020.
const OUR_LIMIT = 1232;
// A question has OPT, and at most TSIG or SIG(0) as well.
const MOST_RECORDS = 8;
const RESPONSE = 0x80;
const AUTHORITATIVE = 0x04;
const TRUNCATED = 0x02;
const RECURSION_DESIRED = 0x01;
const RECURSION_AVAILABLE = 0x80;
const CHECKING_DISABLED = 0x10;
const OPCODE = 0x78;
const EXTENDED_ERROR = 15;
const NO_REACHABLE_AUTHORITY = 22;
const LONGEST_REASON = 255;

/** A client's question. */
export interface Query {
  /** The whole message, forwarded unchanged so that nothing in it is lost. */
  readonly bytes: Buffer;
  /** In lower case, without the final dot, in the format of `readName`. */
  readonly name: string;
  readonly type: number;
  /** 'A', 'AAAA'; 'TYPE65280' for a type without a name. */
  readonly typeName: string;
  readonly class: number;
  /** Maximum size of a datagram, as given by the client. */
  readonly limit: number;
  /** The client supports EDNS, so errors can be explained. */
  readonly extended: boolean;
  /** The client uses an unknown version of EDNS. */
  readonly badVersion: boolean;
}

/** Whether a message is a query. Other messages must never be answered: two servers could answer each other for ever. */
export function isQuery(bytes: Buffer): boolean {
  return bytes.length >= HEADER && ((bytes[2] ?? 0) & RESPONSE) === 0;
}

export function opcodeOf(bytes: Buffer): number {
  return ((bytes[2] ?? 0) & OPCODE) >> 3;
}

export function rcodeOf(bytes: Buffer): number {
  return (bytes[3] ?? 0) & 0xf;
}

/** The reply was truncated to fit a datagram. */
export function isTruncated(reply: Buffer): boolean {
  return ((reply[2] ?? 0) & TRUNCATED) !== 0;
}

/** The server has no answer and does not recurse. */
export function isLame(reply: Buffer): boolean {
  const [high = 0, low = 0] = reply.subarray(2, 4);
  const isEmpty = reply.readUInt16BE(6) === 0 && reply.readUInt16BE(10) === 0;
  const mayKnow = (high & (AUTHORITATIVE | TRUNCATED)) !== 0 || (low & RECURSION_AVAILABLE) !== 0;
  return rcodeOf(reply) === NOERROR && isEmpty && !mayKnow;
}

/** Parses a query with one question: its name, and whether there is an OPT record. Undefined for a malformed query. */
export function readQuery(bytes: Buffer): Query | undefined {
  const end = questionEnd(bytes);
  const count = [6, 8, 10].reduce((sum, at) => sum + bytes.readUInt16BE(at), 0);
  if (bytes.readUInt16BE(4) !== 1 || end === undefined || count > MOST_RECORDS) return undefined;
  const name = readName(bytes, HEADER);
  const records = recordsFrom(bytes, end, count);
  if (name === undefined || records === undefined) return undefined;
  const [opt, second] = records.filter((record) => record.type === TYPE.OPT);
  if (second !== undefined) return undefined;
  const type = bytes.readUInt16BE(end - 4);
  return {
    ...{
      bytes,
      name: name.toLowerCase(),
      type,
      typeName: typeName(type),
      class: bytes.readUInt16BE(end - 2),
    },
    // In an OPT record, the class is the size, and the TTL contains the version.
    limit: Math.max(LEAST_LIMIT, opt?.class ?? 0),
    extended: opt !== undefined,
    badVersion: opt !== undefined && ((opt.ttl >> 16) & 0xff) !== 0,
  };
}

/** Makes a query; undefined for a name that is not valid in DNS, such as a label of a hundred letters. */
export function makeQuery(id: number, name: string, type: number, extended: boolean): Buffer | undefined {
  const bytes = encodeName(name);
  if (bytes === undefined) return undefined;
  const question = Buffer.alloc(4);
  question.writeUInt16BE(type, 0);
  question.writeUInt16BE(CLASS_IN, 2);
  const head = header(id, RECURSION_DESIRED, 0, [1, 0, 0, extended ? 1 : 0]);
  return Buffer.concat([head, bytes, question, ...(extended ? [optRecord(OUR_LIMIT)] : [])]);
}

/** Makes a reply with records of the question's name. */
export function answer(query: Query, answers: readonly Buffer[], authority: readonly Buffer[]): Buffer {
  const { bytes, extended } = query;
  const counts = [1, answers.length, authority.length, extended ? 1 : 0];
  const high = RESPONSE | AUTHORITATIVE | ((bytes[2] ?? 0) & RECURSION_DESIRED);
  const head = header(bytes.readUInt16BE(0), high, lowFlags(bytes, NOERROR), counts);
  const end = extended ? [optRecord(OUR_LIMIT)] : [];
  return Buffer.concat([head, questionOf(bytes), ...answers, ...authority, ...end]);
}

/** Makes an error reply, with the question if it can be parsed, and with the reason for clients with EDNS. */
export function failure(bytes: Buffer, rcode: number, explain?: { readonly reason?: string }): Buffer {
  const question = questionOf(bytes);
  const opt = explain ? [optRecord(OUR_LIMIT, rcode, extendedError(explain.reason))] : [];
  const high = RESPONSE | ((bytes[2] ?? 0) & (OPCODE | RECURSION_DESIRED));
  const counts = [question.length > 0 ? 1 : 0, 0, 0, opt.length];
  return Buffer.concat([
    header(bytes.readUInt16BE(0), high, lowFlags(bytes, rcode & 0xf), counts),
    question,
    ...opt,
  ]);
}

/** The reply to a client with a later EDNS version, which then uses ours (RFC 6891 6.1.3). */
export function badVersion(query: Query): Buffer {
  return failure(query.bytes, BADVERS, {});
}

/** The reply if it fits; otherwise its header, which makes the client retry over TCP. */
export function fit(query: Query, reply: Buffer, transport: Transport): Buffer {
  if (transport === 'tcp' || reply.length <= query.limit) return reply;
  const cut = failure(query.bytes, rcodeOf(reply), query.extended ? {} : undefined);
  cut[2] = (reply[2] ?? 0) | TRUNCATED;
  cut[3] = reply[3] ?? 0;
  return cut;
}

/** The same message with another id. */
export function withId(bytes: Buffer, id: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(id, 0);
  return copy;
}

/** A server's reply for the client: with the client's id, and the question as the client sent it. */
export function asReplyTo(query: Buffer, reply: Buffer): Buffer {
  // The question is added to an error that lacks it.
  if (reply.readUInt16BE(4) === 0) return failure(query, rcodeOf(reply));
  const copy = withId(reply, query.readUInt16BE(0));
  questionOf(query).copy(copy, HEADER);
  return copy;
}

/** Whether a message answers a query: same id, same question. Servers may omit the question in an error (RFC 6891 7). */
export function isReplyTo(reply: Buffer, query: Buffer): boolean {
  if (reply.length < HEADER || isQuery(reply) || reply.readUInt16BE(0) !== query.readUInt16BE(0))
    return false;
  if (reply.readUInt16BE(4) === 0) return ![NOERROR, NXDOMAIN].includes(rcodeOf(reply));
  const [one, other] = [questionOf(reply), questionOf(query)];
  return (
    one.length > 0 &&
    foldedName(one.subarray(0, -4)) === foldedName(other.subarray(0, -4)) &&
    one.subarray(-4).equals(other.subarray(-4))
  );
}

/** The end of the first question. Its name has no pointers: there is nothing before it to point to. */
export function questionEnd(message: Buffer): number | undefined {
  let at = HEADER;
  for (let length = message[at]; length !== 0; length = message[at]) {
    if (length === undefined || length > LONGEST_LABEL) return undefined;
    at += length + 1;
  }
  const end = at + 5;
  return at + 1 - HEADER <= LONGEST_NAME && end <= message.length ? end : undefined;
}

function questionOf(message: Buffer): Buffer {
  return message.subarray(HEADER, questionEnd(message) ?? HEADER);
}

function lowFlags(query: Buffer, rcode: number): number {
  return RECURSION_AVAILABLE | ((query[3] ?? 0) & CHECKING_DISABLED) | rcode;
}

function header(id: number, high: number, low: number, counts: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEADER);
  bytes.writeUInt16BE(id, 0);
  bytes[2] = high;
  bytes[3] = low;
  counts.forEach((count, index) => bytes.writeUInt16BE(count, 4 + 2 * index));
  return bytes;
}

function extendedError(reason: string | undefined): Buffer {
  if (reason === undefined) return Buffer.alloc(0);
  const text = Buffer.from(reason).subarray(0, LONGEST_REASON);
  const head = Buffer.alloc(6);
  [EXTENDED_ERROR, 2 + text.length, NO_REACHABLE_AUTHORITY].forEach((value, index) => {
    head.writeUInt16BE(value, 2 * index);
  });
  return Buffer.concat([head, text]);
}
