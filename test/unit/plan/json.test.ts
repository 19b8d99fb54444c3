import { ValidationError } from '../../../src/errors/errors';
import { Plan } from '../../../src/plan/plan';
import { encodeRequest } from '../../../src/codec/encode/encode';
import type { NativeRequest } from '../../../src/native/program';
import { explainJson } from '../../../src/plan/explain/json';
import type { Step } from '../../../src/plan/spec/step';
import { samples } from '../../golden';

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

test('a Buffer reads back as the bytes that it is', () => {
  const add = (userdata: unknown): string =>
    bytesOf({ family: 'nftTable', verb: 'add', body: { name: 'x', userdata } });
  const { userdata } = readBack({ userdata: Buffer.from([1, 2]) }) as { userdata: unknown };
  expect(userdata).toEqual([1, 2]);
  expect(add(userdata)).toBe(add(Buffer.from([1, 2])));
});

test('a plan is for JSON.stringify() what explain() gives as JSON', () => {
  const requests = [
    { family: 'nftTable', verb: 'add', body: { name: 'x', userdata: Buffer.from('hi'), use: 1n } },
  ];
  const plan = new Plan({ steps: [{ op: 'firewall', netns: 'host', requests }] as unknown as Step[] });
  expect(JSON.parse(JSON.stringify(plan))).toEqual(JSON.parse(plan.explain('json')));
});

test.each([
  [{ op: 'link.add', netns: 'n', body: { ifname: 'a', kind: 'dummy', mtu: 'x' } }, 'mtu'],
  [
    { op: 'firewall', netns: 'n', requests: [{ family: 'nftTable', verb: 'add', body: { name: 5 } }] },
    'name',
  ],
])('a body that cannot be written is refused by explain() as by apply(): %j', (step, path) => {
  const plan = new Plan({ steps: [{ op: 'netns.create', netns: 'n' }, step] as unknown as Step[] });
  expect(() => plan.explain()).toThrow(ValidationError);
  expect(() => plan.explain()).toThrow(
    expect.objectContaining({ code: 'ERR_VALIDATION', path, step: 1 }) as Error,
  );
});
