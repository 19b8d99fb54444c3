import { Rtnl } from '../rtnl/rtnl';
import { namePath } from '../nsfs/name';
import { namesPinned, pinnedInode } from '../nsfs/nsfs';
import { namespaceIds } from '../rtnl/namespace-ids';

export interface NamespaceInfo {
  readonly name: string;
  readonly path: string;
  /** Inode number on nsfs, as in /proc/PID/ns/net. The kernel reuses it after the namespace's end. */
  readonly inode: number;
  /** Its id as seen from the caller's namespace, if assigned. */
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
