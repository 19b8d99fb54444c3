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
 * The objects of a family among the messages of an answer, without a key if wanted; the message that ends a list may be
 * among them.
 */
export function decodeReply(family: string, reply: Uint8Array, without?: string): object[] {
  const { table, newType } = familyNamed(family);
  return objectsIn(reply, newType, without === undefined ? table : table.without(without));
}

/** The same, but only what their fixed headers say. */
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

/** A message as the kernel sends it; undefined if it is of no family that the tables know. Never reads beyond it. */
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

/** Where the message ends; 0 after the last, and at one that claims fewer bytes than its header or more than are left. */
function messageEnd(view: DataView, at: number): number {
  if (at + MESSAGE_HEADER > view.byteLength) return 0;
  const length = view.getUint32(at, true);
  return length < MESSAGE_HEADER || at + length > view.byteLength ? 0 : at + length;
}

// Not by bits, of which numbers have but 32.
function nextMessage(at: number, end: number): number {
  return at + Math.ceil((end - at) / 4) * 4;
}
