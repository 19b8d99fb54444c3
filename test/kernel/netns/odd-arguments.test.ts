import type { LookupOptions } from 'node:dns';
import { NetworkNamespace } from '../../../src/netns/namespace';
import { keep } from '../../support';

test.each([
  [{ family: 5 }, 'family'],
  [{ hints: 1 }, 'hints'],
  [{ order: 'zz' }, 'order'],
  [{ all: 'yes' }, 'all'],
  ['x', 'options'],
  [5, 'family'],
])('lookup(%j) is refused, as by dns.lookup', async (options, path) => {
  const netns = keep(await NetworkNamespace.create());
  expect(() => {
    netns.lookup('localhost', options as LookupOptions, () => undefined);
  }).toThrow(expect.objectContaining({ code: 'ERR_VALIDATION', operation: 'netns.lookup', path }) as Error);
});

test('a name with a NUL byte is not asked for', async () => {
  const netns = keep(await NetworkNamespace.create());
  const error = await new Promise<unknown>((resolve) => {
    netns.lookup('localhost\0.example', {}, resolve);
  });
  expect(error).toMatchObject({ code: 'ENOTFOUND' });
});

test.each([4294967296, 4294967295, -1, 0.5])('the user %d is told the range', async (user) => {
  const netns = keep(await NetworkNamespace.create());
  const problem = 'must be a whole number, 0 to 4294967294';
  await expect(netns.exec('true', [], { user })).rejects.toThrow(problem);
});
