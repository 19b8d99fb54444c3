import fs from 'node:fs';
import { NetworkNamespace } from '../../../src/netns/namespace';
import type { NamespaceChange } from '../../../src/nsfs/watch';
import { eventually, needTools, runChildBy, scratchName, tool } from '../../support';

needTools('ip', 'unshare', 'mount');

/** Collects changes until told to stop. */
function watching(): { seen: NamespaceChange[]; stop: () => Promise<void> } {
  const stop = new AbortController();
  const seen: NamespaceChange[] = [];
  const loop = (async () => {
    for await (const change of NetworkNamespace.watch({ signal: stop.signal })) seen.push(change);
  })();
  return {
    seen,
    stop: () => {
      stop.abort();
      return loop;
    },
  };
}

test('tells what appears and vanishes, ours and those of `ip netns`, and ends by its signal', async () => {
  const existing = await NetworkNamespace.create(scratchName());
  const { seen, stop } = watching();
  const [ours, theirs] = [scratchName(), scratchName()];
  const ns = await NetworkNamespace.create(ours);
  await tool('ip', ['netns', 'add', theirs]);
  await eventually('both were seen', () => seen.length >= 2);
  await ns.delete();
  await tool('ip', ['netns', 'del', theirs]);
  await eventually('both were seen to go', () => seen.length >= 4);
  await stop();
  expect(seen).toEqual([
    { event: 'added', name: ours },
    { event: 'added', name: theirs },
    { event: 'removed', name: ours },
    { event: 'removed', name: theirs },
  ]);
  await existing.delete();
});

test('a file that is no namespace is no event until one is mounted on it', async () => {
  const holder = await NetworkNamespace.create(scratchName());
  const { seen, stop } = watching();
  const name = scratchName();
  fs.writeFileSync(`/run/netns/${name}`, '');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen).toEqual([]);
  await tool('mount', [
    '--bind',
    `/proc/self/fd/${holder.fd}`.replace('self', String(process.pid)),
    `/run/netns/${name}`,
  ]);
  await eventually('the mount was seen', () => seen.length > 0);
  expect(seen).toEqual([{ event: 'added', name }]);
  await tool('ip', ['netns', 'del', name]);
  await eventually('its end was seen', () => seen.length > 1);
  await stop();
  await holder.delete();
});

test('many at once are each told once', async () => {
  const { seen, stop } = watching();
  const names = Array.from({ length: 50 }, scratchName);
  const all = await NetworkNamespace.createMany(names);
  await eventually('all were seen', () => seen.length >= names.length);
  expect(seen.map(({ name }) => name).sort()).toEqual([...names].sort());
  await Promise.all(all.map((ns) => ns.delete()));
  await eventually('all were seen to go', () => seen.length >= 2 * names.length);
  expect(seen).toHaveLength(2 * names.length);
  await stop();
});

test('a loop that is left, and a signal that fired before, end it', async () => {
  const signal = AbortSignal.abort();
  for await (const change of NetworkNamespace.watch({ signal }))
    throw new Error(`unexpected: ${change.name}`);
  const name = scratchName();
  const created = new Promise<NetworkNamespace>((resolve) => {
    setTimeout(() => resolve(NetworkNamespace.create(name)), 50);
  });
  for await (const change of NetworkNamespace.watch()) {
    expect(change).toEqual({ event: 'added', name });
    break;
  }
  await (await created).delete();
});

test('the directory need not exist yet', async () => {
  const command = ['unshare', '--mount', '--net', '--propagation', 'private', 'sh', '-ec'];
  const script = 'mount -t tmpfs none /run; exec "$@"';
  const { code, stdout, stderr } = await runChildBy([...command, script, 'sh'], 'watch-first');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual([
    { event: 'added', name: 'first' },
    { event: 'removed', name: 'first' },
  ]);
});
