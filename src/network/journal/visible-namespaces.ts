import fs from 'node:fs';
import path from 'node:path';
import { NetworkNamespace } from '../../netns/namespace';

/** The inode of the initial PID namespace (PROC_PID_INIT_INO of the kernel): all processes are visible from it. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';
const NET = /^net:\[(\d+)\]$/;

/**
 * The cookies of all network namespaces that a process is in or has open as a file, or that are mounted somewhere.
 * Undefined where not everything is visible, so that other namespaces may exist too: outside of the machine's own PID
 * namespace, or without permission.
 */
export async function visibleCookies(): Promise<ReadonlySet<string> | undefined> {
  const places = namespacePlaces();
  if (places === undefined) return undefined;
  const cookies = new Set<string>();
  for (const place of places.values()) {
    const netns = await NetworkNamespace.open({ path: place }).catch(() => undefined);
    // The namespace went in between, or the path is another's by now; then somebody has just been there.
    if (netns === undefined) continue;
    cookies.add(String(netns.cookie));
    await netns.close();
  }
  return cookies;
}

/** One path to each namespace, by its inode. */
function namespacePlaces(): Map<string, string> | undefined {
  try {
    if (fs.readlinkSync('/proc/self/ns/pid') !== FIRST_PID_NAMESPACE) return undefined;
    const places = new Map<string, string>();
    const mounts = new Set<string>();
    for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const process = `/proc/${pid}`;
      for (const task of entries(`${process}/task`)) noteLink(places, `${process}/task/${task}/ns/net`);
      for (const fd of entries(`${process}/fd`)) noteLink(places, `${process}/fd/${fd}`);
      const mountNamespace = linkAt(`${process}/ns/mnt`);
      if (mountNamespace === undefined || mounts.has(mountNamespace)) continue;
      mounts.add(mountNamespace);
      noteMounts(places, process);
    }
    return places;
  } catch {
    return undefined;
  }
}

function noteLink(places: Map<string, string>, file: string): void {
  const [, inode] = NET.exec(linkAt(file) ?? '') ?? [];
  if (inode !== undefined && !places.has(inode)) places.set(inode, file);
}

// Lines such as '90 80 0:4 net:[4026532000] /run/netns/red rw shared:5 - nsfs nsfs rw', with white space in paths as
// \040.
function noteMounts(places: Map<string, string>, process: string): void {
  const lines = ignoringNotFound(() => fs.readFileSync(`${process}/mountinfo`, 'utf8').split('\n')) ?? [];
  for (const line of lines) {
    const [, , , root = '', place = ''] = line.split(' ');
    const [, inode] = NET.exec(root) ?? [];
    if (inode === undefined || places.has(inode)) continue;
    const unescaped = place.replace(/\\(\d{3})/g, (_text, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    places.set(inode, path.join(process, 'root', unescaped));
  }
}

function entries(directory: string): string[] {
  return ignoringNotFound(() => fs.readdirSync(directory)) ?? [];
}

function linkAt(file: string): string | undefined {
  return ignoringNotFound(() => fs.readlinkSync(file));
}

// Processes and descriptors disappear during the scan.
function ignoringNotFound<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ESRCH', 'EINVAL'].includes(code)) return undefined;
    throw error;
  }
}
