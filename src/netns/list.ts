import fs from 'node:fs/promises';
import { Rtnl } from '../rtnl/rtnl';
import { NETNS_DIRECTORY, namePath } from '../nsfs/name';
import { pinnedInode } from '../nsfs/nsfs';
import type { NamespaceRef } from '../nsfs/open';

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
export async function namesPinned(): Promise<string[]> {
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
    const ids = await namespaceIds(
      rtnl,
      found.map(({ path }) => ({ path })),
    );
    return found.map((info, index) => {
      const nsid = ids[index];
      return nsid === undefined ? info : { ...info, nsid };
    });
  } finally {
    await rtnl.close();
  }
}

/** The ids by which a socket's namespace knows others, in order; undefined for those that it has no id for, or are gone. */
export async function namespaceIds(
  rtnl: Rtnl,
  places: readonly NamespaceRef[],
): Promise<(number | undefined)[]> {
  const ids: (number | undefined)[] = [];
  for (let start = 0; start < places.length; start += BATCH) {
    const answers = await rtnl.batch((batch) => {
      for (const netns of places.slice(start, start + BATCH)) batch.netns.get({ netns });
    });
    ids.push(
      ...answers.map((answer) => {
        const { nsid = -1 } = answer.ok ? (answer.reply as { nsid?: number }) : {};
        return nsid < 0 ? undefined : nsid;
      }),
    );
  }
  return ids;
}
