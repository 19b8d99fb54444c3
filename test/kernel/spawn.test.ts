import { once } from 'node:events';
import fs from 'node:fs';
import { ended, needTools, scratchHost, threadNamespaces } from '../support';

needTools('sh', 'cat', 'readlink');

test('a child lives inside, this process stays where it is', async () => {
  const ns = await scratchHost();
  const home = fs.readlinkSync('/proc/thread-self/ns/net');
  const child = ns.spawn('readlink', ['/proc/self/ns/net']);
  expect(fs.readlinkSync('/proc/thread-self/ns/net')).toBe(home);
  const { code, stdout } = await ended(child);
  expect(code).toBe(0);
  expect(stdout.trim()).toBe(`net:[${fs.fstatSync(ns.fd).ino}]`);
  expect(threadNamespaces()).toEqual([home]);
});

test('it is a real ChildProcess: stdio, env, cwd, exit code and signals', async () => {
  const ns = await scratchHost();
  const child = ns.spawn('sh', ['-c', 'cat; echo "$WORD in $PWD" >&2; exit 7'], {
    env: { WORD: 'hello' },
    cwd: '/',
  });
  child.stdin?.end('through a pipe');
  expect(await ended(child)).toEqual({
    code: 7,
    signal: null,
    stdout: 'through a pipe',
    stderr: 'hello in /\n',
  });

  const sleeper = ns.spawn('sleep', ['30'], { stdio: 'ignore' });
  expect(sleeper.pid).toBeGreaterThan(0);
  sleeper.kill('SIGTERM');
  expect(await once(sleeper, 'exit')).toEqual([null, 'SIGTERM']);
});

test('a command that does not exist is an error event, as with child_process', async () => {
  const ns = await scratchHost();
  const home = fs.readlinkSync('/proc/thread-self/ns/net');
  const child = ns.spawn('/no/such/command');
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ENOENT');
  expect(fs.readlinkSync('/proc/thread-self/ns/net')).toBe(home);
});

test('options that child_process refuses are thrown, and the thread comes home', async () => {
  const ns = await scratchHost();
  const home = fs.readlinkSync('/proc/thread-self/ns/net');
  expect(() => ns.spawn('true', [], { cwd: 7 as never })).toThrow(/cwd/);
  expect(() => ns.spawn('tr\0ue')).toThrow();
  expect(fs.readlinkSync('/proc/thread-self/ns/net')).toBe(home);
});

describe('exec', () => {
  test('gives the output', async () => {
    const ns = await scratchHost();
    const { stdout, stderr } = await ns.exec('sh', ['-c', 'cat /proc/net/dev; echo oops >&2']);
    expect(stdout).toContain('lo:');
    expect(stdout).not.toContain('eth0');
    expect(stderr).toBe('oops\n');
  });

  test('rejects with code, stdout and stderr', async () => {
    const ns = await scratchHost();
    await expect(ns.exec('sh', ['-c', 'echo out; echo err >&2; exit 3'])).rejects.toMatchObject({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    await expect(ns.exec('/no/such/command')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(ns.exec('sleep', ['30'], { timeout: 50 })).rejects.toMatchObject({ killed: true });
    await expect(ns.exec('sleep', ['30'], { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test('many at once all run where they should', async () => {
    const [a, b] = [await scratchHost(), await scratchHost()];
    const home = threadNamespaces();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? a : b).exec('readlink', ['/proc/self/ns/net'])),
    );
    answers.forEach(({ stdout }, index) => {
      expect(stdout.trim()).toBe(`net:[${fs.fstatSync((index % 2 ? a : b).fd).ino}]`);
    });
    expect(threadNamespaces()).toEqual(home);
  });
});
