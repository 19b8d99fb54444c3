import fs from 'node:fs/promises';
import { Rtnl } from '../rtnl/rtnl';
import { NETNS_DIRECTORY, namePath } from './name';
import { pinnedInode } from './nsfs';

export interface NamespaceInfo {
  readonly name: string;
  readonly path: string;
  /** Inode number on nsfs, as in /proc/PID/ns/net. Reused by the kernel after a namespace's death. */
  readonly inode: number;
  /** Its id as seen from the caller's namespace, if it was given one. */
  readonly nsid?: number;
}

export async function listNamespaces(): Promise<NamespaceInfo[]> {
  const names = await namesPinned();
  const inodes = await Promise.all(names.map((name) => pinnedInode(namePath(name))));
  const found = names.flatMap((name, index): NamespaceInfo[] => {
    const inode = inodes[index];
    return inode === undefined ? [] : [{ name, path: namePath(name), inode }];
  });
  return withIds(found);
}

/** What lies under /run/netns, namespace or not, sorted. */
async function namesPinned(): Promise<string[]> {
  try {
    return (await fs.readdir(NETNS_DIRECTORY)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

// The kernel translates one namespace to its id at a time. A batch opens all that it asks about, so that batches are
// small beside the limit of open files.
const BATCH = 128;

async function withIds(found: readonly NamespaceInfo[]): Promise<NamespaceInfo[]> {
  if (found.length === 0) return [];
  const rtnl = await Rtnl.open();
  try {
    const all: NamespaceInfo[] = [];
    for (let start = 0; start < found.length; start += BATCH) {
      all.push(...(await withIdsOf(rtnl, found.slice(start, start + BATCH))));
    }
    return all;
  } finally {
    await rtnl.close();
  }
}

async function withIdsOf(rtnl: Rtnl, found: readonly NamespaceInfo[]): Promise<NamespaceInfo[]> {
  const answers = await rtnl.batch((batch) => {
    for (const { name } of found) batch.netns.get({ netns: name });
  });
  return found.map((info, index) => {
    const answer = answers[index];
    const nsid = answer?.ok ? (answer.reply as { nsid?: number }).nsid : undefined;
    return nsid === undefined || nsid < 0 ? info : { ...info, nsid };
  });
}
