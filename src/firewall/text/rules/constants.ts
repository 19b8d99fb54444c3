import { comparedText, type Loaded, operandOf } from '../values/loaded';
import type { RuleReader } from './reader';
import { type DataType, typeNamed } from '../values/types';

/** A value that the rule itself loads, written by its type; undefined for a value known only at run time. */
export function constant(loaded: Loaded, type: DataType, reader: RuleReader): string | undefined {
  const { bytes } = loaded;
  if (bytes === undefined || loaded.changes.length > 0) return undefined;
  const operand = { ...operandOf(loaded, reader.found, reader.context), type, order: type.order };
  const text = comparedText(operand, bytes, reader.context);
  return type.style === 'bits' ? text.replaceAll(',', ' | ') : text;
}

const VALUE_TYPES = {
  ip: typeNamed('ipv4_addr'),
  ip6: typeNamed('ipv6_addr'),
  port: typeNamed('inet_service'),
  device: typeNamed('iface_index'),
};

/** An address, port or device in a register. */
export function value(
  kind: 'ip' | 'port' | 'device',
  register: unknown,
  reader: RuleReader,
): string | undefined {
  if (register === undefined) return undefined;
  const loaded = reader.source(register);
  if (loaded === undefined) return undefined;
  const type = VALUE_TYPES[kind === 'ip' && loaded.size === 16 ? 'ip6' : kind];
  return constant(loaded, type, reader) ?? reader.operand(register)?.text;
}
