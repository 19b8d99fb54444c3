import { ValidationError } from '../../../src/errors/errors';
import { checkPoolOptions, type PoolOptions } from '../../../src/pool/options';

type Given = PoolOptions<never>;

function refusal(options: object): unknown {
  try {
    return checkPoolOptions(options as Given);
  } catch (error) {
    if (error instanceof ValidationError) return [error.path, error.problem];
    throw error;
  }
}

test.each([
  [{}, 'size', 'must be a whole number from 1 to 10000'],
  [{ size: 0 }, 'size', 'must be at least 1'],
  [{ size: 1.5 }, 'size', 'must be a whole number from 1 to 10000'],
  [{ size: 1, batch: 1001 }, 'batch', 'must be at most 1000'],
  [{ size: 1, perSecond: 0 }, 'perSecond', 'must be more than 0'],
  [{ size: 1, maxWaiting: -1 }, 'maxWaiting', 'must be 0 or more'],
  [{ size: 1, network: {} }, 'network', 'must be a Network'],
  [{ size: 1, attach: {} }, 'attach', 'must not be set without a network'],
  [{ size: 1, namespace: [] }, 'namespace', 'must be an object of create() options'],
  [{ size: 1, namespace: { ipv6: 'no' } }, 'ipv6', 'must be true or false'],
])('%j is refused at %s', (options, path, problem) => {
  expect(refusal(options)).toEqual([path, problem]);
});

test('an unknown option is named', () => {
  expect(refusal({ size: 1, sise: 2 })).toMatchObject(['sise', expect.stringContaining('is not an option')]);
});

test('there is not more in one go than in one second', () => {
  expect(refusal({ size: 100, perSecond: 2.5 })).toMatchObject({ size: 100, batch: 3, perSecond: 2.5 });
  expect(refusal({ size: 100 })).toMatchObject({ batch: 50 });
});
