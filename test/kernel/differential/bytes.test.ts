// The judge is iproute2: what it sends, as strace saw it leave, against what we would send for the same.
import { binding } from '../../../src/executor/run-program';
import { samples, TreeReader, type Sample, type Tree } from '../../golden';
import { sentBy } from '../../probe/traced';
import { needTools } from '../../support';

needTools('unshare', 'strace', 'ip', 'bridge', 'tc');

const schema = binding.schema();
const reader = new TreeReader(schema);
const judged = samples.flatMap((sample) =>
  sample.command === undefined ? [] : [{ ...sample, command: sample.command }],
);

function sent(command: string, types: ReadonlySet<number>): Buffer[] {
  const [program = '', ...args] = command.trim().split(/ +/);
  return sentBy(program, args).filter((message) => types.has(message.readUInt16LE(4)));
}

/** iproute2 sends RTM_SETLINK for nothing that we send, but RTM_NEWLINK for new and old links alike. */
function typesOf({ family }: Sample): ReadonlySet<number> {
  const { newType = 0, deleteType = 0 } = schema.families[family] ?? {};
  return new Set([newType, deleteType]);
}

test('there is something to compare', () => expect(judged.length).toBeGreaterThan(40));

/**
 * Two things can be said in a byte of the header or in an attribute, which wins: iproute2 uses the byte where the value fits, and we the attribute.
 */
const alternatives: Readonly<Record<string, { readonly at: number; readonly key: string }>> = {
  route: { at: 4, key: 'table' },
  rule: { at: 4, key: 'table' },
  addr: { at: 2, key: 'flags' },
};

function asAttribute(family: string, tree: Tree): Tree {
  const alternative = alternatives[family];
  const header = Buffer.from(String(tree['header']), 'hex');
  const value = alternative === undefined ? 0 : (header[alternative.at] ?? 0);
  if (alternative === undefined || value === 0) return tree;
  header[alternative.at] = 0;
  const bytes = Buffer.from([value, 0, 0, 0]);
  return { [alternative.key]: bytes.toString('hex'), ...tree, header: header.toString('hex') };
}

// `tc` says of flower that it wants none of its flags, which is what leaving them out means.
function withoutNoFlags(tree: Tree): Tree {
  const { data } = tree;
  if (typeof data !== 'object' || Array.isArray(data) || data['flags'] !== '00000000') return tree;
  const { flags: _, ...rest } = data;
  return { ...tree, data: rest };
}

test.each(judged)('$family $verb, $title: as `$command`', (sample) => {
  const messages = sent(sample.command, typesOf(sample));
  expect(messages).toHaveLength(1);
  const theirs = reader.read(sample.family, messages[0]?.subarray(16) ?? Buffer.alloc(0));
  const ours = reader.read(sample.family, Buffer.from(sample.wire, 'hex'));
  expect(ours).toEqual(withoutNoFlags(asAttribute(sample.family, theirs)));
});
