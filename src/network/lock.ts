import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeFile } from './files';
import { currentOwner, isAlive, ownerKey, parseOwnerKey } from './owner';

const WAIT_MS = 30_000;
const RETRY_MS = 5;

/**
 * Runs `body` while no other process (and no other caller in this one) holds the lock of a directory.
 *
 * The lock is a subdirectory with one file, named after its holder. A contender renames a directory of its own to that
 * name, which the kernel allows only while the place is absent or empty. A killed holder's file is removed by its unique
 * name: that can never hit the lock of somebody who took it meanwhile.
 */
export async function withLock<T>(directory: string, body: () => Promise<T>): Promise<T> {
  const place = path.join(directory, 'lock');
  const key = `${ownerKey(currentOwner())},${randomUUID()}`;
  const mine = path.join(directory, `lock,${key}`);
  fs.mkdirSync(mine);
  try {
    fs.writeFileSync(path.join(mine, key), '');
    await acquire(mine, place);
  } catch (error) {
    fs.rmSync(mine, { recursive: true, force: true });
    throw error;
  }
  try {
    return await body();
  } finally {
    removeFile(path.join(place, key));
  }
}

/** Removes the bids of processes that were killed while they waited for the lock. */
export function sweepLocks(directory: string): void {
  for (const file of fs.readdirSync(directory)) {
    const [, key] = /^lock,(.*)$/.exec(file) ?? [];
    if (key !== undefined && !isHolderAlive(key))
      fs.rmSync(path.join(directory, file), { recursive: true, force: true });
  }
}

async function acquire(mine: string, place: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!tryRename(mine, place)) {
    const holder = holderOf(place);
    if (holder !== undefined && !isHolderAlive(holder)) {
      fs.rmSync(path.join(place, holder), { force: true });
    } else {
      if (Date.now() > deadline) {
        throw new Error(
          `the lock ${place} is held by process ${String(holder?.split(',')[0])}: wait for it, or end it`,
        );
      }
      await sleep(RETRY_MS);
    }
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(place: string): string | undefined {
  try {
    return fs.readdirSync(place)[0];
  } catch {
    return undefined;
  }
}

function isHolderAlive(key: string): boolean {
  const owner = parseOwnerKey(key);
  return owner !== undefined && isAlive(owner);
}
