import { constant } from './constants';
import { fieldsAt, operandOf } from '../values/loaded';
import type { RuleReader } from './reader';
import { HOST_INTEGER, typeNamed } from '../values/types';
import { bytesFrom } from '../values/values';

type Data = Readonly<Record<string, unknown>>;

/**
 * `ip dscp set cs1`: a field that does not fill whole bytes, or that a checksum of whole words covers, is stored
 * together with the adjacent bits.
 */
export function storedInPayload(data: Data, reader: RuleReader): string | undefined {
  const { sreg, base, offset, len } = data;
  const loaded = reader.source(sreg);
  if (loaded === undefined) return undefined;
  const place = { base: String(base), offset: Number(offset) };
  const size = Number(len);
  const [change] = loaded.changes;
  const isSame =
    loaded.payload?.base === place.base && loaded.payload.offset === place.offset && loaded.size === size;
  const start = place.offset * 8;
  if (isSame && loaded.changes.length === 1 && change?.op === 'bits') {
    const all = (1n << BigInt(size * 8)) - 1n;
    const field = fieldsAt(place.base, reader.found).find(({ offset: at, bits }) => {
      const shift = start + size * 8 - at - bits;
      return (
        shift >= 0 && at >= start && (~change.mask & all) === ((1n << BigInt(bits)) - 1n) << BigInt(shift)
      );
    });
    if (field === undefined) return undefined;
    const shift = start + size * 8 - field.offset - field.bits;
    const bytes = bytesFrom(change.xor >> BigInt(shift), Math.ceil(field.bits / 8), field.type.order);
    reader.drop([field.header]);
    return `${field.text} set ${constant({ ...loaded, changes: [], bytes }, field.type, reader) ?? ''}`;
  }
  const bare = {
    text: '',
    type: typeNamed('integer'),
    size,
    order: 'net',
    changes: [],
    payload: place,
  } as const;
  const target = operandOf(bare, reader.found, reader.context);
  const type =
    target.type.style === 'number' && target.type === HOST_INTEGER ? typeNamed('integer') : target.type;
  const text = constant(loaded, type, reader) ?? reader.operand(sreg)?.text;
  reader.drop(target.headers);
  return text === undefined ? undefined : `${target.text} set ${text}`;
}
