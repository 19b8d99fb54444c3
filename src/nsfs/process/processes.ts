import fs from 'node:fs';
import { handleOf, type OpenNamespace } from '../handle';

/** The processes in a namespace, as far as /proc shows them to the caller. Throws a ClosedError for a closed one. */
export async function pidsInside(netns: OpenNamespace): Promise<number[]> {
  handleOf(netns);
  const { ino } = fs.fstatSync(netns.fd);
  return (await processesByNamespace()).get(ino) ?? [];
}

/** All processes that /proc shows to the caller, by the inode of the network namespace of their first thread. */
export async function processesByNamespace(): Promise<Map<number, number[]>> {
  const pids = (await fs.promises.readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
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

async function namespaceOf(pid: number): Promise<number | undefined> {
  return inodeOf(await fs.promises.readlink(linkOf(pid)).catch(() => '')) ?? inodeOfThreads(pid);
}

/** The inode of a process's current namespace; undefined for a process that has ended or is not accessible. */
export function inodeOfProcess(pid: number): number | undefined {
  try {
    return inodeOf(fs.readlinkSync(linkOf(pid)));
  } catch {
    return inodeOfThreads(pid);
  }
}

// The first thread of a process may end before the others, which go on.
function inodeOfThreads(pid: number): number | undefined {
  try {
    for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
      if (Number(task) === pid) continue;
      return inodeOf(fs.readlinkSync(`/proc/${pid}/task/${task}/ns/net`));
    }
  } catch {
    // The process has ended by now, or is not accessible.
  }
  return undefined;
}

function linkOf(pid: number): string {
  return `/proc/${pid}/ns/net`;
}

function inodeOf(link: string): number | undefined {
  const [, inode] = /^net:\[(\d+)\]$/.exec(link) ?? [];
  return inode === undefined ? undefined : Number(inode);
}
