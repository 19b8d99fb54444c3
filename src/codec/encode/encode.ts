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
// Of requests that make something.
const [REPLACE, EXCL, CREATE, APPEND] = [0x100, 0x200, 0x400, 0x800];
const DUMP = 0x300;
// Of every family of generic netlink so far; no kernel looks at it.
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
// A getter of a caller's body may encode something else meanwhile: that is done with another encoder.
let idle: Encoder | undefined;

/** One whole message, with sequence number and port 0. Throws a {@link EncodeError}. */
export function encodeRequest(request: NativeRequest): EncodedRequest {
  const encoder = idle ?? new Encoder(new Writer());
  idle = undefined;
  const patches = writeRequest(encoder, request);
  const bytes = encoder.writer.take();
  idle = encoder; // Not after a refusal, which leaves it with half a message.
  return { family: request.family, verb: request.verb, bytes, ...patches };
}

/**
 * Writes the message behind what the encoder's writer has. The places of what is filled in later are counted from its
 * beginning. Throws a {@link EncodeError}, and leaves half a message then.
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
  // RTM_NEWLINK without flags changes a link; the other families need to be told.
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
      // The family's own type is known only to the kernel at hand; what the tables have is the command.
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
