import { Layouts } from './reuse/message-layouts';
import { Source } from './scan/source';
import { familyNamed, familyOfMessage, type Table } from './scan/tables';

const MESSAGE_HEADER = 16;

export interface DecodedMessage {
  readonly family: string;
  readonly action: 'new' | 'delete';
  readonly object: object;
}

/**
 * Decodes the objects of a family in a reply, without the key `without` if given. The message that ends a list may be
 * included.
 */
export function decodeReply(family: string, reply: Uint8Array, without?: string): object[] {
  const { table, newType } = familyNamed(family);
  return objectsIn(reply, newType, without === undefined ? table : table.without(without));
}

/** The same, with the fixed headers only. */
export function decodeHeaders(family: string, reply: Uint8Array): object[] {
  const { table, newType } = familyNamed(family);
  return objectsIn(reply, newType, table, table.headerSize);
}

function objectsIn(reply: Uint8Array, type: number, table: Table, longest = Infinity): object[] {
  const source = new Source(reply);
  const { view } = source;
  const layouts = Layouts.of(table);
  const out: object[] = [];
  for (let at = 0, end; (end = messageEnd(view, at)) > 0; at = nextMessage(at, end)) {
    const start = at + MESSAGE_HEADER;
    if (view.getUint16(at + 4, true) === type)
      out.push(layouts.read(source, start, Math.min(end, start + longest)));
  }
  return out;
}

/** Decodes a message as the kernel sends it; undefined if the tables do not know its family. Never reads beyond its end. */
export function decodeMessage(protocol: number, message: Uint8Array): DecodedMessage | undefined {
  const source = new Source(message);
  const end = messageEnd(source.view, 0);
  if (end === 0) return undefined;
  const type = source.view.getUint16(4, true);
  const addressFamily = end > MESSAGE_HEADER ? source.view.getUint8(MESSAGE_HEADER) : 0;
  const family = familyOfMessage(protocol, type, addressFamily);
  if (family === undefined) return undefined;
  const object = Layouts.of(family.table).read(source, MESSAGE_HEADER, end);
  return { family: family.name, action: type === family.deleteType ? 'delete' : 'new', object };
}

/**
 * The end of the message; 0 after the last one, and if the length field is below the header's size or beyond the
 * buffer.
 */
function messageEnd(view: DataView, at: number): number {
  if (at + MESSAGE_HEADER > view.byteLength) return 0;
  const length = view.getUint32(at, true);
  return length < MESSAGE_HEADER || at + length > view.byteLength ? 0 : at + length;
}

// Not by bit operators, which are limited to 32 bits.
function nextMessage(at: number, end: number): number {
  return at + Math.ceil((end - at) / 4) * 4;
}
