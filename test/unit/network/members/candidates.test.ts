import { checkCandidate, checkNames } from '../../../../src/network/members/attach-options';
import { refusal } from '../../../support/failures';

const nonsense = [
  ...[undefined, null, 5, true, {}, { name: 'web' }, [], Symbol('x'), new String('web'), Buffer.from('web')],
  ...[() => 1, 10n],
];

test.each(nonsense)('attach(%p) is refused', (value) => {
  const error = refusal(() => checkCandidate(value));
  expect(error).toMatchObject({ operation: 'network.attach', path: 'namespace', value });
  expect(error.message).toContain('must be a name, such as "web", or an open NetworkNamespace');
});

test.each(nonsense.filter((value) => !Array.isArray(value)))('attachMany(%p) is refused', (value) => {
  expect(refusal(() => checkNames(value))).toMatchObject({ path: 'namesOrCount', value });
});

test.each(nonsense)('attachMany(["a", %p]) is refused', (value) => {
  expect(refusal(() => checkNames(['a', value]))).toMatchObject({ path: 'namesOrCount[1]', value });
});

test('names are checked one by one, and against each other', () => {
  expect(() => checkNames(['a', 'b', 'constructor'])).not.toThrow();
  expect(refusal(() => checkNames(['a', 'b', 'a']))).toMatchObject({ path: 'namesOrCount', value: 'a' });
  expect(refusal(() => checkNames(['a', '../b']))).toMatchObject({ path: 'namesOrCount[1]' });
  expect(refusal(() => checkNames(new Array(2)))).toMatchObject({ path: 'namesOrCount[0]' });
  expect(refusal(() => checkCandidate('../b'))).toMatchObject({ path: 'namespace', value: '../b' });
});
