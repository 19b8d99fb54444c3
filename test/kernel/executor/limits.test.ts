import { needTools, runChildBy } from '../../support';

needTools('unshare', 'prlimit', 'sh');

interface Report {
  error: { code: string; operation: string; message: string };
  before: number;
  after: number;
  links: number[];
  last: { code: string; message: string };
}

async function report(command: readonly string[], count: number): Promise<Report> {
  const { code, stdout, stderr } = await runChildBy(command, 'limits', [String(count)]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const found = JSON.parse(stdout) as Report;
  expect(found.after).toBe(found.before);
  expect(found.links).toHaveLength(3);
  for (const links of found.links) expect(links).toBeGreaterThan(0);
  return found;
}

test('the limit of network namespaces is ENOSPC, undone, and what fits still works', async () => {
  const script = 'echo 10 > /proc/sys/user/max_net_namespaces; exec "$@"';
  const { error } = await report(
    ['unshare', '--user', '--map-root-user', '--net', 'sh', '-ec', script, 'sh'],
    50,
  );
  expect(error).toMatchObject({ code: 'ENOSPC', operation: 'netns.createMany' });
  expect(error.message).toMatch(/allows this user 10 network namespaces: raise .*user\.max_net_namespaces/);
});

test('the limit of descriptors is EMFILE, undone, and what fits still works', async () => {
  const { error, last } = await report(['prlimit', '--nofile=64:64'], 60);
  expect(error).toMatchObject({ code: 'EMFILE', operation: 'netns.createMany' });
  expect(error.message).toMatch(/may have 64: raise the limit \(ulimit -n/);
  // With no descriptor left to read it by.
  expect(last).toMatchObject({
    code: 'EMFILE',
    message: expect.stringContaining('may have 64: raise') as string,
  });
});

test('more than a limit allows at all is refused before anything is made', async () => {
  const { error } = await report(['prlimit', '--nofile=110:110'], 111);
  expect(error).toMatchObject({ code: 'EMFILE', operation: 'netns.createMany' });
  expect(error.message).toMatch(/111 namespaces requested: .*may have 110/);
});
