import { encodeRequest } from '../../../src/codec/encode/encode';
import { binding } from '../../../src/executor/run-program';
import type { NativeRequest } from '../../../src/native/program';
import { samples, TreeReader, type Tree } from '../../golden';

const schema = binding.schema();
const reader = new TreeReader(schema);

function encoded(request: NativeRequest): Buffer {
  return Buffer.from(encodeRequest(request).bytes).subarray(16);
}

test('there are samples', () => expect(samples.length).toBeGreaterThan(70));

describe.each(samples)('$family $verb, $title', ({ family, verb, body, wire }) => {
  test('becomes exactly these bytes', () => {
    expect(encoded({ family, verb, body }).toString('hex')).toBe(wire);
  });

  test('has a message header that says so', () => {
    const message = Buffer.from(encodeRequest({ family, verb, body }).bytes);
    const { newType = 0, deleteType = 0, getType = 0 } = schema.families[family] ?? {};
    const types = {
      add: newType,
      replace: newType,
      append: newType,
      set: newType,
      delete: deleteType,
      get: getType,
      list: getType,
    };
    expect(message.readUInt32LE(0)).toBe(message.length);
    expect(message.readUInt16LE(4)).toBe(types[verb]);
    // Sequence number and port are the socket's to fill in.
    expect(message.readUInt32LE(8)).toBe(0);
    expect(message.readUInt32LE(12)).toBe(0);
  });
});

test('the samples use every writable row of every rtnetlink table', () => {
  const used = new Map<string, Set<string>>();
  const mark = (table: string, tree: Tree): void => {
    const keys = used.get(table) ?? used.set(table, new Set()).get(table);
    for (const [key, value] of Object.entries(tree)) {
      keys?.add(key);
      const row = schema.tables[table]?.attrs.find(
        (each) => (each.kind === 'inline' ? each.nest : each.key) === key,
      );
      if (row === undefined) continue;
      const nest = row.kind === 'union' ? row.variants?.[String(tree[row.selector ?? ''])] : row.nest;
      if (nest === undefined) continue;
      for (const item of Array.isArray(value) ? value : [value])
        if (typeof item === 'object') mark(nest, item);
    }
  };
  const routing = samples.filter(({ family }) => schema.families[family]?.protocol === 0);
  for (const { family, wire } of routing) {
    mark(schema.families[family]?.table ?? '', reader.read(family, Buffer.from(wire, 'hex')));
  }
  const unused = [...used].flatMap(([table, keys]) =>
    (schema.tables[table]?.attrs ?? []).flatMap((row) => {
      const key = row.kind === 'inline' ? (row.nest ?? '') : row.key;
      return row.access === 'reply' || keys.has(key) ? [] : [`${table}.${key}`];
    }),
  );
  // gretap has the rows of gre, macvtap those of macvlan, and two sysctls stand for all.
  const alike = /^(gretap|macvtap|inetConf)\./;
  expect(unused.filter((row) => !alike.test(row))).toEqual([]);
});
