import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../src/network/journal/files/lock';
import { currentOwner, isAlive, type Owner } from '../../src/network/journal/owner';

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
    const waiting = withLock(directory, () => Promise.resolve(), 20);
    const holder = `process ${String(other.pid)}`;
    await expect(waiting).rejects.toThrow(`${directory} is locked by ${holder}: wait for it, or end it`);
    other.kill('SIGKILL');
    expect(await withLock(directory, () => Promise.resolve('mine'))).toBe('mine');
  });
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
