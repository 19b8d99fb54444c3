import fs from 'node:fs';
import { NETNS_DIRECTORY } from './name';

// What statfs says of a file that a namespace is mounted on. A name without the mount is what a killed process left.
const NSFS_MAGIC = 0x6e736673;

/** The inode of the namespace that is pinned at `path`; undefined if there is no such file or it is no namespace. */
export async function pinnedInode(path: string): Promise<number | undefined> {
  try {
    const { type } = await fs.promises.statfs(path);
    return type === NSFS_MAGIC ? (await fs.promises.stat(path)).ino : undefined;
  } catch {
    return undefined;
  }
}

/** The same without a moment in which something else could run. */
export function pinnedInodeNow(path: string): number | undefined {
  try {
    return fs.statfsSync(path).type === NSFS_MAGIC ? fs.statSync(path).ino : undefined;
  } catch {
    return undefined;
  }
}

/** What lies under /run/netns, namespace or not, sorted. */
export async function namesPinned(): Promise<string[]> {
  try {
    return (await fs.promises.readdir(NETNS_DIRECTORY)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
