import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  descriptors,
  ended,
  needTools,
  runChildBy,
  scratchHost,
  threadNamespaces,
  tool,
} from '../../../support';

needTools('sh', 'cat', 'readlink', 'strace');

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
  const gone = once(sleeper, 'exit');
  sleeper.kill('SIGTERM');
  expect(await gone).toEqual([null, 'SIGTERM']);
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

test('a child inherits none of our descriptors', async () => {
  const ns = await scratchHost();
  // Sockets, namespaces and an event of the executor are open in this process.
  await ns.rtnl.link.list();
  expect(descriptors().filter((line) => /net:|socket:/.test(line)).length).toBeGreaterThan(1);
  const list = ['sh', ['-c', 'ls /proc/$$/fd']] as const;
  // What this process was itself started with goes on to every child.
  expect((await ns.exec(...list)).stdout).toBe((await tool(...list)).stdout);
});

test('an AbortSignal ends a child, as with child_process', async () => {
  const ns = await scratchHost();
  const controller = new AbortController();
  const child = ns.spawn('sleep', ['30'], { signal: controller.signal, stdio: 'ignore' });
  const failed = new Promise<Error>((resolve) => child.on('error', resolve));
  const gone = new Promise((resolve) => child.on('exit', (...end) => resolve(end)));
  controller.abort();
  expect((await failed).name).toBe('AbortError');
  expect(await gone).toEqual([null, 'SIGTERM']);
});

test('fork gives a Node.js process inside, with a channel', async () => {
  const ns = await scratchHost();
  const module = path.join(__dirname, '../../../programs/forked.js');
  const child = ns.fork(module, ['one', 'two'], { execArgv: [] });
  child.send('hello');
  const [answer] = await once(child, 'message');
  expect(answer).toMatchObject({
    message: 'hello',
    namespace: `net:[${fs.fstatSync(ns.fd).ino}]`,
    arguments: ['one', 'two'],
  });
  const gone = once(child, 'exit');
  child.disconnect();
  expect(await gone).toEqual([0, null]);
});

test('a closed namespace is told at once', async () => {
  const ns = await scratchHost();
  await ns.close();
  const closed = expect.objectContaining({ code: 'ERR_CLOSED' });
  expect(() => ns.spawn('true')).toThrow(closed);
  expect(() => ns.fork('module.js')).toThrow(closed);
  expect(() => ns.worker('module.js')).toThrow(closed);
  await expect(ns.exec('true')).rejects.toEqual(closed);
});

test('each of 100 spawns starts one process that runs one command', async () => {
  const file = path.join(os.tmpdir(), `netloom-trace-${process.pid}`);
  const calls = 'clone,clone3,?fork,?vfork,execve,?access,?faccessat,?faccessat2';
  const command = ['strace', '-f', '-qq', '-e', `trace=${calls}`, '-o', file];
  expect(await runChildBy(command, 'spawn-many', ['100'])).toMatchObject({ code: 0, stderr: '' });
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  fs.rmSync(file);
  const at = (mark: string): number => lines.findIndex((line) => line.includes(`"/mark-${mark}"`));
  const between = lines.slice(at('start'), at('end'));
  expect(between.filter((line) => / (clone3?|v?fork)\(/.test(line)).length).toBe(100);
  expect(between.filter((line) => line.includes(' execve(')).length).toBe(100);
});
