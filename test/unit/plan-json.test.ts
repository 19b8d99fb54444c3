import { encodeRequest } from '../../src/codec/encode/encode';
import type { NativeRequest } from '../../src/native/contract';
import { explainJson } from '../../src/plan/explain/json';
import type { Step } from '../../src/plan/spec/step';
import { samples } from '../golden';

/** A body as it reads back from a plan's JSON. */
function readBack(body: object): object {
  const step = { op: 'link.add', netns: 'n', body } as unknown as Step;
  const [read] = JSON.parse(explainJson([step])) as [{ body: object }];
  return read.body;
}

function bytesOf(request: NativeRequest): string {
  return Buffer.from(encodeRequest(request).bytes).toString('hex');
}

test.each(samples.map((sample) => [sample.title, sample] as const))(
  '%s reads back as the same message',
  (_title, { family, verb, body }) => {
    expect(bytesOf({ family, verb, body: readBack(body) })).toBe(bytesOf({ family, verb, body }));
  },
);

test('what JSON cannot have is refused', () => {
  const add = (userdata: unknown): string =>
    bytesOf({ family: 'nftTable', verb: 'add', body: { name: 'x', userdata } });
  expect(add([1, 2])).toBe(add(Uint8Array.of(1, 2)));
  for (const wrong of [[256], [-1], [1.5], ['1'], [], 'text', { 0: 1 }])
    expect(() => add(wrong)).toThrow(/Uint8Array/);
});
