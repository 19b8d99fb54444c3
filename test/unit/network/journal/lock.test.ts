import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../../../src/network/journal/files/lock';
import { currentOwner, isAlive, type Owner } from '../../../../src/network/journal/liveness';

let directory: string;
beforeEach(() => {
  // As /run, and unlike what lies below /tmp, it has the inode numbers that /proc/locks tells.
  directory = fs.mkdtempSync('/dev/shm/netloom-lock-');
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true });
});

test('one holder at a time, and everybody gets a turn', async () => {
  let inside = 0;
  let turns = 0;
  await Promise.all(
    Array.from({ length: 50 }, () =>
      withLock(directory, async () => {
        expect(++inside).toBe(1);
        await sleep(1);
        inside--;
        turns++;
      }),
    ),
  );
  expect(turns).toBe(50);
  expect(fs.readdirSync(directory)).toEqual([]);
});

test('a directory that is not there is made', async () => {
  fs.rmdirSync(directory);
  expect(await withLock(directory, () => Promise.resolve(fs.existsSync(directory)))).toBe(true);
});

test('the lock is given back when the body throws, and its result and error come through', async () => {
  const failing = withLock(directory, () => Promise.reject(new Error('mine')));
  await expect(failing).rejects.toThrow('mine');
  expect(await withLock(directory, () => Promise.resolve(7))).toBe(7);
});

describe('while another process has it', () => {
  let other: ChildProcess;
  beforeEach(async () => {
    other = spawn('flock', ['--no-fork', directory, 'sleep', '60'], { stdio: 'ignore' });
    for (let i = 0; i < 500 && !isLocked(); i++) await sleep(10);
    expect(isLocked()).toBe(true);
  });
  afterEach(() => {
    other.kill('SIGKILL');
  });

  function isLocked(): boolean {
    return spawnSync('flock', ['--nonblock', directory, 'true']).status === 1;
  }

  test('the lock is waited for, and a killed holder does not keep it', async () => {
    let mine = false;
    const waiting = withLock(directory, () => Promise.resolve((mine = true)));
    await sleep(50);
    expect(mine).toBe(false);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await waiting).toBe(true);
    expect(isLocked()).toBe(false);
  });

  test('the wait ends with an error that names it, and others have their turn', async () => {
    const waiting = withLock(directory, () => Promise.resolve(), { waitMs: 20 });
    const refusal: unknown = await waiting.catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'NetlinkError', code: 'ETIMEDOUT', operation: 'network.journal' });
    expect(String(refusal)).toContain(
      `locked by process ${String(other.pid)} (sleep): wait for that process, or end it`,
    );
    other.kill('SIGKILL');
    expect(await withLock(directory, () => Promise.resolve('mine'))).toBe('mine');
  });
});

describe('a signal', () => {
  test('ends the wait for another process and for callers of this one, and changes nothing', async () => {
    const other = spawn('flock', ['--no-fork', directory, 'sleep', '60'], { stdio: 'ignore' });
    while (spawnSync('flock', ['--nonblock', directory, 'true']).status !== 1) await sleep(10);
    const [first, second, late] = [new AbortController(), new AbortController(), new AbortController()];
    const ran: string[] = [];
    const enter = (who: string, signal?: AbortSignal): Promise<void> =>
      withLock(directory, () => Promise.resolve(void ran.push(who)), { signal });
    const waiting = enter('first', first.signal);
    const behind = enter('second', second.signal);
    const last = enter('last');
    second.abort(new Error('second'));
    await expect(behind).rejects.toThrow('second');
    first.abort(new Error('first'));
    await expect(waiting).rejects.toThrow('first');
    late.abort(new Error('late'));
    await expect(enter('late', late.signal)).rejects.toThrow('late');
    other.kill('SIGKILL');
    await last;
    expect(ran).toEqual(['last']);
  });

  test('that comes while the work is done does not interrupt it', async () => {
    const controller = new AbortController();
    const work = async (): Promise<string> => {
      controller.abort();
      await sleep(5);
      return 'done';
    };
    expect(await withLock(directory, work, { signal: controller.signal })).toBe('done');
  });
});

test('who waits for long is told for whom', async () => {
  const other = spawn('flock', ['--no-fork', directory, 'sleep', '60'], { stdio: 'ignore' });
  while (spawnSync('flock', ['--nonblock', directory, 'true']).status !== 1) await sleep(10);
  const warn = jest.spyOn(process, 'emitWarning').mockReturnValue();
  const waiting = withLock(directory, () => Promise.resolve());
  for (let i = 0; i < 500 && warn.mock.calls.length === 0; i++) await sleep(20);
  other.kill('SIGKILL');
  await waiting;
  const text = `${directory} is locked by process ${String(other.pid)} (sleep): this process waits for the lock`;
  expect(warn.mock.calls).toEqual([[text, 'NetloomWarning']]);
  warn.mockRestore();
});

describe('an owner', () => {
  const dead: Owner = { ...currentOwner(), startTime: '1' };

  test('is this process', () => {
    expect(isAlive(currentOwner())).toBe(true);
  });

  // A process id alone would take a stranger for the owner.
  test('is dead when its id belongs to another process by now', () => {
    expect(isAlive(dead)).toBe(false);
  });

  test('is dead after a restart of the machine', () => {
    expect(isAlive({ ...currentOwner(), bootId: 'another' })).toBe(false);
  });

  test('counts as alive where it cannot be seen', () => {
    expect(isAlive({ ...dead, pidNamespace: '1' })).toBe(true);
  });
});
