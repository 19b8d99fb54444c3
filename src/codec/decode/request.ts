import type { EncodedRequest } from '../../native/program';
import type { SchemaRow } from '../../native/schema';
import { schema } from '../schema/schema';
import { MessageScanner } from './scan/message-scanner';
import { Source } from './scan/source';
import { familyNamed } from './scan/tables';

const MESSAGE_HEADER = 16;
// No index of a device and no descriptor is that large.
const FIRST_STAND_IN = 0xfff00000;

type Body = Readonly<Record<string, unknown>>;

/** A request as its message says it. */
export interface DecodedRequest {
  readonly type: number;
  readonly flags: number;
  readonly body: object;
}

/** Decodes a request. Devices have their names, and namespaces the text of `nameOf`: the executor fills in numbers. */
export function decodeRequest(request: EncodedRequest, nameOf: (slot: number) => unknown): DecodedRequest {
  const source = new Source(request.bytes.slice());
  const { bytes, view } = source;
  const names = [
    ...request.devices.map(({ at, name }) => ({ at, name })),
    ...request.namespaces.map(({ at, slot }) => ({ at, name: nameOf(slot) })),
  ];
  for (const [index, { at }] of names.entries()) view.setUint32(at, FIRST_STAND_IN + index, true);
  // Not by the layouts of the kernel's messages: a trace must not displace them.
  const { table } = familyNamed(request.family);
  const object = new MessageScanner(source, MESSAGE_HEADER)
    .object(table, MESSAGE_HEADER, bytes.length)
    .read(source, MESSAGE_HEADER);
  const named = withNames(object, (number) => names[(number >>> 0) - FIRST_STAND_IN]?.name ?? number);
  const unset = unsetKeys(schema.families[request.family]?.table ?? '', object as Body, view);
  const body = Object.fromEntries(Object.entries(named as Body).filter(([key]) => !unset.has(key)));
  return { type: view.getUint16(4, true), flags: view.getUint16(6, true), body };
}

/** The keys of the fixed header that the request leaves at 0. Every message has the whole header. */
function unsetKeys(name: string, body: Body, view: DataView): ReadonlySet<string> {
  const { header = [], changeOffset = -1 } = schema.tables[name] ?? {};
  const mask = changeOffset < 0 ? 0 : view.getUint32(MESSAGE_HEADER + changeOffset, true);
  const isUnset = ({ kind, key, arg }: SchemaRow): boolean => {
    const value = body[key];
    if (kind === 'bit32') return value === false && (mask & arg) === 0;
    return (
      value === false || value === 0 || value === 'unspec' || (Array.isArray(value) && value.length === 0)
    );
  };
  return new Set(header.filter(isUnset).map(({ key }) => key));
}

/** A copy with some numbers replaced. */
function withNames(value: unknown, nameOf: (number: number) => unknown): unknown {
  if (typeof value === 'number') return nameOf(value);
  if (Array.isArray(value)) return value.map((item) => withNames(item, nameOf));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNames(inner, nameOf)]));
}
