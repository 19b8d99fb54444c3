import fc, { type Arbitrary } from 'fast-check';
import { decodeMessage } from '../../../src/codec/decode/decode';
import { encodeRequest } from '../../../src/codec/encode/encode';
import { binding } from '../../../src/executor/run-program';
import type { SchemaRow } from '../../../src/native/schema';

const schema = binding.schema();

type Value = unknown;
type Object_ = Record<string, Value>;

const bytes = (length: number): Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: length, maxLength: length });
const mac = bytes(6).map((all) => all.map((byte) => byte.toString(16).padStart(2, '0')).join(':'));
const ip4 = bytes(4).map((all) => all.join('.'));
// Two groups that are never zero at both ends, so that there is one way to write them.
const ip6 = fc
  .tuple(fc.integer({ min: 0x1000, max: 0xffff }), fc.integer({ min: 0x1000, max: 0xffff }))
  .map(([first, last]) => `${first.toString(16)}::${last.toString(16)}`);

const bounds: Readonly<Record<string, readonly [number, number]>> = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffffffff],
  s8: [-0x80, 0x7f],
  s32: [-0x80000000, 0x7fffffff],
  be16: [0, 0xffff],
  be32: [0, 0xffffffff],
  sbe32: [-0x80000000, 0x7fffffff],
  dev: [1, 0x7fffffff],
};

/** Values that a row takes and gives back as they were; undefined for rows that a request cannot have. */
function valueOf(row: SchemaRow, depth: number): Arbitrary<Value> | undefined {
  if (row.names !== undefined) {
    const names = Object.entries(row.names.values);
    if (!row.names.bitmask) return fc.constantFrom(...names.map(([name]) => name));
    return fc.subarray(names.flatMap(([name, value]) => (value === 0 ? [] : [name])));
  }
  const bound = bounds[row.kind];
  if (bound !== undefined) return fc.integer({ min: bound[0], max: bound[1] });
  switch (row.kind) {
    case 'u64':
    case 'be64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case 's64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'bool':
    case 'bit8':
    case 'bit32':
      return fc.boolean();
    case 'flag':
      return fc.constant(true);
    case 'weight':
      return fc.integer({ min: 1, max: row.arg === 2 ? 65536 : 256 });
    case 'str':
      return fc.stringMatching(/^[a-z][a-z0-9]*$/, { maxLength: Math.min(row.arg, 15) });
    case 'mac':
      return mac;
    case 'handle':
      return fc
        .tuple(fc.integer({ min: 0, max: 0xfffe }), fc.integer({ min: 0, max: 0xffff }))
        .map(([major, minor]) => `${major.toString(16)}:${minor === 0 ? '' : minor.toString(16)}`);
    case 'ip4':
      return ip4;
    case 'ip6':
      return ip6;
    case 'ip':
    case 'via':
      return ip4;
    case 'prefix':
      return fc
        .tuple(ip4, fc.integer({ min: 1, max: 32 }))
        .map(([address, length]) => `${address}/${length}`);
    case 'bytes':
      return bytes(row.arg === 0 ? 5 : row.arg).map((all) => Uint8Array.from(all));
    // A devconf is asked for as a nest and answered as a plain array: it makes no round trip.
    case 'nest':
    case 'struct':
      return depth === 0 ? undefined : objectOf(row.nest ?? '', depth - 1);
    case 'list':
    case 'multipath':
    case 'group':
      return depth === 0
        ? undefined
        : fc.array(objectOf(row.nest ?? '', depth - 1), { minLength: 1, maxLength: 3 });
    case 'array': {
      const element = schema.tables[row.nest ?? '']?.attrs[0];
      return element && fc.array(valueOf(element, 0) ?? fc.constant(''), { minLength: 1, maxLength: 3 });
    }
    default:
      return undefined;
  }
}

/** Objects of a table, each key there or not. */
function objectOf(table: string, depth: number): Arbitrary<Object_> {
  const { header = [], attrs = [] } = schema.tables[table] ?? {};
  const parts: Arbitrary<Object_>[] = [];
  for (const row of [...header, ...attrs]) {
    if (row.access !== 'both' || row.key === 'family') continue;
    if (row.kind === 'inline') parts.push(objectOf(row.nest ?? '', depth));
    else if (row.kind === 'union') parts.push(unionOf(row, depth));
    else {
      const value = valueOf(row, depth);
      // The text that chooses a union comes with it.
      if (value !== undefined && !isSelector(attrs, row)) parts.push(optional(row.key, value));
    }
  }
  return parts.length === 0
    ? fc.constant({})
    : fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Object_);
}

const isSelector = (rows: readonly SchemaRow[], row: SchemaRow): boolean =>
  rows.some((other) => other.selector === row.key);

function unionOf(row: SchemaRow, depth: number): Arbitrary<Object_> {
  const choices = Object.entries(row.variants ?? {}).map(([kind, table]) =>
    objectOf(table, Math.max(depth - 1, 0)).map((data) => ({ [row.selector ?? '']: kind, [row.key]: data })),
  );
  return depth === 0 ? fc.constant({}) : fc.oneof(...choices);
}

function optional(key: string, value: Arbitrary<Value>): Arbitrary<Object_> {
  return fc.option(value, { nil: undefined }).map((it) => (it === undefined ? {} : { [key]: it }));
}

/** What was said must be in the answer; the answer has more, because headers are always whole. */
function expectWithin(actual: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected)) {
    expect({ path, length: (actual as unknown[]).length }).toEqual({ path, length: expected.length });
    expected.forEach((item, index) => expectWithin((actual as unknown[])[index], item, `${path}[${index}]`));
  } else if (typeof expected === 'object' && expected !== null && !(expected instanceof Uint8Array)) {
    for (const [key, value] of Object.entries(expected)) {
      expectWithin((actual as Object_)[key], value, path === '' ? key : `${path}.${key}`);
    }
  } else if (expected instanceof Uint8Array) {
    // What the addon makes is not of this realm.
    expect({ path, bytes: Buffer.from(actual as Uint8Array).toString('hex') }).toEqual({
      path,
      bytes: Buffer.from(expected).toString('hex'),
    });
  } else expect({ path, value: actual }).toEqual({ path, value: expected });
}

describe.each(Object.entries(schema.families))('family %s', (family, { protocol, table }) => {
  test('what is encoded is decoded to the same', () => {
    fc.assert(
      fc.property(objectOf(table, 3), (body) => {
        const message = encodeRequest({ family, verb: 'add', body }).bytes;
        const decoded = decodeMessage(protocol, message);
        expect(decoded).toMatchObject({ family, action: 'new' });
        expectWithin(decoded?.object, body, '');
      }),
      { numRuns: 60 },
    );
  });

  test('no message is trusted with its lengths', () => {
    fc.assert(
      fc.property(
        objectOf(table, 3),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
        fc.nat(),
        (body, edits, cut) => {
          const message = Buffer.from(encodeRequest({ family, verb: 'add', body }).bytes);
          for (const [at, byte] of edits)
            if (message.length > 16) message[16 + (at % (message.length - 16))] = byte;
          const shorter = Buffer.from(message.subarray(0, 16 + (cut % (message.length - 15))));
          for (const damaged of [message, shorter]) {
            damaged.writeUInt32LE(damaged.length, 0);
            expect(typeof decodeMessage(protocol, damaged)?.object).toBe('object');
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
