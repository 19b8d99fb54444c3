import fs from 'node:fs';
import { NETNS_DIRECTORY } from './name';

// The statfs type of a file with a namespace mounted on it. A killed process may leave a name without its mount.
const NSFS_MAGIC = 0x6e736673;

/** The inode of the namespace pinned at `path`; undefined if there is no such file or it is not a namespace. */
export async function pinnedInode(path: string): Promise<number | undefined> {
  try {
    const { type } = await fs.promises.statfs(path);
    return type === NSFS_MAGIC ? (await fs.promises.stat(path)).ino : undefined;
  } catch {
    return undefined;
  }
}

/** The same, synchronously: no other code can run in between. */
export function pinnedInodeNow(path: string): number | undefined {
  try {
    return fs.statfsSync(path).type === NSFS_MAGIC ? fs.statSync(path).ino : undefined;
  } catch {
    return undefined;
  }
}

/** The files under /run/netns, namespaces or not, sorted. */
export async function namesPinned(): Promise<string[]> {
  try {
    return (await fs.promises.readdir(NETNS_DIRECTORY)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
