import { networkOf } from '../../../src/testing/docblock';

test('a docblock names a network, its subnet and its namespaces', () => {
  expect(networkOf(undefined)).toBeUndefined();
  expect(networkOf('lab 10.7.0.0/24')).toEqual({ name: 'lab', subnet: '10.7.0.0/24', endpoints: [] });
  expect(networkOf(' lab  10.7.0.0/24 a b ')).toMatchObject({ endpoints: ['a', 'b'] });
});

test.each(['', 'lab', ['lab 10.7.0.0/24', 'two 10.8.0.0/24']])('%j is refused', (pragma) => {
  expect(() => networkOf(pragma as string)).toThrow(/@netloom-network: must be one line/);
});
