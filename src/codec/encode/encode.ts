import type { EncodedRequest, NativeRequest, NativeVerb } from '../../native/program';
import { own } from '../../base/own';
import { bytesIn, isObject } from './contents';
import { Encoder } from './encoder';
import type { Patches } from './patches';
import { EncodeError, refuse } from '../schema/encode-error';
import { schema } from '../schema/schema';
import { TargetTable } from './targets';
import { Writer } from './writer';

const NLM_F_REQUEST = 0x1;
// Flags of requests that create an object.
const [REPLACE, EXCL, CREATE, APPEND] = [0x100, 0x200, 0x400, 0x800];
const DUMP = 0x300;
// The version of every generic netlink family so far; no kernel checks it.
const GENERIC_VERSION = 1;
const MESSAGE_HEADER = 16;

const verbFlags: Readonly<Record<NativeVerb, number>> = {
  add: CREATE | EXCL,
  replace: CREATE | REPLACE,
  append: CREATE | APPEND,
  set: REPLACE,
  delete: 0,
  get: 0,
  list: DUMP,
};

const { families } = schema;
// The encoder kept for reuse; undefined while in use. A getter in a caller's body may encode another request, which
// then uses another encoder.
let idle: Encoder | undefined;

/** Encodes one message, with sequence number and port 0. Throws an {@link EncodeError}. */
export function encodeRequest(request: NativeRequest): EncodedRequest {
  const encoder = idle ?? new Encoder(new Writer());
  idle = undefined;
  const patches = writeRequest(encoder, request);
  const bytes = encoder.writer.take();
  idle = encoder; // Not after an error, which leaves the encoder with an incomplete message.
  return { family: request.family, verb: request.verb, bytes, ...patches };
}

/**
 * Appends the message to the encoder's writer. Patch offsets are relative to the start of the message. Throws an
 * {@link EncodeError}, which leaves the message incomplete.
 */
export function writeRequest(
  encoder: Encoder,
  { family: name, verb, body, flags = 0 }: NativeRequest,
): Patches {
  const { writer } = encoder;
  const family = own(families, name);
  if (family === undefined) throw new TypeError(`unknown family '${name}'`);
  const reads = verb === 'get' || verb === 'list';
  const start = writer.space(MESSAGE_HEADER);
  writer.view.setUint16(
    start + 4,
    reads ? family.getType : verb === 'delete' ? family.deleteType : family.newType,
    true,
  );
  // RTM_NEWLINK without flags changes a link; other families need the flags.
  const flagsOfVerb = verb === 'set' && name === 'link' ? 0 : verbFlags[verb];
  writer.view.setUint16(start + 6, NLM_F_REQUEST | flagsOfVerb | flags, true);
  const raw = bytesIn(body);
  if (raw) {
    encoder.raw(raw);
  } else {
    if (!isObject(body)) refuse('an object', body);
    encoder.message(TargetTable.of(family.table), family.addressFamily, body);
    if (!reads) encoder.defaultFamily();
    if (family.generic !== undefined) {
      // Only the running kernel knows the family's message type. The tables have the command.
      writer.view.setUint8(start + MESSAGE_HEADER, writer.view.getUint16(start + 4, true));
      writer.view.setUint8(start + MESSAGE_HEADER + 1, GENERIC_VERSION);
    }
  }
  if (writer.overflow) {
    throw new EncodeError('is too large for one message: an attribute takes at most 65,531 bytes');
  }
  writer.view.setUint32(start, writer.size - start, true);
  return encoder.patches;
}
