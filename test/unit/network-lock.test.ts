import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepLocks, withLock } from '../../src/network/lock';
import { currentOwner, isAlive, ownerKey, parseOwnerKey, type Owner } from '../../src/network/owner';

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-lock-'));
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true });
});

const dead: Owner = { ...currentOwner(), startTime: '1' };

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
  expect(fs.readdirSync(directory)).toEqual(['lock']);
});

test('the lock is given back when the body throws, and its result and error come through', async () => {
  const failing = withLock(directory, () => Promise.reject(new Error('mine')));
  await expect(failing).rejects.toThrow('mine');
  expect(await withLock(directory, () => Promise.resolve(7))).toBe(7);
});

test('a killed holder does not keep it', async () => {
  fs.mkdirSync(path.join(directory, 'lock'));
  fs.writeFileSync(path.join(directory, 'lock', `${ownerKey(dead)},some-uuid`), '');
  expect(await withLock(directory, () => Promise.resolve('mine'))).toBe('mine');
});

test('bids of the dead are swept, those of the living are not', () => {
  const bids = [dead, currentOwner()].map((owner) => `lock,${ownerKey(owner)},uuid`);
  for (const bid of bids) fs.mkdirSync(path.join(directory, bid));
  sweepLocks(directory);
  expect(fs.readdirSync(directory)).toEqual([bids[1]]);
});

describe('an owner', () => {
  test('is this process, there and back', () => {
    expect(isAlive(currentOwner())).toBe(true);
    expect(parseOwnerKey(`${ownerKey(currentOwner())},uuid`)).toEqual(currentOwner());
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
