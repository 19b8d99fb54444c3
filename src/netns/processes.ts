import fs from 'node:fs/promises';

/** All processes that /proc shows to the caller, by the inode of the network namespace of their first thread. */
export async function processesByNamespace(): Promise<Map<number, number[]>> {
  const pids = (await fs.readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const links = await Promise.all(pids.map(namespaceOf));
  const found = new Map<number, number[]>();
  links.forEach((inode, index) => {
    if (inode === undefined) return;
    const group = found.get(inode) ?? [];
    group.push(pids[index] as number);
    found.set(inode, group);
  });
  return found;
}

// Undefined for a process that has ended, or that the caller may not look at.
async function namespaceOf(pid: number): Promise<number | undefined> {
  try {
    const link = await fs.readlink(`/proc/${pid}/ns/net`);
    return Number(/^net:\[(\d+)\]$/.exec(link)?.[1]);
  } catch {
    return undefined;
  }
}
