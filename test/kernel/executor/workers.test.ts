import { NetworkNamespace } from '../../../src/netns/namespace';
import { needTools, nodeCommand, runChild, runToEnd, scratchName } from '../../support';

needTools('ip');

test('several workers use the library at once', async () => {
  const { code, signal, stdout, stderr } = await runChild('workers');
  expect(stderr).toBe('');
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  const { results, homes } = JSON.parse(stdout) as {
    results: { cookie: string; links: number[] }[];
    homes: number;
  };
  expect(results).toHaveLength(6);
  expect(new Set(results.map(({ cookie }) => cookie)).size).toBe(1);
  for (const { links } of results) {
    expect(links).toHaveLength(10);
    for (const count of links) expect(count).toBeGreaterThanOrEqual(3);
  }
  expect(homes).toBe(1);
});

test('a worker ended in the middle of its plans leaves all of a plan or nothing', async () => {
  const { code, signal, stdout, stderr } = await runChild('terminate');
  expect(stderr).toBe('');
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  const { counts, size, before, after } = JSON.parse(stdout) as {
    counts: number[];
    size: number;
    before: number;
    after: number;
  };
  expect(counts).toHaveLength(30);
  for (const count of counts) expect([0, size]).toContain(count);
  expect(counts.at(-1)).toBe(size);
  expect(counts[0]).toBe(0);
  expect(after).toBeLessThanOrEqual(before);
});

// A worker can be terminated before Node.js has a handle for a socket that was opened for it.
test('sockets that a worker was given end with it, whoever has them by then', async () => {
  const { stdout, stderr } = await runChild('handed-out');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ nobody: 0, dgram: 0, server: 0 });
});

test.each([0, 1, 3, 10, 30, 3000])(
  'process.exit after %p ms with plans under way and monitors open',
  async (delay) => {
    const names = Array.from({ length: 30 }, scratchName);
    const { code, signal, stderr } = await runChild('exit', [String(delay), ...names]);
    expect(stderr).toBe('');
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    const left = (await NetworkNamespace.list())
      .map(({ name }) => name)
      .filter((name) => names.includes(name));
    expect([0, names.length]).toContain(left.length);
    if (delay === 3000) expect(left).toHaveLength(names.length);
    await Promise.all(left.map(async (name) => (await NetworkNamespace.open(name)).delete()));
  },
);

test('handles that are dropped give back what they hold when they are collected', async () => {
  const { code, signal, stdout, stderr } = await runToEnd(nodeCommand('collect', [], ['--expose-gc']));
  expect(stderr).toBe('');
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  const { before, open, after } = JSON.parse(stdout) as { before: number; open: number; after: number };
  expect(open).toBeGreaterThan(before + 200);
  expect(after).toBeLessThanOrEqual(before);
});
