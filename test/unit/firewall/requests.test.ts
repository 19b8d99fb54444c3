import { checkRequests } from '../../../src/firewall/nft/check-requests';
import { firewall } from '../../../src/firewall/rule/written';
import { Compiler } from '../../../src/plan/compile/compile';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';

const body = { family: 'inet', table: 't', chain: 'c' };

test.each([
  [{}, 'requests', /must be an array/],
  [new Array(3), 'requests[0]', /must be an object with family, verb and body/],
  [
    [{ family: 'nftRule', verb: 'add', body: { ...body, rule: undefined } }],
    'requests[0].body.rule',
    /made by/,
  ],
  [[1], 'requests[0]', /must be an object with family, verb and body/],
  [[{ family: 'nftTabel', verb: 'add', body }], 'requests[0].family', /did you mean nftTable\?/],
  [[{ family: 'nftRule', verb: 'ad', body }], 'requests[0].verb', /did you mean add\?/],
  [[{ family: 'nftTable', body }], 'requests[0].verb', /one of add, append, delete$/],
  [[{ family: 'nftTable', verb: 'replace', body }], 'requests[0].verb', /one of add, append, delete/],
  [[{ family: 'nftTable', verb: 'add' }], 'requests[0].body', /must be an object/],
  [
    [{ family: 'nftRule', verb: 'add', body: { ...body, rule: 'accept' } }],
    'requests[0].body.rule',
    /firewall.rule/,
  ],
])('%j is refused by its place', (requests, path, problem) => {
  expect(() => checkRequests(requests)).toThrow(
    expect.objectContaining({
      code: 'ERR_VALIDATION',
      path,
      problem: expect.stringMatching(problem) as string,
    }),
  );
});

test.each([
  [{ requests: 5 }, 'requests', /must be an array/],
  [
    { requests: [{ family: 'nftTabel', verb: 'add', body }] },
    'requests[0].family',
    /did you mean nftTable\?/,
  ],
  [{ requests: [], inverse: [{ family: 'nftRule', verb: 'ad', body }] }, 'inverse[0].verb', /mean add\?/],
  [
    { requests: [{ family: 'nftRule', verb: 'add', body: { ...body, rule: firewall.rule`accept` } }] },
    'requests[0].body.rule',
    /plain data in a plan: use the result of rule\.requests/,
  ],
])('a step of a plan with %j is refused by its place', (requests, path, problem) => {
  const step = { op: 'firewall', netns: 'host', ...requests } as unknown as Step;
  expect(() => new Compiler(['host']).compile([step])).toThrow(
    expect.objectContaining({
      ...{ code: 'ERR_VALIDATION', operation: 'firewall', step: 0, path },
      problem: expect.stringMatching(problem) as string,
    }),
  );
});

test('what is right passes', () => {
  const { rule } = firewall;
  expect(() =>
    checkRequests([{ family: 'nftRule', verb: 'add', body: { ...body, rule: rule`accept` } }]),
  ).not.toThrow();
});

test('a rule that is called as a function, and a plan without steps, are refused', () => {
  const { rule } = firewall;
  const wrong = { code: 'ERR_VALIDATION' };
  expect(() => (rule as unknown as (text: string) => void)('accept')).toThrow(expect.objectContaining(wrong));
  expect(() => new Plan([] as never)).toThrow(expect.objectContaining({ ...wrong, path: 'steps' }));
});
