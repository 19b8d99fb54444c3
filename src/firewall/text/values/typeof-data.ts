import { type ExtensionPlace, typeofNumbers } from './exthdr';
import type { HeaderField } from './headers';
import { CT_KEYS, DATA, HEADERS, KIND, KINDS, META_KEYS, RT_KEYS, SEQUENCES, SOCKET_KEYS } from './typeof';

/** nft's description of an expression in a set's user data, from which nft derives the length of a key's part. */
export type TypeofData = Uint8Array;

const entry = (type: number, bytes: Uint8Array): number[] => [type, bytes.length, ...bytes];

function number(type: number, value: number): number[] {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return entry(type, bytes);
}

function expression(kind: keyof typeof KINDS, data: readonly number[]): TypeofData {
  return Uint8Array.from([...number(KIND, KINDS[kind]), ...entry(DATA, Uint8Array.from(data))]);
}

/** For a map whose values are verdicts. */
export const VERDICT_DATA: TypeofData = expression('verdict', []);

/** Several adjacent expressions. */
export function concatenationData(parts: readonly TypeofData[]): TypeofData {
  return expression(
    'concat',
    parts.flatMap((part, index) => entry(index, part)),
  );
}

const KEYS = { meta: META_KEYS, ct: CT_KEYS, rt: RT_KEYS, socket: SOCKET_KEYS } as const;
const NO_DIRECTION = 0xffffffff;

/** Undefined for a key that nft does not store in sets. */
export function keyData(kind: keyof typeof KEYS, key: string, direction?: number): TypeofData | undefined {
  const known = KEYS[kind].indexOf(key);
  if (known < 0) return undefined;
  return expression(kind, [
    ...number(0, known),
    ...(kind === 'ct' ? number(1, direction ?? NO_DIRECTION) : []),
  ]);
}

const LENGTH = 4;

export function fieldData({ header, name, bits, type }: HeaderField): TypeofData | undefined {
  const [desc, [, fields = ''] = []] = [...HEADERS].find(([, [known]]) => known === header) ?? [];
  const field = fields.split(',').indexOf(name) + 1;
  if (desc === undefined || field === 0) return undefined;
  return expression('payload', [
    ...number(0, desc),
    ...number(1, field),
    ...(type.name === 'integer' ? number(LENGTH, bits) : []),
  ]);
}

/** Undefined for the test of presence. */
export function extensionData(place: ExtensionPlace): TypeofData | undefined {
  const numbers = typeofNumbers(place);
  if (numbers === undefined) return undefined;
  const { op, desc, field } = numbers;
  return expression('exthdr', [...number(1, field), ...(op === 0 ? [] : number(2, op)), ...number(0, desc)]);
}

export function routeData(result: number, flags: number): TypeofData {
  return expression('fib', [...number(0, result), ...number(1, flags)]);
}

export function generatedData(sequence: string, modulus: number, offset: number): TypeofData {
  return expression('numgen', [
    ...number(0, SEQUENCES.indexOf(sequence)),
    ...number(1, modulus),
    ...number(2, offset),
  ]);
}
